// libuv handles behind the loop's turns.
// Threading: see loop.h.
// See: loop.h; libuv's guide, "Event loop".
#include "server/runtime/loop.h"

#include "server/base/check.h"

namespace corral::runtime {

Loop::Loop(TurnHandler& handler) : handler_(handler) {
  CHECK(uv_loop_init(&loop_) == 0);
  loop_.data = this;
  CHECK(uv_check_init(&loop_, &check_) == 0);
  CHECK(uv_async_init(&loop_, &async_, [](uv_async_t*) {}) == 0);
  CHECK(uv_timer_init(&loop_, &timer_) == 0);
  CHECK(uv_idle_init(&loop_, &idle_) == 0);
  check_.data = async_.data = timer_.data = idle_.data = this;
}

Loop::~Loop() {
  // run() closed everything; a loop that never ran closes its own handles here.
  uv_walk(&loop_, [](uv_handle_t* handle, void*) {
    if (uv_is_closing(handle) == 0) uv_close(handle, nullptr);
  }, nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop_) == 0);
}

void Loop::run() {
  // The check phase follows the poll phase: all ready sockets of this turn are known by then.
  uv_check_start(&check_, [](uv_check_t* check) {
    auto* self = static_cast<Loop*>(check->data);
    if (self->stop_requested_.load(std::memory_order_acquire)) {
      uv_stop(&self->loop_);
    } else {
      self->handler_.turn();
    }
  });
  next_turn_in(0);
  uv_run(&loop_, UV_RUN_DEFAULT);
  handler_.stopping();
  for (uv_handle_t* handle : {reinterpret_cast<uv_handle_t*>(&check_), reinterpret_cast<uv_handle_t*>(&async_),
                              reinterpret_cast<uv_handle_t*>(&timer_), reinterpret_cast<uv_handle_t*>(&idle_)}) {
    uv_close(handle, nullptr);
  }
  uv_run(&loop_, UV_RUN_DEFAULT);
}

void Loop::stop() {
  stop_requested_.store(true, std::memory_order_release);
  wake();
}

void Loop::wake() { uv_async_send(&async_); }

void Loop::next_turn_in(int64_t ms) {
  if (ms <= 0) {
    if (!idle_active_) uv_idle_start(&idle_, [](uv_idle_t*) {});
    idle_active_ = true;
    return;
  }
  if (idle_active_) uv_idle_stop(&idle_);
  idle_active_ = false;
  const auto at = static_cast<int64_t>(uv_now(&loop_)) + ms;
  // Re-arming costs a heap operation: leave a timer alone that fires soon enough and not much too early.
  const bool armed = uv_is_active(reinterpret_cast<uv_handle_t*>(&timer_)) != 0;
  if (armed && timer_at_ms_ <= at && timer_at_ms_ + ms / 2 >= at) return;
  timer_at_ms_ = at;
  // Timers run before the poll phase. Without a turn in between the poll would see no timer and sleep for ever, so the
  // timer keeps this poll from sleeping.
  uv_timer_start(&timer_, [](uv_timer_t* timer) { static_cast<Loop*>(timer->data)->next_turn_in(0); },
                 static_cast<uint64_t>(ms), 0);
}

}  // namespace corral::runtime
