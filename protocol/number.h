// Exact parsing and printing of integers and doubles, as Redis does it.
// Threading: pure functions.
// See: README.md of this folder, "Numbers".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/bytes.h"

namespace corral::protocol {

/// Strict as Redis' string2ll: optional '-', no '+', no spaces, no leading zeros, in range. O(n).
std::optional<int64_t> parse_int64(Bytes text);
std::optional<uint64_t> parse_uint64(Bytes text);

/// As Redis' string2d / getDoubleFromObject: whole text, no leading space, "inf" forms allowed, NaN refused.
std::optional<double> parse_double(Bytes text);
/// As Redis' string2ld (INCRBYFLOAT): whole text, at most 5,119 bytes, no leading space; NaN refused; inf allowed.
std::optional<long double> parse_long_double(Bytes text);

/// As SORT reads a weight: up to the first NUL, spaces in front allowed, nothing at all is 0; NaN and what is out of a
/// double's normal range are refused.
std::optional<double> parse_weight(Bytes text);

/// Longest text of a 64-bit integer with sign.
inline constexpr int kMaxInt64Chars = 20;
/// Writes decimal digits at `out` (room for kMaxInt64Chars), returns one past the last. Two digits at a time.
char* write_int64(char* out, int64_t value);
std::string int64_text(int64_t value);

/// "00" "01" … "99" in a row: the digits of n (0..99) stand at 2n.
inline constexpr char kTwoDigits[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

/// "%.17g" with Redis' spelling of inf and nan; integers without fraction ("3").
std::string double_text(double value);
/// INCRBYFLOAT's human form: "%.17Lf", trailing zeros and a trailing point cut, "-0" becomes "0".
std::string long_double_text(long double value);

}  // namespace corral::protocol
