// Reads the system's clocks.
// Threading: stateless.
// See: clock.h.
#include "server/base/clock.h"

#include <ctime>

namespace corral::base {
namespace {

int64_t read_us(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<int64_t>(t.tv_sec) * 1000000 + t.tv_nsec / 1000;
}

}  // namespace

int64_t SystemClock::wall_us() const { return read_us(CLOCK_REALTIME); }
int64_t SystemClock::steady_us() const { return read_us(CLOCK_MONOTONIC); }
int64_t SystemClock::thread_us() const { return read_us(CLOCK_THREAD_CPUTIME_ID); }

uint64_t cycles_slow() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000000u + static_cast<uint64_t>(t.tv_nsec);
}

double measure_cycles_per_us(const Clock& clock) {
  const int64_t begin_us = clock.steady_us();
  const uint64_t begin = cycles();
  int64_t now_us = begin_us;
  // A busy wait, since it must not depend on how soon the scheduler wakes a sleeper.
  for (int i = 0; i < 1000000 && now_us - begin_us < 2000; ++i) now_us = clock.steady_us();
  const int64_t passed_us = now_us - begin_us;
  return passed_us > 0 ? static_cast<double>(cycles() - begin) / static_cast<double>(passed_us) : 1000.0;
}

}  // namespace corral::base
