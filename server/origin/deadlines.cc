// Keeps deadlines in their order and the timer at the first of them.
// Threading: see deadlines.h.
// See: deadlines.h.
#include "server/origin/deadlines.h"

namespace corral::origin {

Deadlines::Deadlines(OriginLoop& loop, std::function<void(uint64_t)> expired)
    : loop_(loop), expired_(std::move(expired)), timer_(loop, [this] { fire(); }) {}

void Deadlines::add(uint64_t id, uint64_t at_us) {
  waiting_.emplace(at_us, id);
  if (armed_for_us_ == 0 || at_us < armed_for_us_) arm();
}

// The timer stays armed: firing once for nothing is cheaper than setting it anew with every answer.
void Deadlines::remove(uint64_t id, uint64_t at_us) {
  waiting_.erase({at_us, id});
}

void Deadlines::fire() {
  armed_for_us_ = 0;
  const uint64_t now_us = loop_.now_us();
  while (!waiting_.empty() && waiting_.begin()->first <= now_us) {
    const uint64_t id = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    expired_(id);
  }
  if (!waiting_.empty()) arm();
}

void Deadlines::arm() {
  armed_for_us_ = waiting_.begin()->first;
  const uint64_t now_us = loop_.now_us();
  timer_.start_ms(armed_for_us_ > now_us ? (armed_for_us_ - now_us + 999) / 1000 : 0);
}

}  // namespace corral::origin
