// One libuv loop and the shape of its turns: poll, then one call of turn().
// Threading: run() and all but wake() and stop() on the loop's thread.
// See: README.md of this folder.
#pragma once

#include <uv.h>

#include <atomic>
#include <cstdint>

namespace corral::runtime {

/// What happens in a loop turn, after the poll callbacks have said which sockets are ready.
class TurnHandler {
 public:
  virtual void turn() = 0;
  virtual void stopping() = 0;  ///< last call on the loop's thread: close every handle

 protected:
  ~TurnHandler() = default;
};

class Loop {
 public:
  explicit Loop(TurnHandler& handler);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until stop(). Then TurnHandler::stopping() and the closing of all handles.
  void run();
  void stop();  ///< any thread
  void wake();  ///< any thread: a turn comes soon
  /// The next turn comes after at most `ms` (0: at once), even when no socket is ready. Called in every turn.
  void next_turn_in(int64_t ms);

  uv_loop_t* handle() { return &loop_; }

 private:
  TurnHandler& handler_;
  uv_loop_t loop_{};
  uv_check_t check_{};
  uv_async_t async_{};
  uv_timer_t timer_{};
  uv_idle_t idle_{};
  std::atomic<bool> stop_requested_{false};
  bool idle_active_ = false;
  int64_t timer_at_ms_ = -1;  // loop time the timer is armed for
};

}  // namespace corral::runtime
