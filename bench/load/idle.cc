// Many connections that have spoken once and then stay silent.
// Threading: one thread.
// See: bench/load/loops.h
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "bench/load/connection.h"
#include "bench/load/loops.h"
#include "bench/load/requests.h"

namespace corral::bench {
namespace {

constexpr int kAnswerLimitMs = 30'000;

// The soft limit on open files is often 1,024; the hard one is what counts.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

bool exchange_ping(Connection& connection, const Options& options, Requests& requests, Report& report) {
  if (!connection.send(requests.next().bytes)) return false;
  for (;;) {
    pollfd watched{connection.fd(), POLLIN, 0};
    if (poll(&watched, 1, kAnswerLimitMs) <= 0 || !connection.receive()) return false;
    ReplyKind kind;
    const size_t size = next_reply(options.protocol, connection.received(), kind);
    if (size == 0) continue;
    if (kind == ReplyKind::kError) {
      report.note_error(connection.received());
      return false;
    }
    ++report.requests;
    return true;
  }
}

void hold(double seconds) {
  pollfd watched{STDIN_FILENO, POLLIN, 0};
  char ignored[256];
  const int limit_ms = seconds > 0 ? static_cast<int>(seconds * 1000) : 600'000;
  // Anything typed ends the wait too; a closed input reads as zero bytes.
  if (poll(&watched, 1, limit_ms) > 0 && read(STDIN_FILENO, ignored, sizeof(ignored)) < 0) return;
}

}  // namespace

Report run_idle(const Options& options) {
  raise_file_limit();
  Options ping = options;
  ping.command = Command::kPing;
  ping.pipeline = 1;
  Requests requests(ping);
  Report report;
  const uint64_t started_ns = now_ns();
  std::vector<Connection> connections(options.connections);
  for (Connection& connection : connections) {
    if (!connection.open(options) || !exchange_ping(connection, options, requests, report)) {
      std::fprintf(stderr, "corral-load: gave up after %llu connections\n",
                   static_cast<unsigned long long>(report.requests));
      report.finished = false;
      return report;
    }
  }
  std::printf("{\"ready\": %u}\n", options.connections);
  std::fflush(stdout);
  hold(options.seconds);
  report.duration_ns = now_ns() - started_ns;
  return report;
}

}  // namespace corral::bench
