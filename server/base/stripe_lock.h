// A four-byte lock: spin about a hundred pauses, then wait in the kernel. With clang's thread-safety annotations.
// Threading: this is the threading.
// See: README.md of this folder, "Lock".
#pragma once

#include <atomic>
#include <cstdint>

#if defined(__clang__)
#define CORRAL_CAPABILITY(x) __attribute__((capability(x)))
#define CORRAL_GUARDED_BY(x) __attribute__((guarded_by(x)))
#define CORRAL_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define CORRAL_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define CORRAL_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define CORRAL_TRY_ACQUIRE(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define CORRAL_NO_THREAD_SAFETY_ANALYSIS __attribute__((no_thread_safety_analysis))
#else
#define CORRAL_CAPABILITY(x)
#define CORRAL_GUARDED_BY(x)
#define CORRAL_REQUIRES(...)
#define CORRAL_ACQUIRE(...)
#define CORRAL_RELEASE(...)
#define CORRAL_TRY_ACQUIRE(...)
#define CORRAL_NO_THREAD_SAFETY_ANALYSIS
#endif

namespace corral::base {

/// One turn of a spinning loop: tells the core that nothing but waiting happens here.
inline void cpu_pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// States: 0 free, 1 held, 2 held and somebody may sleep, 3 as 2, by a holder who said it takes long. Pure spinning is
/// ruled out: with fewer cores than workers a preempted holder would be spun against for a whole scheduler slice.
class CORRAL_CAPABILITY("mutex") StripeLock {
 public:
  void lock() CORRAL_ACQUIRE() {
    uint32_t expected = 0;
    if (!state_.compare_exchange_strong(expected, 1, std::memory_order_acquire, std::memory_order_relaxed)) {
      lock_slow();
    }
  }
  bool try_lock() CORRAL_TRY_ACQUIRE(true) {
    uint32_t expected = 0;
    return state_.compare_exchange_strong(expected, 1, std::memory_order_acquire, std::memory_order_relaxed);
  }
  /// As lock(), but false, without the lock, when the holder has said that it takes long.
  bool lock_unless_long() CORRAL_TRY_ACQUIRE(true) {
    uint32_t expected = 0;
    return state_.compare_exchange_strong(expected, 1, std::memory_order_acquire, std::memory_order_relaxed) ||
           wait_for(false);
  }
  /// The holder says that it takes long: whoever waits in lock_unless_long() gives up.
  void take_long() {
    state_.store(kLong, std::memory_order_relaxed);
    state_.notify_all();
  }
  void unlock() CORRAL_RELEASE() {
    if (state_.exchange(0, std::memory_order_release) >= kSleptOn) state_.notify_one();
  }
  bool is_held() const { return state_.load(std::memory_order_relaxed) != 0; }

 private:
  static constexpr uint32_t kSleptOn = 2;
  static constexpr uint32_t kLong = 3;
  void lock_slow() { wait_for(true); }
  bool wait_for(bool however_long);
  std::atomic<uint32_t> state_{0};
};

}  // namespace corral::base
