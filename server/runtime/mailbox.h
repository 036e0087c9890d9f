// Messages to one worker: filled by any, emptied by the owner once per loop turn.
// Threading: post_all() any thread, take() the owner.
// See: README.md of this folder.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

namespace corral::runtime {

/// Senders collect during their turn and post everything at its end, so the mutex is taken once per turn and pair.
template <typename T>
class Mailbox {
 public:
  /// Moves all of `messages` in and clears it. Returns true when the mailbox was empty: the owner must be woken.
  bool post_all(std::vector<T>& messages) {
    std::lock_guard lock(mutex_);
    const bool was_empty = messages_.empty();
    if (was_empty) {
      messages_.swap(messages);
    } else {
      for (T& message : messages) messages_.push_back(std::move(message));
    }
    messages.clear();
    any_.store(!messages_.empty(), std::memory_order_release);
    return was_empty;
  }

  /// Moves everything out; `into` should be empty.
  /// Most turns find nothing, and find that out without the mutex: whoever posts wakes the owner afterwards.
  void take(std::vector<T>& into) {
    if (!any_.load(std::memory_order_acquire)) return;
    std::lock_guard lock(mutex_);
    any_.store(false, std::memory_order_relaxed);
    messages_.swap(into);
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> any_{false};
  std::vector<T> messages_;
};

}  // namespace corral::runtime
