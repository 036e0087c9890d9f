// Calls started, ended and cancelled at one HTTP server.
// Threading: see http_endpoint.h.
// See: http_endpoint.h.
#include "server/origin/http_endpoint.h"

#include <fstream>
#include <mutex>
#include <utility>

#include "protocol/bytes.h"
#include "server/base/check.h"
#include "server/config/words.h"
#include "server/origin/http_call.h"

namespace corral::origin {
namespace {

using base::Error;

constexpr size_t kMostIdle = 64;  // calls kept for later, of each operation

size_t index_of(Operation operation) {
  return static_cast<size_t>(operation);
}

void start_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

base::Result<HttpSetup> setup_of(const Definition& definition, const Url& url) {
  HttpSetup setup;
  setup.base = url.scheme + "://" + url.authority() + url.path;
  setup.tls = url.tls;
  setup.tls_ca = definition.tls_ca;
  setup.user = url.user;
  setup.connect_timeout_ms = definition.connect_timeout_ms;
  setup.max_value_bytes = static_cast<size_t>(definition.max_value_bytes);
  auto password = read_password(definition);
  if (!password) return Error{password.error()};
  setup.password = std::move(password.value());
  for (const std::string& line : definition.headers) {
    auto header = expand_header(line);
    if (!header) return Error{header.error()};
    setup.content_type =
        setup.content_type || protocol::equals_ignore_case(line.substr(0, line.find(':')), "content-type");
    setup.headers.push_back(std::move(header.value()));
  }
  if (!setup.tls_ca.empty() && !std::ifstream(setup.tls_ca).good()) {
    return Error{"tls-ca: " + config::quoted(setup.tls_ca) + " cannot be read"};
  }
  return setup;
}

}  // namespace

struct HttpEndpoint::Setup {
  HttpSetup common;
  std::optional<HttpTemplate> targets[3];  // of each operation
  uint32_t pool_most = 1;
};

base::Result<std::unique_ptr<HttpEndpoint>> HttpEndpoint::make(OriginLoop& loop, const base::Clock& clock,
                                                               const Definition& definition, size_t url) {
  start_curl_once();
  const auto wrong = [&](const std::string& error) {
    return Error{"origin " + definition.name + ": " + error};
  };
  if (definition.kind != Kind::kHttp || url >= definition.urls.size())
    return wrong("has no such http address");
  auto common = setup_of(definition, definition.urls[url]);
  if (!common) return wrong(common.error());
  Setup setup;
  setup.common = std::move(common.value());
  setup.pool_most = definition.pool_most;
  const std::pair<Operation, const std::string*> given[] = {{Operation::kLoad, &definition.load},
                                                            {Operation::kStore, &definition.store},
                                                            {Operation::kRemove, &definition.remove}};
  for (const auto& [operation, text] : given) {
    if (text->empty()) continue;
    auto target = HttpTemplate::parse(operation, *text);
    if (!target) return wrong(target.error());
    setup.targets[index_of(operation)] = std::move(target.value());
  }
  return std::make_unique<HttpEndpoint>(loop, clock, std::move(setup));
}

HttpEndpoint::HttpEndpoint(OriginLoop& loop, const base::Clock& clock, Setup setup)
    : loop_(loop),
      clock_(clock),
      setup_(std::make_unique<const Setup>(std::move(setup))),
      multi_(loop, setup_->pool_most, [this](CURL* easy, CURLcode code) { ended(easy, code); }),
      failed_timer_(loop, [this] { answer_failed(); }) {}

HttpEndpoint::~HttpEndpoint() {
  for (const auto& [id, call] : calls_) {
    if (call->state == HttpCall::State::kRunning) multi_.remove(call->easy());
  }
}

std::unique_ptr<HttpCall> HttpEndpoint::take_call(Operation operation) {
  auto& idle = idle_[index_of(operation)];
  if (!idle.empty()) {
    std::unique_ptr<HttpCall> call = std::move(idle.back());
    idle.pop_back();
    return call;
  }
  const std::string& method = setup_->targets[index_of(operation)]->method();
  auto call = std::make_unique<HttpCall>(setup_->common, operation, method);
  call->deadline.emplace(loop_, [this, made = call.get()] { expired(made->id); });
  return call;
}

void HttpEndpoint::keep_call(std::unique_ptr<HttpCall> call) {
  auto& idle = idle_[index_of(call->operation())];
  if (idle.size() >= kMostIdle) return;
  call->clear();
  idle.push_back(std::move(call));
}

uint64_t HttpEndpoint::start(const Request& request, Done done) {
  const auto& target = setup_->targets[index_of(request.operation)];
  CHECK(target.has_value());  // whoever starts has looked at the definition
  const uint64_t id = ++last_id_;
  HttpCall& call = *calls_.emplace(id, take_call(request.operation)).first->second;
  call.id = id;
  call.done = std::move(done);
  if (calls_.size() > kMostCalls) {
    fail(call, Result::kTransient, "too many calls at the same time");
  } else if (const base::Status status = call.prepare(*target, request); !status) {
    fail(call, Result::kPermanent, status.error());
  } else {
    call.deadline->start_ms(call.timeout_ms());
    waiting_.insert(id);
    run_waiting();
  }
  return id;
}

void HttpEndpoint::run_waiting() {
  while (running_ < setup_->pool_most && !waiting_.empty()) {
    HttpCall& call = *calls_.at(waiting_.extract(waiting_.begin()).value());
    if (const CURLMcode code = multi_.add(call.easy()); code != CURLM_OK) {
      fail(call, Result::kTransient, curl_multi_strerror(code));
      continue;
    }
    call.state = HttpCall::State::kRunning;
    ++running_;
  }
}

void HttpEndpoint::fail(HttpCall& call, Result result, std::string reason) {
  call.state = HttpCall::State::kFailed;
  call.failed.result = result;
  call.failed.reason = std::move(reason);
  call.deadline->stop();
  failed_.insert(call.id);
  failed_timer_.start_ms(0);
}

// Off all lists but curl's.
std::unique_ptr<HttpCall> HttpEndpoint::take_out(uint64_t id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return nullptr;
  std::unique_ptr<HttpCall> call = std::move(found->second);
  calls_.erase(found);
  call->deadline->stop();
  waiting_.erase(id);
  failed_.erase(id);
  if (call->state == HttpCall::State::kRunning) --running_;
  return call;
}

void HttpEndpoint::cancel(uint64_t id) {
  std::unique_ptr<HttpCall> call = take_out(id);
  if (call == nullptr) return;
  if (call->state == HttpCall::State::kRunning) multi_.remove(call->easy());
  keep_call(std::move(call));
  run_waiting();
}

bool HttpEndpoint::start_many(const std::vector<Request>& /*requests*/, const std::vector<Done>& /*done*/) {
  return false;
}

void HttpEndpoint::ended(CURL* easy, CURLcode code) {
  void* made = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &made);
  std::unique_ptr<HttpCall> call = take_out(static_cast<HttpCall*>(made)->id);
  CHECK(call != nullptr);
  Answer answer = call->answer(code, clock_.wall_ms());
  finish(std::move(call), std::move(answer));
}

void HttpEndpoint::expired(uint64_t id) {
  std::unique_ptr<HttpCall> call = take_out(id);
  CHECK(call != nullptr);
  Answer answer = call->answer(CURLE_OPERATION_TIMEDOUT, clock_.wall_ms());
  if (call->state == HttpCall::State::kRunning) multi_.remove(call->easy());
  finish(std::move(call), std::move(answer));
}

void HttpEndpoint::answer_failed() {
  // One that is started meanwhile, by who gets an answer, has its turn after this one.
  for (std::set<uint64_t> failed = failed_; const uint64_t id : failed) {
    std::unique_ptr<HttpCall> call = take_out(id);
    if (call == nullptr) continue;  // cancelled by who got an answer just now
    Answer answer = std::move(call->failed);
    finish(std::move(call), std::move(answer));
  }
}

// The connection goes to who waits, and the call to who comes next, before somebody is told who may start more.
void HttpEndpoint::finish(std::unique_ptr<HttpCall> call, Answer answer) {
  const Done done = std::move(call->done);
  keep_call(std::move(call));
  run_waiting();
  done(std::move(answer));
}

}  // namespace corral::origin
