// Numbers against exact tables, and doubles against what the C library reads and prints.
// Threading: none.
// See: protocol/README.md, "Numbers".
#include "protocol/number.h"

#include <gtest/gtest.h>

#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>

namespace corral::protocol {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

TEST(ParseInt64, AcceptsOnlyTheCanonicalForm) {
  const struct {
    Bytes text;
    std::optional<int64_t> value;
  } rows[] = {{"0", 0},
              {"1", 1},
              {"-1", -1},
              {"10", 10},
              {"9223372036854775807", kMax},
              {"-9223372036854775808", kMin},
              {"9223372036854775808", {}},
              {"-9223372036854775809", {}},
              {"18446744073709551616", {}},
              {"99999999999999999999", {}},
              {"100000000000000000000", {}},
              {"-100000000000000000000", {}},
              {"", {}},
              {"-", {}},
              {"-0", {}},
              {"+1", {}},
              {"00", {}},
              {"01", {}},
              {"-01", {}},
              {" 1", {}},
              {"1 ", {}},
              {"1.0", {}},
              {"1a", {}},
              {"--1", {}},
              {Bytes("1\0", 2), {}},
              {"\xb1", {}}};
  for (const auto& row : rows) EXPECT_EQ(parse_int64(row.text), row.value) << row.text;
}

TEST(ParseUint64, CoversTheUnsignedRange) {
  EXPECT_EQ(parse_uint64("0"), 0U);
  EXPECT_EQ(parse_uint64("18446744073709551615"), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(parse_uint64("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_uint64("18446744073709551620"), std::nullopt);
  EXPECT_EQ(parse_uint64("-1"), std::nullopt);
  EXPECT_EQ(parse_uint64(""), std::nullopt);
}

void expect_round_trip(int64_t value) {
  char text[kMaxInt64Chars + 1];
  text[kMaxInt64Chars] = '#';
  const char* const end = write_int64(text, value);
  EXPECT_EQ(Bytes(text, static_cast<size_t>(end - text)), std::to_string(value));
  EXPECT_EQ(text[kMaxInt64Chars], '#');
  EXPECT_EQ(int64_text(value), std::to_string(value));
  EXPECT_EQ(parse_int64(int64_text(value)), value);
}

TEST(WriteInt64, PrintsEveryLengthAndBothEnds) {
  expect_round_trip(kMin);
  expect_round_trip(kMax);
  expect_round_trip(0);
  for (int64_t power = 1; power <= kMax / 10; power *= 10) {
    for (const int64_t near : {power - 1, power, power + 1, 5 * power}) {
      expect_round_trip(near);
      expect_round_trip(-near);
    }
  }
}

TEST(WriteInt64, AgreesWithTheLibraryOnRandomValues) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) expect_round_trip(static_cast<int64_t>(random()) >> (random() % 64));
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Each row was asked of redis-server 7.0.15 (ZADD, ZSCORE).
TEST(ParseDouble, AcceptsWhatRedisAccepts) {
  const std::string tiny_mantissa = "0." + std::string(400, '0') + "1e401";
  const struct {
    Bytes text;
    std::optional<double> value;
  } rows[] = {{"5", 5.0},          {"+5", 5.0},       {"-5", -5.0},          {"5.", 5.0},         {".5", 0.5},
              {"00012", 12.0},     {"1e+5", 1e5},     {"1E5", 1e5},          {"inf", kInfinity},  {"+inf", kInfinity},
              {"iNf", kInfinity},  {"-inf", -kInfinity},                     {"-infinity", -kInfinity},
              {"InFinity", kInfinity},                {"0x10", 16.0},        {"0x1p3", 8.0},      {"0x.8", 0.5},
              {"-0x1", -1.0},      {"0x0", 0.0},      {"0X1P-1074", 4.9406564584124654e-324},
              {"4e-324", 4.9406564584124654e-324},    {"1e-310", 9.9999999999999694e-311},
              {"0e9999", 0.0},     {"0.0e-500", 0.0}, {tiny_mantissa, 1.0},
              {"nan", {}},         {"NaN", {}},       {"nan(1)", {}},        {"-nan", {}},        {"", {}},
              {"+", {}},           {"-", {}},         {".", {}},             {"--5", {}},         {"+-5", {}},
              {"-+5", {}},         {"++5", {}},       {"- 5", {}},           {"5e", {}},          {"5e+", {}},
              {" 1", {}},          {"1 ", {}},        {"\t1", {}},           {"0x", {}},          {"0xg", {}},
              {"1_0", {}},         {"infinit", {}},   {"infinityx", {}},     {"1d5", {}},         {"1f", {}},
              {"1,5", {}},         {"1e400", {}},     {"-1e400", {}},        {"1e-400", {}},      {"-1e-400", {}},
              {"2e-324", {}},      {"0x1p-1080", {}}, {"0x1p-1075", {}},     {"0x1p1024", {}},    {Bytes("1\0", 2), {}},
              {Bytes("0x1\0", 4), {}}};
  for (const auto& row : rows) EXPECT_EQ(parse_double(row.text), row.value) << row.text;
}

TEST(ParseWeight, ReadsAsSortDoes) {
  const std::pair<Bytes, double> kRead[] = {{"", 0},     {" 7", 7},     {"0x10", 16},        {"+5", 5},
                                            {"-12", -12}, {"2.5e1", 25}, {Bytes("1\0x", 3), 1}, {"-inf", -INFINITY}};
  for (const auto& [text, value] : kRead) EXPECT_EQ(parse_weight(text), value) << text;
  for (const Bytes text : {"7 ", "abc", "1e400", "1e-400", "1e-310", "nan", "1e", " "}) EXPECT_FALSE(parse_weight(text)) << text;
}

TEST(ParseDouble, KeepsTheSignOfZero) {
  EXPECT_TRUE(std::signbit(parse_double("-0").value()));
  EXPECT_FALSE(std::signbit(parse_double("+0").value()));
}

// The rule of string2d in terms of the C library, which parse_double does not use for decimal texts.
std::optional<double> library_parse(const std::string& text) {
  if (text.empty() || std::isspace(static_cast<unsigned char>(text[0]))) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const double value = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size() || std::isnan(value)) return std::nullopt;
  if (errno == ERANGE && (std::isinf(value) || value == 0)) return std::nullopt;
  return value;
}

TEST(ParseDouble, AgreesWithTheLibraryOnRandomTexts) {
  constexpr Bytes kAlphabet = "0123456789012345678901234567890..ee+-xpin";
  std::mt19937_64 random(11);
  int accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (size_t size = 1 + random() % 12; size > 0; --size) text += kAlphabet[random() % kAlphabet.size()];
    const std::optional<double> ours = parse_double(text);
    ASSERT_EQ(ours, library_parse(text)) << text;
    accepted += ours.has_value();
  }
  EXPECT_GT(accepted, 20'000);
}

std::string library_text(double value) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%.17g", value);
  return {text, static_cast<size_t>(size)};
}

TEST(DoubleText, AgreesWithTheLibraryAndReadsBackOnRandomBits) {
  std::mt19937_64 random(13);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const std::string text = double_text(value);
    ASSERT_EQ(text, library_text(value));
    ASSERT_EQ(parse_double(text), value) << text;
  }
}

TEST(DoubleText, AgreesWithTheLibraryOnShortDecimals) {
  std::mt19937_64 random(17);
  for (int i = 0; i < 100'000; ++i) {
    const double value = static_cast<double>(static_cast<int64_t>(random() % 2'000'001) - 1'000'000) /
                         std::pow(10.0, static_cast<double>(random() % 12));
    ASSERT_EQ(double_text(value), library_text(value));
  }
}

// Each row was asked of redis-server 7.0.15.
TEST(DoubleText, HasTheSpellingOfRedis) {
  const struct {
    double value;
    Bytes text;
  } rows[] = {{3, "3"},
              {-3, "-3"},
              {0.1, "0.10000000000000001"},
              {1e20, "1e+20"},
              {1e-5, "1.0000000000000001e-05"},
              {123456789012345678.0, "1.2345678901234568e+17"},
              {1e16, "10000000000000000"},
              {1e17, "1e+17"},
              {0.5, "0.5"},
              {0.0, "0"},
              {-0.0, "-0"},
              {5e-324, "4.9406564584124654e-324"},
              {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
              {kInfinity, "inf"},
              {-kInfinity, "-inf"},
              {std::numeric_limits<double>::quiet_NaN(), "nan"},
              {-std::numeric_limits<double>::quiet_NaN(), "nan"}};
  for (const auto& row : rows) EXPECT_EQ(double_text(row.value), row.text);
}

// Each row was asked of redis-server 7.0.15 (INCRBYFLOAT on a missing key).
TEST(LongDouble, ReadsAndPrintsAsIncrByFloat) {
  const struct {
    Bytes text;
    Bytes printed;
  } rows[] = {{"5", "5"},
              {"+3", "3"},
              {"-0", "0"},
              {"3.0e3", "3000"},
              {"1e17", "100000000000000000"},
              {"0.1", "0.1"},
              {"10.50", "10.5"},
              {"0x10", "16"},
              {"-1e-30", "0"},
              {"1e-4940", "0"},
              {"0x1p-16445", "0"},
              {"4611686018427387905", "4611686018427387905"},
              {"9007199254740993", "9007199254740993"},
              {"inf", "inf"},
              {"-inf", "-inf"}};
  for (const auto& row : rows) {
    const auto value = parse_long_double(row.text);
    ASSERT_TRUE(value) << row.text;
    EXPECT_EQ(long_double_text(*value), row.printed) << row.text;
  }
}

TEST(LongDouble, RefusesWhatIncrByFloatRefuses) {
  for (const Bytes text : {Bytes(""), Bytes("255x"), Bytes("nan"), Bytes("1e5000"), Bytes("1e-5000"), Bytes(" 1"),
                           Bytes("1 "), Bytes("\v1"), Bytes("1.2e4932"), Bytes("0x1p-16446"), Bytes("1\0", 2)}) {
    EXPECT_EQ(parse_long_double(text), std::nullopt) << text;
  }
}

TEST(LongDouble, TakesAtMost5119Bytes) {
  EXPECT_EQ(parse_long_double("0." + std::string(5117, '0')), 0.0L);
  EXPECT_EQ(parse_long_double("0." + std::string(5118, '0')), std::nullopt);
}

TEST(LongDouble, PrintsTheLargestValue) {
  const std::string text = long_double_text(std::numeric_limits<long double>::max());
  EXPECT_EQ(text.size(), 4933U);
  EXPECT_EQ(text.substr(0, 18), "118973149535723176");
}

}  // namespace
}  // namespace corral::protocol
