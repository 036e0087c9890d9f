// Printing of results.
// Threading: one thread.
// See: bench/load/report.h
#include "bench/load/report.h"

#include <sys/resource.h>

#include <cstdio>

namespace corral::bench {
namespace {

double to_us(uint64_t ns) {
  return static_cast<double>(ns) / 1e3;
}

double own_cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto in_us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return in_us(usage.ru_utime) + in_us(usage.ru_stime);
}

}  // namespace

void Report::note_error(std::string_view reply) {
  if (errors++ == 0) {
    const size_t shown = reply.size() < 200 ? reply.size() : 200;
    std::fprintf(stderr, "corral-load: wrong reply: %.*s\n", static_cast<int>(shown), reply.data());
  }
}

int print_report(const Report& report) {
  const double count = report.requests == 0 ? 1.0 : static_cast<double>(report.requests);
  std::printf("{\"requests\": %llu, \"seconds\": %.6f, \"errors\": %llu, \"misses\": %llu, \"finished\": %s",
              static_cast<unsigned long long>(report.requests), static_cast<double>(report.duration_ns) / 1e9,
              static_cast<unsigned long long>(report.errors), static_cast<unsigned long long>(report.misses),
              report.finished ? "true" : "false");
  std::printf(", \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"max_us\": %.1f",
              to_us(report.latency.quantile_ns(0.5)), to_us(report.latency.quantile_ns(0.99)),
              to_us(report.latency.quantile_ns(0.999)), to_us(report.latency.max_ns()));
  if (report.open_loop) std::printf(", \"late_max_us\": %.1f", to_us(report.late_max_ns));
  std::printf(", \"client_cpu_us_per_request\": %.4f}\n", own_cpu_us() / count);
  std::fflush(stdout);
  return report.finished && report.errors == 0 ? 0 : 1;
}

}  // namespace corral::bench
