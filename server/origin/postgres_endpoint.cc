// Hands calls to connections, opens and closes them, keeps time.
// Threading: see postgres_endpoint.h.
// See: postgres_endpoint.h.
#include "server/origin/postgres_endpoint.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "server/base/nearest_word.h"
#include "server/config/words.h"
#include "server/origin/sql_state.h"

namespace corral::origin {
namespace {

constexpr size_t kMostWaiting = 16'384;
// A connection with so many calls before the next one is reason to open another.
constexpr size_t kBusy = 4;
constexpr uint64_t kIdleMs = 60'000;

constexpr std::string_view kUrlWords[] = {"sslmode",
                                          "sslrootcert",
                                          "sslcert",
                                          "sslkey",
                                          "sslcrl",
                                          "application_name",
                                          "channel_binding",
                                          "target_session_attrs",
                                          "ssl_min_protocol_version",
                                          "keepalives_idle"};

using Words = std::vector<std::pair<std::string, std::string>>;

base::Status take_query(std::string_view query, Words& words) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = pair.find('=');
    const std::string_view word = pair.substr(0, equals);
    if (std::find(std::begin(kUrlWords), std::end(kUrlWords), word) == std::end(kUrlWords)) {
      return base::Error{"unknown word " + config::quoted(word) + " behind the question mark" +
                         base::did_you_mean(word, kUrlWords)};
    }
    if (equals == std::string_view::npos) return base::Error{config::quoted(word) + " needs a value"};
    base::Result<std::string> value = percent_decoded(pair.substr(equals + 1));
    if (!value) return base::Error{config::quoted(word) + " " + value.error()};
    words.emplace_back(word, std::move(value.value()));
  }
  return base::Ok{};
}

bool has_word(const Words& words, std::string_view wanted) {
  return std::any_of(words.begin(), words.end(), [&](const auto& word) { return word.first == wanted; });
}

base::Result<Words> connection_words(const Definition& definition, const Url& url,
                                     const std::string& password) {
  Words words;
  if (base::Status status = take_query(url.query, words); !status) return base::Error{status.error()};
  const auto add = [&](const char* word, std::string value) {
    if (!value.empty() && !has_word(words, word)) words.emplace_back(word, std::move(value));
  };
  add("user", url.user);
  add("password", password);
  add("dbname", url.path.empty() ? url.user : url.path);
  add("client_encoding", "UTF8");
  add("application_name", "corral");
  add("gssencmode", "disable");  // would block while it asks for tickets
  add("sslrootcert", definition.tls_ca);
  if (!definition.tls_ca.empty()) add("sslmode", "verify-full");
  return words;
}

}  // namespace

base::Result<std::unique_ptr<PostgresEndpoint>> PostgresEndpoint::make(OriginLoop& loop,
                                                                       const Definition& definition,
                                                                       const Url& url,
                                                                       const std::string& password) {
  base::Result<Words> words = connection_words(definition, url, password);
  if (!words)
    return base::Error{"origin " + definition.name + ": " + config::quoted(url.text) + ": " + words.error()};
  PostgresSettings settings{url.host,
                            url.port,
                            std::move(words.value()),
                            PostgresStatements(definition),
                            definition.connect_timeout_ms,
                            definition.timeout_ms,
                            static_cast<size_t>(definition.max_value_bytes)};
  return std::make_unique<PostgresEndpoint>(Private{}, loop, definition, std::move(settings));
}

base::Result<std::unique_ptr<PostgresEndpoint>> PostgresEndpoint::make(OriginLoop& loop,
                                                                       const Definition& definition,
                                                                       size_t url) {
  const base::Result<std::string> password = read_password(definition);
  if (!password) return base::Error{"origin " + definition.name + ": " + password.error()};
  return make(loop, definition, definition.urls[url], password.value());
}

PostgresEndpoint::PostgresEndpoint(Private /*by make() only*/, OriginLoop& loop, const Definition& definition,
                                   PostgresSettings settings)
    : loop_(loop),
      name_(definition.name),
      least_(definition.pool_least),
      most_(definition.pool_most),
      settings_(std::move(settings)),
      deadlines_(loop, [this](uint64_t id) { expired(id); }),
      idle_timer_(loop, [this] { close_idle(); }) {}

PostgresEndpoint::~PostgresEndpoint() = default;

uint64_t PostgresEndpoint::start(const Request& request, Done done) {
  constexpr std::array kKinds = {StatementKind::kLoad, StatementKind::kStore, StatementKind::kRemove};
  auto call = std::make_shared<PostgresCall>();
  call->kind = kKinds[static_cast<size_t>(request.operation)];
  PostgresMember& member = call->members.emplace_back();
  member.id = ++last_id_;
  member.deadline_us = loop_.now_us() + request.timeout_us;
  member.done = std::move(done);
  if (!settings_.statements.has(call->kind)) {
    member.answer.result = Result::kPermanent;
    member.answer.reason = "the origin has no " + std::string(statement_word(call->kind));
  } else if (base::Result<std::vector<Parameter>> bound = settings_.statements.bind(call->kind, request);
             !bound) {
    member.answer.result = Result::kPermanent;
    member.answer.reason = bound.error();
  } else if (waiting_.size() >= kMostWaiting) {
    member.answer.reason = "too many calls wait for a connection";
  } else {
    call->parameters = std::move(bound.value());
    enter(call);
    return last_id_;
  }
  call->state = PostgresCall::State::kFailed;
  call->failure = member.answer;
  enter(call);
  return last_id_;
}

bool PostgresEndpoint::start_many(const std::vector<Request>& requests, const std::vector<Done>& done) {
  if (!settings_.statements.can_load_many(requests) || requests.empty()) return false;
  auto call = std::make_shared<PostgresCall>();
  call->kind = StatementKind::kLoadMany;
  call->parameters = settings_.statements.bind_many(requests);
  for (size_t i = 0; i < requests.size(); ++i) {
    PostgresMember& member = call->members.emplace_back();
    member.id = ++last_id_;
    member.deadline_us = loop_.now_us() + requests[i].timeout_us;
    member.captures.assign(requests[i].captures.begin() + 1, requests[i].captures.end());
    member.done = done[i];
  }
  std::sort(call->members.begin(), call->members.end(),
            [](const PostgresMember& a, const PostgresMember& b) { return a.captures < b.captures; });
  if (waiting_.size() >= kMostWaiting) {
    Answer answer;
    answer.reason = "too many calls wait for a connection";
    call->fail(std::move(answer));
  }
  enter(call);
  return true;
}

void PostgresEndpoint::enter(const CallPointer& call) {
  for (const PostgresMember& member : call->members) {
    tickets_[member.id] = {call, member.deadline_us};
    deadlines_.add(member.id, member.deadline_us);
  }
  waiting_.push_back(call);
  pump_soon();
}

PostgresMember* PostgresEndpoint::take_member(uint64_t id, CallPointer& call) {
  const auto found = tickets_.find(id);
  if (found == tickets_.end()) return nullptr;
  call = found->second.call;
  deadlines_.remove(id, found->second.deadline_us);
  tickets_.erase(found);
  for (PostgresMember& member : call->members) {
    if (member.id != id) continue;
    member.live = false;
    return &member;
  }
  return nullptr;
}

// What has been sent comes back some time, and nobody is waiting for it then.
void PostgresEndpoint::cancel(uint64_t id) {
  CallPointer call;
  take_member(id, call);
}

void PostgresEndpoint::expired(uint64_t id) {
  CallPointer call;
  PostgresMember* const member = take_member(id, call);
  if (member == nullptr) return;
  Answer answer;
  answer.hard = true;
  answer.timed_out = true;
  answer.reason = call->connection != nullptr ? "no answer in time" : "no connection in time";
  answer.maybe_done = call->connection != nullptr && call->writes();
  if (call->connection != nullptr) call->connection->doubt(settings_.statement_timeout_ms);
  const Done done = std::move(member->done);
  done(std::move(answer));
  pump_soon();
}

void PostgresEndpoint::on_finished(const CallPointer& call) {
  for (PostgresMember& member : call->members) {
    CallPointer same;
    if (!member.live || take_member(member.id, same) == nullptr) continue;
    const Done done = std::move(member.done);
    done(std::move(member.answer));
  }
}

void PostgresEndpoint::on_passed_over(const CallPointer& call) {
  call->state = PostgresCall::State::kWaiting;
  call->alone = true;
  call->rows = 0;
  for (PostgresMember& member : call->members) member.answered = false;
  waiting_.push_front(call);
  pump_soon();
}

void PostgresEndpoint::on_room() {
  if (!waiting_.empty()) pump_soon();
}

void PostgresEndpoint::pump_soon() {
  if (pumping_) return;
  pumping_ = true;
  loop_.next_turn([this, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired()) pump();
  });
}

// The ready connection with the fewest calls before the next one.
PostgresConnection* PostgresEndpoint::pick() const {
  PostgresConnection* best = nullptr;
  for (const std::unique_ptr<PostgresConnection>& connection : connections_) {
    if (!connection->usable()) continue;
    if (best == nullptr || connection->in_flight() < best->in_flight()) best = connection.get();
  }
  return best;
}

void PostgresEndpoint::pump() {
  pumping_ = false;
  gone_.clear();
  while (!waiting_.empty()) {
    const CallPointer call = waiting_.front();
    if (call->state == PostgresCall::State::kFailed) {
      waiting_.pop_front();
      call->finish();
      on_finished(call);
      continue;
    }
    if (!call->live()) {
      waiting_.pop_front();
      continue;
    }
    PostgresConnection* const best = pick();
    if (best == nullptr || best->in_flight() >= kBusy) open_one();
    if (best == nullptr) break;
    waiting_.pop_front();
    best->send(call);
  }
  for (const std::unique_ptr<PostgresConnection>& connection : connections_) connection->seal();
}

// One at a time: a burst is served sooner by those that are there than by many that are being made.
void PostgresEndpoint::open_one() {
  const auto is_new = [](const auto& connection) {
    return connection->life() == PostgresConnection::Life::kConnecting;
  };
  if (std::any_of(connections_.begin(), connections_.end(), is_new)) return;
  if (connections_.size() >= most_ && !make_room()) return;
  connections_.push_back(
      std::make_unique<PostgresConnection>(loop_, settings_, static_cast<PostgresConnection::Owner&>(*this)));
  connections_.back()->open();
}

// Gives up a connection whose calls nobody waits for any more. The server ends their statements by itself.
bool PostgresEndpoint::make_room() {
  const auto found = std::find_if(connections_.begin(), connections_.end(), [](const auto& connection) {
    return connection->late() && !connection->anybody_waits();
  });
  if (found == connections_.end()) return false;
  gone_.push_back(std::move(*found));
  connections_.erase(found);
  pump_soon();
  return true;
}

void PostgresEndpoint::on_ready(PostgresConnection& connection) {
  if (!checks_.empty()) answer_checks(check_result(connection));
  if (connections_.size() < least_) open_one();
  if (connections_.size() > least_ && !idle_timer_.active()) idle_timer_.start_ms(kIdleMs);
}

void PostgresEndpoint::on_broken(PostgresConnection& connection, const Answer& why,
                                 std::vector<CallPointer> unfinished) {
  const bool was_ready = connection.was_ready();
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const auto& held) { return held.get() == &connection; });
  if (found != connections_.end()) {
    gone_.push_back(std::move(*found));
    connections_.erase(found);
  }
  pump_soon();
  for (const CallPointer& call : unfinished) on_finished(call);
  // A server that cannot be reached fails who waits for it, unless other connections still serve them.
  const bool none_left = std::none_of(connections_.begin(), connections_.end(), [](const auto& held) {
    return held->life() == PostgresConnection::Life::kReady;
  });
  if (was_ready || !none_left) return;
  if (!checks_.empty()) answer_checks(base::Error{"origin " + name_ + ": " + why.reason});
  std::deque<CallPointer> failed;
  failed.swap(waiting_);
  for (const CallPointer& call : failed) {
    call->fail(why);
    call->finish();
    on_finished(call);
  }
}

void PostgresEndpoint::check(Checked done) {
  checks_.push_back(std::move(done));
  loop_.next_turn([this, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired()) return;
    for (const std::unique_ptr<PostgresConnection>& connection : connections_) {
      if (connection->life() != PostgresConnection::Life::kReady) continue;
      return answer_checks(check_result(*connection));
    }
    open_one();
  });
}

base::Status PostgresEndpoint::check_result(const PostgresConnection& connection) const {
  for (size_t i = 0; i < kStatementKinds; ++i) {
    const auto kind = static_cast<StatementKind>(i);
    const std::string& error = connection.prepare_error(kind);
    if (error.empty()) continue;
    return base::Error{"origin " + name_ + ": " + std::string(statement_word(kind)) +
                       " does not prepare: " + error};
  }
  return base::Ok{};
}

void PostgresEndpoint::answer_checks(const base::Status& status) {
  std::vector<Checked> checks;
  checks.swap(checks_);
  for (const Checked& done : checks) done(status);
}

void PostgresEndpoint::close_idle() {
  size_t open = connections_.size();
  const uint64_t now_us = loop_.now_us();
  for (const std::unique_ptr<PostgresConnection>& connection : connections_) {
    if (open <= least_) break;
    const bool idle = connection->life() == PostgresConnection::Life::kReady &&
                      connection->in_flight() == 0 && now_us - connection->idle_since_us() >= kIdleMs * 1000;
    if (!idle) continue;
    connection->retire();
    --open;
  }
  if (open > least_) idle_timer_.start_ms(kIdleMs);
}

}  // namespace corral::origin
