// From a call to attempts and back.
// Threading: see origin_client.h.
// See: origin_client.h.
#include "server/loading/origin_client.h"

#include <algorithm>
#include <utility>

#include "server/origin/make_endpoint.h"

namespace corral::loading {
namespace {

using resilience::AttemptResult;
using resilience::PipelineOptions;

PipelineOptions options_of(const origin::Definition& definition) {
  PipelineOptions options =
      PipelineOptions::for_timeouts(definition.timeout_ms * 1000, definition.total_timeout_ms * 1000);
  options.attempts = definition.retries + 1;
  options.concurrency.fixed = definition.concurrency;
  options.rate.per_s = definition.rate_per_s;
  // A call over HTTP has a connection to itself: more than there are would only wait, and look like a slow origin.
  if (definition.kind == origin::Kind::kHttp) {
    options.concurrency.most = std::min<uint32_t>(
        options.concurrency.most, definition.pool_most * static_cast<uint32_t>(definition.urls.size()));
    options.concurrency.least = std::min(options.concurrency.least, options.concurrency.most);
    options.concurrency.start = std::min(options.concurrency.start, options.concurrency.most);
  }
  return options;
}

AttemptResult result_of(const origin::Answer& answer) {
  AttemptResult result;
  switch (answer.result) {
    case origin::Result::kTransient:
      result.outcome = resilience::Outcome::kTransient;
      break;
    case origin::Result::kPermanent:
      result.outcome = resilience::Outcome::kPermanent;
      break;
    default:
      result.outcome = resilience::Outcome::kOk;
  }
  result.hard = answer.hard;
  result.timed_out = answer.timed_out;
  result.pushed_back = answer.pushed_back;
  result.maybe_done = answer.maybe_done;
  if (answer.retry_after_ms) result.retry_after_us = *answer.retry_after_ms * 1000;
  return result;
}

}  // namespace

base::Result<std::unique_ptr<OriginClient>> OriginClient::make(origin::OriginLoop& loop, const base::Clock& clock,
                                                               const base::Log& log,
                                                               const origin::Definition& definition, uint64_t seed) {
  std::vector<std::unique_ptr<origin::Endpoint>> endpoints;
  for (size_t i = 0; i < definition.urls.size(); ++i) {
    auto endpoint = origin::make_endpoint(loop, clock, definition, i);
    if (!endpoint) return base::Error{endpoint.error()};
    endpoints.push_back(std::move(endpoint.value()));
  }
  return std::make_unique<OriginClient>(Private(), loop, clock, log, definition, seed, std::move(endpoints));
}

OriginClient::OriginClient(Private, origin::OriginLoop& loop, const base::Clock& clock, const base::Log& log,
                           const origin::Definition& definition, uint64_t seed,
                           std::vector<std::unique_ptr<origin::Endpoint>> endpoints)
    : loop_(loop),
      clock_(clock),
      log_(log),
      definition_(definition),
      endpoints_(std::move(endpoints)),
      pipeline_(options_of(definition), static_cast<uint32_t>(endpoints_.size()), seed, *this, *this,
                clock.steady_us()),
      timer_(loop, [this] {
        pipeline_.advance(clock_.steady_us());
        set_timer();
      }) {}

OriginClient::~OriginClient() = default;

void OriginClient::check() {
  for (const auto& endpoint : endpoints_) {
    origin::check_endpoint(loop_, *endpoint, [this](const base::Status& status) {
      if (!status.ok()) log_.warning(status.error() + "; its loads will fail until that is mended");
    });
  }
}

void OriginClient::call(origin::Request request, resilience::CallClass cls, Done done) {
  const uint64_t owner = ++last_owner_;
  calls_.emplace(owner, Call{std::move(request), {}, std::move(done)});
  resilience::CallRequest wanted;
  wanted.owner = owner;
  wanted.cls = cls;
  const auto begun = pipeline_.begin(wanted, clock_.steady_us());
  if (begun.refused) loop_.next_turn([this, owner, outcome = *begun.refused] { end(owner, outcome); });
  set_timer();
}

void OriginClient::start(const resilience::Attempt& attempt) {
  Call& call = calls_.at(attempt.owner);
  call.request.attempt = attempt.number;
  call.request.timeout_us = static_cast<uint64_t>(attempt.timeout_us);
  const uint64_t owner = attempt.owner;
  const resilience::AttemptToken token = attempt.token;
  const uint64_t id = endpoints_[attempt.endpoint]->start(
      call.request, [this, token, owner](origin::Answer answer) { answered(token, owner, std::move(answer)); });
  attempts_[token] = {attempt.endpoint, id};
}

void OriginClient::cancel(resilience::AttemptToken token) {
  const auto at = attempts_.find(token);
  if (at == attempts_.end()) return;
  endpoints_[at->second.endpoint]->cancel(at->second.id);
  attempts_.erase(at);
}

void OriginClient::answered(resilience::AttemptToken token, uint64_t owner, origin::Answer answer) {
  attempts_.erase(token);
  const AttemptResult result = result_of(answer);
  if (const auto at = calls_.find(owner); at != calls_.end()) at->second.answer = std::move(answer);
  pipeline_.attempt_ended(token, result, clock_.steady_us());
  set_timer();
}

void OriginClient::call_ended(uint64_t owner, const resilience::CallOutcome& outcome) { end(owner, outcome); }

void OriginClient::end(uint64_t owner, const resilience::CallOutcome& outcome) {
  const auto at = calls_.find(owner);
  if (at == calls_.end()) return;
  Call call = std::move(at->second);
  calls_.erase(at);
  call.done({outcome, std::move(call.answer)});
}

void OriginClient::breaker_changed(uint32_t endpoint, const resilience::BreakerTransition& transition) {
  const std::string text = "origin " + definition_.name + ", " + definition_.urls[endpoint].authority() + ": breaker " +
                           word_of(transition.from) + " -> " + word_of(transition.to) + ", " + word_of(transition.reason);
  log_.write(transition.to == resilience::BreakerState::kClosed ? base::LogLevel::kNotice : base::LogLevel::kWarning, text);
}

void OriginClient::set_timer() {
  const int64_t due_us = pipeline_.next_due_us();
  if (due_us == INT64_MAX) return timer_.stop();
  const int64_t left_us = std::max<int64_t>(due_us - clock_.steady_us(), 0);
  timer_.start_ms(static_cast<uint64_t>(left_us + 999) / 1000);
}

std::string OriginClient::describe() {
  const int64_t now_us = clock_.steady_us();
  const resilience::PipelineView view = pipeline_.view(now_us);
  const resilience::CallCounters& counters = pipeline_.counters();
  std::string text;
  const auto line = [&text](const std::string& name, const std::string& value) { text += name + ":" + value + "\r\n"; };
  line("kind", std::string(origin::kind_name(definition_.kind)));
  for (uint32_t i = 0; i < pipeline_.endpoints(); ++i) {
    const resilience::BreakerView breaker = pipeline_.breaker(i, now_us);
    line("endpoint" + std::to_string(i), "address=" + definition_.urls[i].authority() + ",breaker=" + word_of(breaker.state) +
                                             ",mode=" + word_of(breaker.mode) + ",reason=" + word_of(breaker.reason) +
                                             ",in_flight=" + std::to_string(pipeline_.endpoint_in_flight(i)));
  }
  uint64_t calls = 0;
  for (const uint64_t of_class : counters.calls) calls += of_class;
  line("calls", std::to_string(calls));
  line("attempts", std::to_string(counters.first_attempts + counters.retries));
  line("retries", std::to_string(counters.retries));
  line("timed_out", std::to_string(counters.timed_out));
  line("limit", std::to_string(view.limit));
  line("in_flight", std::to_string(view.in_flight));
  line("waiting", std::to_string(view.waiting));
  line("retry_tokens", std::to_string(static_cast<int64_t>(view.retry_tokens)));
  line("shed_percent", std::to_string(static_cast<int64_t>(view.shed_probability * 100)));
  return text;
}

void OriginClient::set_breaker_mode(resilience::BreakerMode mode) {
  for (uint32_t i = 0; i < pipeline_.endpoints(); ++i) pipeline_.set_breaker_mode(i, mode, clock_.steady_us());
  set_timer();
}

void OriginClient::reset_breakers() {
  for (uint32_t i = 0; i < pipeline_.endpoints(); ++i) pipeline_.reset_breaker(i, clock_.steady_us());
  set_timer();
}

}  // namespace corral::loading
