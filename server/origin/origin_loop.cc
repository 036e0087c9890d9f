// libuv handles behind the loop, its timers and its watched descriptors.
// Threading: see origin_loop.h.
// See: origin_loop.h; libuv's guide, "Event loop".
#include "server/origin/origin_loop.h"

#include <utility>

#include "server/base/check.h"

namespace corral::origin {
namespace {

// Gives the state to libuv, which frees it once nothing of the handle is in use any more: also not the callback that
// is just running.
template <typename State>
void close_state(std::unique_ptr<State> state) {
  State* const raw = state.release();
  uv_close(reinterpret_cast<uv_handle_t*>(&raw->handle),
           [](uv_handle_t* closed) { const std::unique_ptr<State> last(static_cast<State*>(closed->data)); });
}

}  // namespace

OriginLoop::OriginLoop(size_t most_posted) : most_posted_(most_posted) {
  CHECK(uv_loop_init(&loop_) == 0);
  CHECK(uv_async_init(&loop_, &async_,
                      [](uv_async_t* handle) { static_cast<OriginLoop*>(handle->data)->do_posted(); }) == 0);
  CHECK(uv_idle_init(&loop_, &idle_) == 0);
  async_.data = idle_.data = this;
}

OriginLoop::~OriginLoop() {
  uv_close(reinterpret_cast<uv_handle_t*>(&async_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&idle_), nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop_) == 0);
}

void OriginLoop::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
}

void OriginLoop::turn() {
  // Asked to run once, libuv would do what is due and then wait all the same.
  uv_update_time(&loop_);
  uv_run(&loop_, uv_backend_timeout(&loop_) == 0 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
}

void OriginLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_requested_ = true;
  }
  uv_async_send(&async_);
}

bool OriginLoop::post(Work work) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (posted_.size() >= most_posted_) return false;
    first = posted_.empty();
    posted_.push_back(std::move(work));
  }
  if (first) uv_async_send(&async_);
  return true;
}

void OriginLoop::next_turn(Work work) {
  if (deferred_.empty()) {
    // An active idle handle keeps the poll phase from waiting.
    uv_idle_start(&idle_, [](uv_idle_t* handle) { static_cast<OriginLoop*>(handle->data)->do_deferred(); });
  }
  deferred_.push_back(std::move(work));
}

void OriginLoop::do_posted() {
  std::vector<Work> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
    if (std::exchange(stop_requested_, false)) uv_stop(&loop_);
  }
  for (const Work& work : posted) work();
}

void OriginLoop::do_deferred() {
  std::vector<Work> deferred;
  deferred.swap(deferred_);
  for (const Work& work : deferred) work();
  if (deferred_.empty()) uv_idle_stop(&idle_);
}

struct Timer::State {
  uv_timer_t handle{};
  OriginLoop::Work fire;
};

Timer::Timer(OriginLoop& loop, OriginLoop::Work fire) : state_(std::make_unique<State>()) {
  CHECK(uv_timer_init(loop.handle(), &state_->handle) == 0);
  state_->handle.data = state_.get();
  state_->fire = std::move(fire);
}

Timer::~Timer() {
  close_state(std::move(state_));
}

void Timer::start_ms(uint64_t ms) {
  // libuv counts from the time of the turn's beginning, which may be long ago.
  uv_update_time(state_->handle.loop);
  uv_timer_start(
      &state_->handle, [](uv_timer_t* handle) { static_cast<State*>(handle->data)->fire(); }, ms, 0);
}

void Timer::stop() {
  uv_timer_stop(&state_->handle);
}

bool Timer::active() const {
  return uv_is_active(reinterpret_cast<const uv_handle_t*>(&state_->handle)) != 0;
}

struct Poll::State {
  uv_poll_t handle{};
  Ready ready;
};

Poll::Poll(OriginLoop& loop, int fd, Ready ready) : state_(std::make_unique<State>()) {
  error_ = uv_poll_init(loop.handle(), &state_->handle, fd);
  state_->handle.data = state_.get();
  state_->ready = std::move(ready);
}

Poll::~Poll() {
  if (error_ == 0) close_state(std::move(state_));
}

void Poll::watch(int events) {
  if (error_ != 0) return;
  if (events == 0) {
    uv_poll_stop(&state_->handle);
    return;
  }
  uv_poll_start(&state_->handle, events, [](uv_poll_t* handle, int status, int ready) {
    static_cast<State*>(handle->data)->ready(status, ready);
  });
}

}  // namespace corral::origin
