// Time as an argument: the only place of the server that asks the machine what time it is.
// Threading: SystemClock is stateless; ManualClock belongs to one test.
// See: README.md of this folder.
#pragma once

#include <cstdint>

namespace corral::base {

/// Wall time in milliseconds and microseconds since 1970, and a steady time that never jumps.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t wall_us() const = 0;
  virtual int64_t steady_us() const = 0;
  int64_t wall_ms() const { return wall_us() / 1000; }
  /// Time the calling thread has spent on a core. Costs a system call.
  virtual int64_t thread_us() const = 0;
};

class SystemClock final : public Clock {
 public:
  int64_t wall_us() const override;
  int64_t steady_us() const override;
  int64_t thread_us() const override;
};

/// Moves only when told to.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t wall_ms) : us_(wall_ms * 1000) {}
  int64_t wall_us() const override { return us_; }
  int64_t steady_us() const override { return us_; }
  int64_t thread_us() const override { return us_; }
  void advance_ms(int64_t ms) { us_ += ms * 1000; }

 private:
  int64_t us_;
};

/// Cheap cycle counter for measuring short stretches; convert with CycleRate. Monotonic per core.
uint64_t cycles_slow();
inline uint64_t cycles() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return cycles_slow();
#endif
}

/// Cycles per microsecond of cycles(), measured once at start (takes about 2 ms).
double measure_cycles_per_us(const Clock& clock);

}  // namespace corral::base
