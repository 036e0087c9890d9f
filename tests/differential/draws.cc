// Numbers, good and bad.
// Threading: pure functions.
// See: draws.h
#include "tests/differential/draws.h"

namespace corral::differential {

using base::Random;
using std::string_literals::operator""s;

const std::string& pick(Random& random, std::span<const std::string> pool) {
  return pool[random.below(pool.size())];
}

const std::vector<std::string>& bad_numbers() {
  static const std::vector<std::string> kBad = {"",
                                                " 1",
                                                "1 ",
                                                "+1",
                                                "-0",
                                                "01",
                                                "0x10",
                                                "1.5",
                                                "1e3",
                                                "abc",
                                                "9223372036854775808",
                                                "-9223372036854775809",
                                                "99999999999999999999999999999999999999999",
                                                "1\x00"s,
                                                "--1",
                                                "-",
                                                "nan",
                                                "inf",
                                                "\xff",
                                                "1\n"};
  return kBad;
}

std::string integer(Random& random) {
  static const std::vector<std::string> kEdges = {"0",
                                                  "-1",
                                                  "1",
                                                  "9223372036854775807",
                                                  "-9223372036854775808",
                                                  "9223372036854775806",
                                                  "-9223372036854775807",
                                                  "4611686018427387904",
                                                  "2147483647",
                                                  "2147483648",
                                                  "-2147483649",
                                                  "4294967296",
                                                  "10000",
                                                  "9999"};
  if (random.below(kWrongNumberOneIn) == 0) return pick(random, bad_numbers());
  if (random.below(4) == 0) return pick(random, kEdges);
  return std::to_string(static_cast<int64_t>(random.below(40)) - 12);
}

std::string real(Random& random) {
  static const std::vector<std::string> kReals = {"0",
                                                  "-0",
                                                  "1.5",
                                                  "-1.5",
                                                  "0.1",
                                                  "0.2",
                                                  "3.0e3",
                                                  "1e-3",
                                                  "5.0e-7",
                                                  "1e17",
                                                  "1e18",
                                                  "123456789.987654321",
                                                  "1e400",
                                                  "-1e400",
                                                  "1e308",
                                                  "1e-308",
                                                  "1e-4000",
                                                  "nan",
                                                  "inf",
                                                  "-inf",
                                                  "+inf",
                                                  "infinity",
                                                  "0x1p3",
                                                  "0x10",
                                                  " 1.5",
                                                  "1.5 ",
                                                  "1.",
                                                  ".5",
                                                  ".",
                                                  "1e",
                                                  "e1",
                                                  "",
                                                  "+3.5",
                                                  "3,5",
                                                  "1_000",
                                                  "0.1000000000000000055511151231257827",
                                                  "10000000000000000.5",
                                                  "3.14159265358979323846",
                                                  "18446744073709551616",
                                                  "1e4932",
                                                  "1e4933",
                                                  "abc"};
  return random.below(3) == 0 ? integer(random) : pick(random, kReals);
}

}  // namespace corral::differential
