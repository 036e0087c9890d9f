// Arguments of commands on containers: fields, members, scores, places, payloads, identifiers of streams.
// Threading: pure functions of the generator.
// See: draws.h
#include "tests/differential/draws.h"

namespace corral::differential {
namespace {

using base::Random;
using std::string_literals::operator""s;

// Fields of hashes: few, so that commands meet; now and then one of many, or one too long for a compact hash.
std::string hash_field(Random& random) {
  static const std::vector<std::string> kFields = {"f0", "f1",  "f2", "f3",  "f4",       "1",
                                                   "-7", "007", "",   "a*b", "\x00\r\n"s};
  const uint64_t dice = random.below(60);
  if (dice == 0) return std::string(65, 'f');
  if (dice < 12) return std::to_string(random.below(700));
  return pick(random, kFields);
}

// Members of sets: few, so that sets have some in common; now and then one of many, or one too long for a compact set.
std::string set_member(Random& random) {
  static const std::vector<std::string> kMembers = {"m0", "m1", "m2", "a", "", "07", "\x00\r\n"s, "-0"};
  const uint64_t dice = random.below(60);
  if (dice == 0) return std::string(65, 'm');
  if (dice < 4) return integer(random);
  if (dice < 12) return std::to_string(random.below(700));
  return dice < 40 ? std::to_string(random.below(9)) : pick(random, kMembers);
}

// Members of sorted sets: few, so that commands meet; now and then one too long for a compact set.
std::string zset_member(Random& random) {
  static const std::vector<std::string> kMembers = {"a", "b",  "c",  "d",   "aa", "ab",       "",
                                                    "1", "10", "-7", "007", "Z",  "\x00\r\n"s};
  return random.below(80) == 0 ? std::string(65, 'm') : pick(random, kMembers);
}

// Scores, among them equal ones, and such as are no numbers.
std::string score(Random& random) {
  static const std::vector<std::string> kScores = {"0",
                                                   "-0",
                                                   "0.0",
                                                   "1",
                                                   "2",
                                                   "3",
                                                   "1.5",
                                                   "-1.5",
                                                   "0.1",
                                                   "1e3",
                                                   "inf",
                                                   "-inf",
                                                   "+inf",
                                                   "1e308",
                                                   "-1e308",
                                                   "5e-324",
                                                   "3.14159265358979323846",
                                                   "9007199254740992",
                                                   "9007199254740993",
                                                   "4503599627370496",
                                                   "1e17",
                                                   "1e16",
                                                   "123456789012345680",
                                                   "0x1p3"};
  if (random.below(3) == 0) return std::to_string(static_cast<int64_t>(random.below(10)) - 3);
  return random.below(12) == 0 ? real(random) : pick(random, kScores);
}

std::string score_bound(Random& random) {
  static const std::vector<std::string> kOdd = {
      "(", "((1", "( 1", " 1", "1 ", "(inf", "(-inf", "[1", "", "1\x00 2"s, "nan", "(nan", "1e400", "+", "-"};
  switch (random.below(8)) {
    case 0:
      return pick(random, kOdd);
    case 1:
    case 2:
      return std::string("(").append(score(random));
    case 3:
      return "-inf";
    case 4:
      return "+inf";
    default:
      return score(random);
  }
}

// Sorted sets whose scores are all 0.
std::string lex_key(Random& random) {
  return random.below(3) == 0 ? "lex:b" : "lex:a";
}

std::string lex_bound(Random& random) {
  static const std::vector<std::string> kOdd = {"[", "(", "", "a", "1", "++", "-\x00"s, "[+", "(-"};
  switch (random.below(8)) {
    case 0:
      return pick(random, kOdd);
    case 1:
    case 2:
      return "-";
    case 3:
    case 4:
      return "+";
    case 5:
      return std::string("(").append(zset_member(random));
    default:
      return std::string("[").append(zset_member(random));
  }
}

// Near each other, or anywhere, or where the map ends.
std::string degrees(Random& random, int64_t near, int64_t most, std::span<const std::string> edges) {
  const auto text = [&](int64_t degree) {
    return std::to_string(degree).append(".").append(std::to_string(random.below(1'000'000)));
  };
  switch (random.below(12)) {
    case 0:
      return pick(random, edges);
    case 1:
    case 2:
      return text(static_cast<int64_t>(random.below(static_cast<uint64_t>(2 * most))) - most);
    case 3:
    case 4:
      return std::to_string(near);
    default:
      return text(near + static_cast<int64_t>(random.below(3)));
  }
}

std::string longitude(Random& random) {
  static const std::vector<std::string> kEdges = {
      "180",  "-180", "179.9999999", "-179.9999999", "180.0000001", "0", "-0",
      "1e-9", "abc",  "nan",         "inf",          "-181",        ""};
  return degrees(random, 13, 180, kEdges);
}

std::string latitude(Random& random) {
  static const std::vector<std::string> kEdges = {"85.05112878", "-85.05112878", "85.05112879", "-90",
                                                  "0",           "-0",           "85",          "-85",
                                                  "66.5",        "81",           "abc",         "1e300"};
  return degrees(random, 37, 85, kEdges);
}

std::string radius(Random& random) {
  static const std::vector<std::string> kEdges = {"0",    "-1",    "abc",  "inf", "1e308",
                                                  "1e-9", "20000", "6000", "1e6", "40075"};
  if (random.below(6) == 0) return pick(random, kEdges);
  return std::to_string(random.below(random.below(3) == 0 ? 3'000 : 300)).append(".5");
}

std::string unit(Random& random) {
  static const std::vector<std::string> kUnits = {"m", "M", "ft", "mi", "Mi", "FT"};
  if (random.below(40) == 0) return "parsec";
  return random.below(3) == 0 ? pick(random, kUnits) : "km";
}

// DUMP of redis-server 7.0: a string, an integer, a list, sets, a hash, sorted sets, a stream; then broken ones.
std::string payload(Random& random) {
  static const std::vector<std::string> kGood = {
      "\x00\x07payload\x0a\x00\x06\xbb\x1d\x09l8\xd7`"s,
      "\x00\xc0*\x0a\x00\x81\xfb\x5c\xfa\x86\x63OP"s,
      "\x12\x01\x02\x0d\x0d\x00\x00\x00\x03\x00\x03\x01\x01\x01\x02\x01\xff\x0a\x00\x8a\xbeY\xd5\xc4\xcc\xdc\x02"s,
      "\x0b\x0e\x02\x00\x00\x00\x03\x00\x00\x00\x01\x00\x02\x00\x03\x00\x0a\x00\xa5\x02\x5c\xe2mnM\x1b"s,
      "\x02\x02\x01\x61\x01\x62\x0a\x00\xfe\x64!%\xeb\x03=\x0d"s,
      "\x10\x14\x14\x00\x00\x00\x04\x00\x82\x66\x31\x03\x07\x01\x82\x66\x32\x03\x81x\x02\xff\x0a\x00\x22)\xf8I\xd9\x39\xfd\xe9"s,
      "\x11\x14\x14\x00\x00\x00\x06\x00\x03\x01\x01\x01\x01\x01\x02\x01\x81\x61\x02\x02\x01\xff\x0a\x00)\x1a\xc6mc:\x1b("s,
      "\x11\x0f\x0f\x00\x00\x00\x04\x00\x02\x01\x01\x01\x05\x01\x01\x01\xff\x0a\x00\x81\xf6Zu\x89Z#\x98"s,
      "\x13\x01\x10\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01\x1c\x1c\x00\x00\x00\x0a\x00\x01\x01\x00\x01\x01\x01\x81\x66\x02\x00\x01\x02\x01\x00\x01\x00\x01\x01\x01\x04\x01\xff\x01\x05\x01\x05\x01\x00\x00\x01\x00\x0a\x00\x83\x5c\x8b\xdc\xf8\x9f.r"s};
  static const std::vector<std::string> kBroken = {
      "\x02\x02\x01\x61\x01\x62\x0a\x00\xfe\x64!%\xeb\x03="s,
      "\x02\x02\x01\x61\x01\x62\x0a\x00\xfe\x64!%\xeb\x03=\x0c"s, ""s, "xxxxxxxxx"s,
      "\x12\x01\x02\x0d\x0d\x00\x00\x03\x00\x03\x01\x01\x01\x02\x01\xff\x0a\x00\x8a\xbeY\xd5\xc4\xcc\xdc\x02"s};
  return pick(random, random.below(8) == 0 ? kBroken : kGood);
}

// An entry of a stream, most often one that there may be.
std::string stream_id(Random& random) {
  static const std::vector<std::string> kOdd = {"0",
                                                "0-0",
                                                "0-1",
                                                "5-",
                                                "-5",
                                                "5-*",
                                                "*",
                                                "abc",
                                                "1-1-1",
                                                "007-1",
                                                "+3-1",
                                                " 4-1",
                                                "18446744073709551615-18446744073709551615",
                                                "18446744073709551616",
                                                "5- 1",
                                                "18446744073709551615",
                                                "9223372036854775808-1",
                                                "-",
                                                "+",
                                                "",
                                                "3-\x00x"s};
  if (random.below(16) == 0) return pick(random, kOdd);
  std::string id = std::to_string(random.below(12));
  if (random.below(4) != 0) id.append(1, '-').append(std::to_string(random.below(3)));
  return id;
}

// One behind what is there: mostly with a sequence of the server's choice.
std::string new_stream_id(Random& random) {
  if (random.below(3) == 0) {
    const std::string id = stream_id(random);
    return id == "*" ? "5-*" : id;  // the server's own time
  }
  return std::to_string(random.below(12)).append("-*");
}

std::string stream_bound(Random& random) {
  if (random.below(4) == 0) return random.below(2) == 0 ? "-" : "+";
  std::string out = random.below(4) == 0 ? "(" : "";
  return out.append(stream_id(random));
}

std::string stream_group(Random& random) {
  return random.below(12) == 0 ? "nosuch" : random.below(3) == 0 ? "g2" : "g1";
}

std::string consumer(Random& random) {
  static const std::vector<std::string> kNames = {"c1", "c1", "c2", "c3", "", "con sumer"};
  return pick(random, kNames);
}

constexpr Pool kPools[] = {
    {"field", hash_field},
    {"setmember", set_member},
    {"member", zset_member},
    {"score", score},
    {"scorebound", score_bound},
    {"lexbound", lex_bound},
    {"lexkey", lex_key},
    {"longitude", longitude},
    {"latitude", latitude},
    {"radius", radius},
    {"unit", unit},
    {"streamid", stream_id},
    {"newstreamid", new_stream_id},
    {"streambound", stream_bound},
    {"streamgroup", stream_group},
    {"consumer", consumer},
    {"payload", payload},
};

}  // namespace

std::span<const Pool> container_pools() {
  return kPools;
}

}  // namespace corral::differential
