// Numbers as the C library reads them.
// Threading: one thread.
// See: protocol/c_number.h
#include "protocol/c_number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace corral::protocol {
namespace {

using std::string_view_literals::operator""sv;

TEST(CNumber, WhatRedisTakesForTheEndOfARange) {
  EXPECT_EQ(parse_c_double("1.5"), 1.5);
  EXPECT_EQ(parse_c_double(""), 0);
  EXPECT_EQ(parse_c_double(" 1"), 1);
  EXPECT_EQ(parse_c_double("\t\n+1e3"), 1000);
  EXPECT_EQ(parse_c_double("0x10"), 16);
  EXPECT_EQ(parse_c_double("1\0x"sv), 1);
  EXPECT_EQ(parse_c_double("1e400"), INFINITY);
  EXPECT_EQ(parse_c_double("-1e400"), -INFINITY);
  EXPECT_EQ(parse_c_double("1e-400"), 0);
  EXPECT_EQ(parse_c_double("-inf"), -INFINITY);
  EXPECT_EQ(parse_c_double("Infinity"), INFINITY);
}

TEST(CNumber, WhatItRefuses) {
  for (const auto text :
       {" "sv, "1 "sv, "a"sv, "1a"sv, "nan"sv, "-nan"sv, "nan(1)"sv, "("sv, "1e"sv, "--1"sv}) {
    EXPECT_FALSE(parse_c_double(text)) << text;
  }
}

TEST(CNumber, BytesBehindTheViewAreNotRead) {
  const std::string digits = "123456";
  EXPECT_EQ(parse_c_double(Bytes(digits).substr(0, 3)), 123);
}

}  // namespace
}  // namespace corral::protocol
