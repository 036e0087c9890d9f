// The loop of the origin thread: timers, watched descriptors, work for the next turn, work from other threads.
// Threading: post() and stop() any thread; everything else the thread that runs the loop.
// See: README.md of this folder, "Loop".
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace corral::origin {

/// One uv_loop_t. Every Timer and Poll of it must be gone before it is.
class OriginLoop {
 public:
  using Work = std::function<void()>;

  /// `most_posted`: how much work of other threads may wait at the same time.
  explicit OriginLoop(size_t most_posted = 65'536);
  ~OriginLoop();
  OriginLoop(const OriginLoop&) = delete;
  OriginLoop& operator=(const OriginLoop&) = delete;

  /// Runs until stop(). May be called again.
  void run();
  /// One turn: waits until something is due, unless it is already, and does it.
  void turn();
  /// run() returns after the turn it is in. Any thread.
  void stop();
  /// The loop's thread will do it, in the order of posting. False, and nothing is kept, when too much waits already. Any thread.
  [[nodiscard]] bool post(Work work);
  /// Does it in the next turn, which then does not wait: what must not happen before a call has returned.
  void next_turn(Work work);

  /// Time that never jumps; moves within a turn.
  uint64_t now_us() const { return uv_hrtime() / 1000; }
  uv_loop_t* handle() { return &loop_; }

 private:
  void do_posted();
  void do_deferred();

  uv_loop_t loop_{};
  uv_async_t async_{};
  uv_idle_t idle_{};
  std::vector<Work> deferred_;

  const size_t most_posted_;
  std::mutex mutex_;  // of what follows
  std::vector<Work> posted_;
  bool stop_requested_ = false;
};

/// One shot, restartable. May be destroyed in its own callback.
class Timer {
 public:
  Timer(OriginLoop& loop, OriginLoop::Work fire);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Fires once, `ms` from now; an earlier start is forgotten.
  void start_ms(uint64_t ms);
  void stop();
  bool active() const;

 private:
  struct State;
  std::unique_ptr<State> state_;  // freed when libuv has closed it
};

/// Watches one descriptor, which must be open, and not watched by anyone else, until the Poll is destroyed.
/// May be destroyed in its own callback.
class Poll {
 public:
  /// `status` < 0 is libuv's error, and `events` says nothing then.
  using Ready = std::function<void(int status, int events)>;

  Poll(OriginLoop& loop, int fd, Ready ready);
  ~Poll();
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;

  /// libuv's error when the descriptor cannot be watched (then `ready` never comes), else 0.
  int error() const { return error_; }
  /// UV_READABLE, UV_WRITABLE, both or 0, until changed.
  void watch(int events);

 private:
  struct State;
  std::unique_ptr<State> state_;  // freed when libuv has closed it
  int error_ = 0;
};

}  // namespace corral::origin
