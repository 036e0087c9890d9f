// corral-http-load: CPU time of loads over HTTP with connections kept alive, the origin's part left out.
// Threading: the loads on the main thread, whose time is measured; a plain server on threads of its own.
// See: bench/origin/README.md
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "protocol/number.h"
#include "server/base/clock.h"
#include "server/config/words.h"
#include "server/origin/http_endpoint.h"
#include "tests/server/origin/raw_server.h"

namespace corral::bench {
namespace {

using origin::Answer;

// Both 100 bytes of value, and what a well-meaning service says about it.
constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: "
    "application/json\r\n"
    "Cache-Control: max-age=60, stale-while-revalidate=30\r\nETag: \"0123456789abcdef\"\r\nSurrogate-Key: "
    "product-7 shop\r\n"
    "Content-Length: 100\r\n\r\n";

int run(int64_t calls, int64_t in_flight) {
  const std::string reply = std::string(kAnswer) + std::string(100, 'x');
  origin::RawServer server([&](origin::Peer& peer) {
    while (!peer.read_request().empty()) peer.send(reply);
  });
  const auto words = config::split_words("http://127.0.0.1:" + std::to_string(server.port()) +
                                         " load \"GET /products/{1}\" timeout 10s");
  const auto definition = origin::Definition::parse("bench", {words->begin(), words->end()});
  if (!definition) return 1;
  const base::SystemClock clock;
  origin::OriginLoop loop;
  auto endpoint = origin::HttpEndpoint::make(loop, clock, definition.value(), 0);
  if (!endpoint) return 1;
  int64_t started = 0;
  int64_t answered = 0;
  int64_t failed = 0;
  int64_t most = 0;
  const std::function<void()> start_next = [&] {
    origin::Request request;
    const std::string number = std::to_string(started++);
    request.captures = {"product:" + number, number};
    request.idempotency_key = "1-2-" + number;
    request.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    request.timeout_us = 10'000'000;
    endpoint.value()->start(request, [&](const Answer& answer) {
      failed += answer.result == origin::Result::kValue ? 0 : 1;
      ++answered;
      if (started < most) start_next();
    });
  };
  const auto run_until = [&](int64_t total) {
    most = total;
    for (int64_t i = 0; i < in_flight && started < most; ++i) start_next();
    while (answered < total) loop.turn();
  };
  run_until(calls / 10);  // connections and pools are there
  const int64_t before_us = clock.thread_us();
  const int64_t first = answered;
  run_until(first + calls);
  const double each_us = static_cast<double>(clock.thread_us() - before_us) / static_cast<double>(calls);
  std::printf("%lld loads, %lld in flight, %d connections, %lld failed: %.1f us of CPU each\n",
              static_cast<long long>(calls), static_cast<long long>(in_flight), server.connections(),
              static_cast<long long>(failed), each_us);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace corral::bench

int main(int argc, char** argv) {
  const auto calls = corral::protocol::parse_int64(argc > 1 ? argv[1] : "50000");
  const auto in_flight = corral::protocol::parse_int64(argc > 2 ? argv[2] : "16");
  if (!calls || !in_flight || *calls < 10 || *calls > 10'000'000 || *in_flight < 1 || *in_flight > 4096) {
    std::fprintf(stderr, "usage: corral-http-load [CALLS [IN_FLIGHT]]\n");
    return 2;
  }
  return corral::bench::run(*calls, *in_flight);
}
