// What a call to an origin costs in the mechanisms before it: CPU nanoseconds for each, in a loop.
// Threading: one thread.
// See: README.md of this folder; server/resilience/call_pipeline.h.
#include <charconv>
#include <cstdio>
#include <cstring>

#include "server/base/clock.h"
#include "server/resilience/call_pipeline.h"

namespace {

using namespace corral::resilience;

/// Remembers the last attempt; nothing else.
class Idle : public Attempts, public CallEvents {
 public:
  void start(const Attempt& attempt) override { token = attempt.token; }
  void cancel(AttemptToken) override {}
  void call_ended(uint64_t, const CallOutcome& outcome) override { done += outcome.ok() ? 1 : 0; }
  void breaker_changed(uint32_t, const BreakerTransition&) override {}

  AttemptToken token = 0;
  uint64_t done = 0;
};

template <typename Step>
void measure(const char* name, int64_t rounds, Step step) {
  const corral::base::SystemClock clock;
  const int64_t before_us = clock.thread_us();
  for (int64_t i = 0; i < rounds; ++i) step(i * 100);
  const double ns = static_cast<double>(clock.thread_us() - before_us) * 1e3 / static_cast<double>(rounds);
  std::printf("%-40s %8.1f ns\n", name, ns);
}

}  // namespace

int main(int argc, char** argv) {
  int64_t rounds = 2'000'000;
  if (argc > 1) std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), rounds);
  AttemptResult ok;
  ok.outcome = Outcome::kOk;

  corral::base::Random random(1);
  CircuitBreaker breaker({}, 0, random, nullptr, 0);
  measure("breaker: acquire and report", rounds,
          [&](int64_t now) { breaker.report(*breaker.acquire(now, 500'000), ok, 1'000, now); });

  ConcurrencyLimit limit({});
  RetryBudget budget({}, 0);
  LoadShedder shedder({}, 1'500'000);
  measure("breaker, limit, budget, shedder", rounds, [&](int64_t now) {
    const auto permit = breaker.acquire(now, 500'000);
    if (shedder.shed(now, random) || limit.limit() == 0) return;
    shedder.attempted(now);
    breaker.report(*permit, ok, 1'000, now);
    limit.succeeded(1'000, 1, false, now);
    budget.succeeded();
    shedder.accepted(now);
  });

  Idle idle;
  CallPipeline pipeline({}, 1, 1, idle, idle, 0);
  measure("pipeline: begin to end", rounds, [&](int64_t now) {
    pipeline.begin({}, now);
    pipeline.attempt_ended(idle.token, ok, now + 50);
  });

  CallPipeline open({}, 1, 1, idle, idle, 0);
  open.set_breaker_mode(0, BreakerMode::kForcedOpen, 0);
  measure("pipeline: refused by an open breaker", rounds, [&](int64_t now) { open.begin({}, now); });
  return idle.done == static_cast<uint64_t>(rounds) ? 0 : 1;
}
