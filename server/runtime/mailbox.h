// Messages to one worker: filled by any, emptied by the owner once per loop turn.
// Threading: post_all() any thread, take() the owner.
// See: README.md of this folder.
#pragma once

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
    return was_empty;
  }

  /// Moves everything out; `into` should be empty.
  void take(std::vector<T>& into) {
    std::lock_guard lock(mutex_);
    messages_.swap(into);
  }

 private:
  std::mutex mutex_;
  std::vector<T> messages_;
};

}  // namespace corral::runtime
