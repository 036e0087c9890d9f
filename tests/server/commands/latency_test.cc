// Latency figures: percentiles, Redis' histogram bounds, pictures and advice.
// Threading: one thread.
// See: server/commands/command_totals.h, server/commands/latency_report.h.
#include <gtest/gtest.h>

#include "server/commands/command_totals.h"
#include "server/commands/latency_report.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

TEST(PercentileUs, CountsCallsUpToTheShare) {
  CommandTotals totals;
  EXPECT_EQ(percentile_us(totals, 50, 1), 0);
  totals.by_duration[4] = 98;   // 8 to 16 cycles
  totals.by_duration[11] = 2;   // 1,024 to 2,048 cycles
  EXPECT_NEAR(percentile_us(totals, 49, 1), 12, 0.01);
  EXPECT_EQ(percentile_us(totals, 98, 1), 16);
  EXPECT_EQ(percentile_us(totals, 98, 2), 8) << "two cycles a microsecond";
  EXPECT_EQ(percentile_us(totals, 99, 1), 1536);
  EXPECT_EQ(percentile_us(totals, 100, 1), 2048);
  EXPECT_NEAR(percentile_us(totals, 0, 1), 8 + 8.0 / 98, 0.01) << "the quickest call";
}

TEST(HistogramSteps, StandAtRedisBounds) {
  // The bounds that redis-server 7.0.15 answered.
  constexpr int64_t kBounds[] = {1, 2, 4, 8, 16, 33, 66, 132, 264, 528, 1056, 2113, 4227, 8454, 16908, 33816, 67633};
  CommandTotals totals;
  for (size_t i = 0; i < std::size(kBounds); ++i) totals.by_duration[i] = 1;  // up to 2^i µs
  const auto steps = histogram_steps(totals, 1);
  ASSERT_EQ(steps.size(), std::size(kBounds));
  for (size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].up_to_us, kBounds[i]);
    EXPECT_EQ(steps[i].calls, i + 1) << "calls add up";
  }
}

TEST(HistogramSteps, OnlyWhereCallsAreAndNothingIsLost) {
  CommandTotals totals;
  totals.by_duration[3] = 5;
  totals.by_duration[39] = 2;
  const auto steps = histogram_steps(totals, 1);
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].up_to_us, 8);
  EXPECT_EQ(steps[0].calls, 5u);
  EXPECT_EQ(steps[1].up_to_us, 1082130);
  EXPECT_EQ(steps[1].calls, 7u);
}

TEST(LatencyGraph, DrawsAsRedisDoes) {
  // Samples and picture of a redis-server 7.0.15.
  LatencyEvent event{"command", {{77, 10}, {78, 23}, {79, 41}, {80, 9}, {81, 63}, {82, 33}, {83, 55}}, 63};
  EXPECT_EQ(latency_graph(event, 84),
            "command - high 63 ms, low 9 ms (all time high 63 ms)\n" + std::string(80, '-') +
                "\n"
                "    # o\n"
                "  o | |\n"
                " _| |#|\n"
                "_||_|||\n"
                "       \n"
                "7654321\n"
                "sssssss\n");
  event.samples = {{0, 30}};
  const std::string one = latency_graph(event, 0);
  EXPECT_EQ(one.substr(one.find("--\n") + 3), " \n \n \n_\n \n0\ns\n");
}

TEST(LatencyGraph, LongAgoAndManySamples) {
  LatencyEvent event{"x", {{0, 1}, {90000 - 3600, 2}, {90000 - 90, 3}}, 3};
  const std::string graph = latency_graph(event, 90000);
  EXPECT_EQ(graph.substr(graph.size() - 8), "111\ndhm\n");
  event.samples.clear();
  for (int i = 0; i < 160; ++i) event.samples.push_back({i, i});
  const std::string wide = latency_graph(event, 160);
  for (size_t at = 0; at < wide.size();) {
    const size_t end = wide.find('\n', at);
    EXPECT_LE(end - at, 80u);
    at = end + 1;
  }
}

TEST(LatencyAdvice, FitsTheFacts) {
  DoctorFacts facts;
  EXPECT_NE(latency_advice(facts).find("CONFIG SET latency-monitor-threshold"), std::string::npos);
  facts.threshold_ms = 10;
  EXPECT_NE(latency_advice(facts).find("no event has taken 10 ms"), std::string::npos);
  facts.events = {{"command", {{100, 40}, {110, 60}}, 80}};
  facts.slower_than_us = 20000;
  const std::string advice = latency_advice(facts);
  EXPECT_NE(advice.find("1. command: 2 spikes, 50 ms on average (they differ by 10 ms), one every 10.0 s; the worst ever "
                        "took 80 ms.\n"),
            std::string::npos)
      << advice;
  EXPECT_NE(advice.find("Lower slowlog-log-slower-than"), std::string::npos);
}

TEST(Latency, EventsOfTheServer) {
  test_support::TestServer server;
  auto& monitor = server.services().latency;
  monitor.add("command", 1'700'000'000, 40);
  monitor.add("command", 1'700'000'002, 25);
  monitor.add("fast-command", 1'700'000'001, 12);
  EXPECT_EQ(server.run("LATENCY LATEST"),
            "*2\r\n*4\r\n$7\r\ncommand\r\n:1700000002\r\n:25\r\n:40\r\n*4\r\n$12\r\nfast-command\r\n:1700000001\r\n:12\r\n:12\r\n");
  EXPECT_EQ(server.run("LATENCY HISTORY command"), "*2\r\n*2\r\n:1700000000\r\n:40\r\n*2\r\n:1700000002\r\n:25\r\n");
  EXPECT_EQ(server.run("LATENCY RESET command nosuch"), ":1\r\n");
  EXPECT_EQ(server.run("LATENCY RESET"), ":1\r\n");
}

TEST(Latency, HistogramOfSubCommands) {
  test_support::TestServer server;
  server.run("CONFIG GET hz");
  server.run("SET k v");
  const std::string all = server.run("LATENCY HISTOGRAM");
  EXPECT_NE(all.find("$10\r\nconfig|get\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n"), std::string::npos) << all;
  EXPECT_EQ(server.run("LATENCY HISTOGRAM config").substr(0, 4), "*2\r\n");
  EXPECT_EQ(server.run("LATENCY HISTOGRAM config|get nosuch").substr(0, 4), "*2\r\n");
}

}  // namespace
}  // namespace corral::commands
