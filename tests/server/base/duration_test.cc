// Durations and sizes: units, refusals and overflow; printing reads back.
// Threading: one thread.
// See: server/base/duration.h.
#include "server/base/duration.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace corral::base {
namespace {

TEST(Duration, UnitsAreUnderstood) {
  const std::pair<const char*, int64_t> cases[] = {
      {"500ms", 500},    {"60s", 60'000},     {"5m", 300'000},
      {"1h", 3'600'000}, {"7d", 604'800'000}, {"0", 0},
      {"0s", 0},         {"007s", 7000},      {"9223372036854775807ms", INT64_MAX}};
  for (const auto& [text, ms] : cases) {
    const auto parsed = parse_duration_ms(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(parsed.value(), ms) << text;
  }
}

TEST(Duration, RefusalsSayWhatToWrite) {
  const std::pair<const char*, const char*> cases[] = {
      {"60", "\"60\" has no unit; write 60s or 60ms"},
      {"", "\"\" is not a duration; write a whole number and a unit, as in 500ms, 60s or 1h"},
      {"s", "\"s\" is not a duration; write a whole number and a unit, as in 500ms, 60s or 1h"},
      {"-1s", "\"-1s\" is not a duration; write a whole number and a unit, as in 500ms, 60s or 1h"},
      {"1.5s", "\"1.5s\" has an unknown unit; the units are ms, s, m, h and d"},
      {"60 s", "\"60 s\" has an unknown unit; the units are ms, s, m, h and d"},
      {"60S", "\"60S\" has an unknown unit; the units are ms, s, m, h and d"},
      {"9223372036854775807s", "\"9223372036854775807s\" is too long"},
      {"9223372036854775808ms", "\"9223372036854775808ms\" is too long"},
  };
  for (const auto& [text, message] : cases) {
    const auto parsed = parse_duration_ms(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), message);
  }
}

TEST(Duration, TextIsTheLargestUnitThatDivides) {
  const std::pair<int64_t, const char*> cases[] = {
      {0, "0s"},       {1, "1ms"},        {1500, "1500ms"},   {1000, "1s"},       {60'000, "1m"},
      {90'000, "90s"}, {3'600'000, "1h"}, {86'400'000, "1d"}, {604'800'000, "7d"}};
  for (const auto& [ms, text] : cases) {
    EXPECT_EQ(duration_text(ms), text);
    EXPECT_EQ(parse_duration_ms(text).value(), ms);
  }
}

TEST(Size, UnitsAreThoseOfRedisConf) {
  const std::pair<const char*, int64_t> cases[] = {
      {"0", 0},         {"100", 100},      {"100b", 100},      {"1k", 1000},
      {"1kb", 1024},    {"1m", 1'000'000}, {"64mb", 64 << 20}, {"2g", 2'000'000'000},
      {"1gb", 1 << 30}, {"1GB", 1 << 30},  {"1Kb", 1024}};
  for (const auto& [text, bytes] : cases) {
    const auto parsed = parse_size_bytes(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(parsed.value(), bytes) << text;
  }
}

TEST(Size, RefusalsSayWhy) {
  EXPECT_EQ(parse_size_bytes("mb").error(),
            "\"mb\" is not a size; write a whole number and a unit, as in 64mb");
  EXPECT_EQ(parse_size_bytes("-1").error(),
            "\"-1\" is not a size; write a whole number and a unit, as in 64mb");
  EXPECT_EQ(parse_size_bytes("1tb").error(),
            "\"1tb\" has an unknown unit; the units are b, k, kb, m, mb, g and gb");
  EXPECT_EQ(parse_size_bytes("9223372036854775807k").error(), "\"9223372036854775807k\" is too large");
}

}  // namespace
}  // namespace corral::base
