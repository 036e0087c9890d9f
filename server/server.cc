// Composition root: the one place that knows every part.
// Threading: see server.h.
// See: server.h.
#include "server/server.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "server/acl/user_file.h"
#include "server/commands/tables.h"
#include "server/config/config_file.h"
#include "server/dispatch/permissions.h"

namespace corral {
namespace {

constexpr rlim_t kDescriptorsOfOurOwn = 64;

rlim_t descriptor_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

// Asks the system for as many descriptors as `clients` need; returns how many clients there may be.
int64_t raise_descriptor_limit(int64_t clients) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return clients;
  const auto wanted = static_cast<rlim_t>(clients) + kDescriptorsOfOurOwn;
  if (limit.rlim_cur >= wanted) return clients;
  rlimit raised{std::max(wanted, limit.rlim_cur), std::max(wanted, limit.rlim_max)};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return clients;
  raised = {std::min(wanted, limit.rlim_max), limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &raised);
  const rlim_t now = descriptor_limit();
  return now >= wanted ? clients : static_cast<int64_t>(now) - static_cast<int64_t>(kDescriptorsOfOurOwn);
}

// maxclients shrinks to what the system allows.
base::Status fit_clients(config::Settings& settings, const base::Log& log) {
  const int64_t possible = raise_descriptor_limit(settings.maxclients);
  if (possible == settings.maxclients) return base::Ok{};
  const std::string allowed = "the system allows " + std::to_string(descriptor_limit()) + " open files";
  if (possible < 1) {
    return base::Error{allowed + "; at least " + std::to_string(kDescriptorsOfOurOwn + 1) +
                       " are needed (raise it with ulimit -n)"};
  }
  settings.maxclients.set(possible);
  log.warning(allowed + ", so maxclients is " + std::to_string(possible) + " (raise it with ulimit -n)");
  return base::Ok{};
}

base::Status check_log_file(const std::string& path) {
  if (path.empty()) return base::Ok{};
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return base::Error{"cannot open the log file \"" + path + "\": " + std::strerror(errno)};
  close(fd);
  return base::Ok{};
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

Server::Server() : options_(settings_) {}

Server::~Server() = default;

base::Result<std::unique_ptr<Server>> Server::create(std::span<const char* const> arguments) {
  auto server = std::make_unique<Server>();
  if (base::Status status = server->configure(arguments); !status) return base::Error{status.error()};
  if (base::Status status = server->build(); !status) return base::Error{status.error()};
  return server;
}

base::Status Server::configure(std::span<const char* const> arguments) {
  config::Directives directives;
  directives["policy"] = [this](config::Words words) -> base::Status {
    if (words.empty()) return base::Error{"policy wants a name, then: match PATTERN …"};
    const std::vector<std::string_view> rest(words.begin() + 1, words.end());
    auto policy = stampede::Policy::parse(words[0], rest);
    if (!policy) return base::Error{policy.error()};
    policies_.push_back(std::move(policy.value()));
    return base::Ok{};
  };
  directives["user"] = [this](config::Words words) { return declare_user(words); };
  directives["origin"] = [this](config::Words words) -> base::Status {
    if (words.empty()) return base::Error{"it needs a name, then an address: origin NAME URL load …"};
    for (const origin::Definition& other : origins_) {
      if (other.name == words[0]) return base::Error{"\"" + words[0] + "\" is defined twice"};
    }
    const std::vector<std::string_view> rest(words.begin() + 1, words.end());
    auto definition = origin::Definition::parse(words[0], rest);
    if (!definition) return base::Error{definition.error()};
    origins_.push_back(std::move(definition.value()));
    return base::Ok{};
  };
  const auto loaded = config::load(arguments, options_, directives);
  if (!loaded) return base::Error{loaded.error()};
  return base::Ok{};
}

// Tried on users of its own first, so that a mistake is told with the line it stands in.
base::Status Server::declare_user(config::Words words) {
  if (words.empty()) return base::Error{"it needs a name, then rules"};
  for (const auto& other : users_) {
    if (other[0] == words[0]) return base::Error{"\"" + words[0] + "\" is declared twice"};
  }
  const dispatch::CommandTable commands(commands::all_tables());
  acl::Users scratch(dispatch::acl_catalog(commands));
  if (base::Status status = acl::declare_user(words, scratch); !status) return status;
  users_.emplace_back(words.begin(), words.end());
  return base::Ok{};
}

// From the ACL file or from the configuration, never both.
base::Status Server::load_users() {
  acl::Users& users = parts_->services().users;
  if (settings_.aclfile.empty()) {
    for (const auto& words : users_) {
      if (base::Status status = acl::declare_user(words, users); !status) return status;
    }
    return base::Ok{};
  }
  if (!users_.empty()) {
    return base::Error{"users are declared both in the configuration and in an ACL file; keep them in one place"};
  }
  return acl::load_users(settings_.aclfile, users);
}

// Policies are checked when all lines have been read: an origin may stand behind the policy that names it.
base::Status Server::connect_origins(uint64_t seed) {
  if (!origins_.empty()) {
    loader_ = std::make_unique<loading::OriginThread>(
        clock_, *log_, [this](uint32_t worker, std::vector<dispatch::Message>& messages) { workers_[worker]->deliver(messages); });
    for (const origin::Definition& definition : origins_) {
      if (base::Status status = loader_->add(definition, ++seed); !status) return status;
    }
    parts_->services().loader = loader_.get();
  }
  for (const stampede::Policy& policy : policies_) {
    if (const std::string why = dispatch::load_objection(loader_.get(), policy); !why.empty()) return base::Error{why};
  }
  return base::Ok{};
}

base::Status Server::build() {
  if (base::Status status = check_log_file(settings_.logfile); !status) return status;
  log_ = std::make_unique<base::Log>(
      clock_, static_cast<base::LogLevel>(static_cast<int64_t>(settings_.loglevel)), settings_.logfile);
  if (base::Status status = fit_clients(settings_, *log_); !status) return status;
  options_.on_change("maxclients", [this]() -> base::Status {
    const int64_t possible = raise_descriptor_limit(settings_.maxclients);
    if (possible >= settings_.maxclients) return base::Ok{};
    return base::Error{
        "The operating system is not able to handle the specified number of clients, try with " +
        std::to_string(std::max<int64_t>(1, possible))};
  });
  const int64_t cores = std::max(1u, std::thread::hardware_concurrency());
  const auto workers = static_cast<uint32_t>(settings_.workers > 0 ? static_cast<int64_t>(settings_.workers) : cores);
  settings_.workers.set(workers);
  uint64_t seed = 0;
  base::system_random(&seed, sizeof seed);
  parts_ = std::make_unique<Parts>(clock_, *log_, settings_, options_, base::HashSecret::random(), seed, workers);
  parts_->services().cache.change_policies(
      [this](const stampede::PolicyTable& current) {
        stampede::PolicyTable table = current;
        for (const stampede::Policy& policy : policies_) table = table.with(policy);
        return table;
      });
  if (base::Status status = load_users(); !status) return status;
  if (base::Status status = connect_origins(seed + workers); !status) return status;
  parts_->state().request_shutdown = [] { kill(getpid(), SIGTERM); };
  for (uint32_t i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<net::Worker>(parts_->services(), parts_->stats(i), i, seed + i + 1, workers_));
  }
  listener_ = std::make_unique<net::Listener>(parts_->services(), workers_);
  return listener_->open();
}

void Server::announce() const {
  std::string where;
  if (settings_.port > 0) where = "port " + std::to_string(settings_.port);
  if (!settings_.unixsocket.empty()) where += (where.empty() ? "" : " and ") + settings_.unixsocket;
  log_->notice("Corral " CORRAL_VERSION " ready on " + where + ", " + std::to_string(workers_.size()) +
               (workers_.size() == 1 ? " worker" : " workers"));
  std::string cli =
      settings_.port > 0 ? "redis-cli -p " + std::to_string(settings_.port) : "redis-cli -s " + settings_.unixsocket;
  if (parts_->services().users.login_required()) cli += " -a PASSWORD";
  if (policies_.empty()) {
    log_->notice("no policy is set: every key behaves as in Redis. Try: " + cli +
                 " CACHE.POLICY SET cache match 'cache:*' stale 30s");
    return;
  }
  const stampede::Policy& policy = policies_.front();
  std::string key = policy.pattern;
  std::replace(key.begin(), key.end(), '*', '1');
  const std::string protects = "policy " + policy.name + " protects " + policy.pattern;
  if (policy.stale_ms == 0) {
    log_->notice(protects + ". What it does with a key: " + cli + " CACHE.EXPLAIN " + key);
    return;
  }
  log_->notice(protects + ". To see it work, type these lines in another terminal:");
  log_->notice("  " + cli + " SET " + key + " hello EX 2; sleep 2");
  log_->notice("  (echo GET " + key + "; sleep 1) | " + cli + " &");
  log_->notice("  sleep 0.3; " + cli + " GET " + key + "; " + cli + " GET " + key);
  log_->notice("The first reader gets nil (an empty line), to load the value again; the others still get hello.");
}

void Server::notify_systemd(const char* state) const {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || *path == '\0') return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract socket
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t sent =
      sendto(fd, state, std::strlen(state), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address),
             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
  close(fd);
}

int Server::run() {
  signal(SIGPIPE, SIG_IGN);
  // Blocked before the workers start, so that they inherit it and only this thread takes the signals.
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  listener_->start();
  workers_[0]->set_on_stop([this] { listener_->stop(); });
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  for (size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->start(settings_.pin_workers != 0 ? static_cast<int>(i % cores) : -1);
  }
  if (loader_ != nullptr) loader_->start();
  announce();
  notify_systemd("READY=1\n");
  int signal_number = 0;
  while (sigwait(&signals, &signal_number) != 0) {
  }
  notify_systemd("STOPPING=1\n");
  log_->notice(signal_number == SIGINT ? "stopping (SIGINT)" : "stopping");
  if (loader_ != nullptr) loader_->stop();
  for (const auto& worker : workers_) worker->stop();
  for (const auto& worker : workers_) worker->join();
  listener_.reset();
  log_->notice("bye");
  return 0;
}

}  // namespace corral
