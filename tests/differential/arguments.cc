// The pools from which arguments are drawn.
// Threading: one thread at a time.
// See: README.md of this folder, "Grammar".
#include "tests/differential/arguments.h"

#include <algorithm>
#include <array>
#include <span>

namespace corral::differential {
namespace {

using base::Random;
using std::string_literals::operator""s;

// A share of numbers is wrong: 1 in kWrongNumberOneIn.
constexpr uint64_t kWrongNumberOneIn = 12;
// Absolute expiry times start here (the year 2096), so that they never meet relative ones.
constexpr int64_t kFarFutureSeconds = 4'000'000'000;

const std::string& pick(Random& random, std::span<const std::string> pool) {
  return pool[random.below(pool.size())];
}

const std::vector<std::string>& key_pool() {
  static const std::vector<std::string> kKeys = {"k0",
                                                 "k1",
                                                 "k2",
                                                 "k3",
                                                 "k4",
                                                 "k5",
                                                 "k6",
                                                 "k7",
                                                 "{tag}a",
                                                 "{tag}b",
                                                 "{tag}c",
                                                 "{other}a",
                                                 "{other}b",
                                                 "",
                                                 "\x00\xff\r\n"s,
                                                 "a key",
                                                 "hello",
                                                 "hallo",
                                                 "hxllo",
                                                 "h?llo",
                                                 "[x]",
                                                 "a*b",
                                                 "\\",
                                                 "user:1",
                                                 "user:2",
                                                 "user:1:name",
                                                 "K0",
                                                 "0",
                                                 "-1",
                                                 "{",
                                                 "{}a",
                                                 "{}b",
                                                 "*",
                                                 "\xe2\x82\xac",
                                                 std::string(44, 'l'),
                                                 std::string(255, 'm'),
                                                 std::string(300, 'n'),
                                                 std::string(5000, 'o'),
                                                 "$3\r\nabc\r\n",
                                                 "GET"};
  return kKeys;
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

std::string random_bytes(Random& random, size_t size, uint64_t letters) {
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(letters == 256 ? random.below(256) : 'a' + random.below(letters));
  return out;
}

std::string value(Random& random) {
  static const std::vector<std::string> kTexts = {
      "",      "a",   "foo", "ohmytext", "mynewtext", "hello world", "\r\n", "\x00"s, "1.5",
      "3.0e3", "  5", "5 ",  "+5",       "-0",        "007",         "nan",  "1e3",   "+OK"};
  switch (random.below(9)) {
    case 0:
    case 1:
      return integer(random);
    case 2:
      return pick(random, kTexts);
    case 3:
      return real(random);
    case 4:
      return random_bytes(random, random.below(12), 3);
    case 5:
      return random_bytes(random, 42 + random.below(5), 4);  // around the size where the encoding changes
    case 6:
      return random_bytes(random, random.below(300), 256);
    case 7:
      return std::to_string(random.below(11'000));
    default:
      return random_bytes(random, random.below(40), 26);
  }
}

// Positions in a string, from the start and from the end.
std::string index(Random& random) {
  static const std::vector<std::string> kFar = {
      "9223372036854775807", "-9223372036854775808", "2147483648", "-2147483649", "536870911", "4294967295"};
  if (random.below(kWrongNumberOneIn) == 0) return pick(random, bad_numbers());
  if (random.below(8) == 0) return pick(random, kFar);
  return std::to_string(static_cast<int64_t>(random.below(60)) - 25);
}

// Where SETRANGE writes: near the start, or so far away that it is refused; never where it would allocate
// much.
std::string offset(Random& random) {
  static const std::vector<std::string> kFar = {"536870912",          "536870911", "9223372036854775807",
                                                "4294967296",         "-1",        "-9223372036854775808",
                                                "9223372036854775000"};
  if (random.below(kWrongNumberOneIn) == 0) return pick(random, bad_numbers());
  if (random.below(10) == 0) return pick(random, kFar);
  return std::to_string(random.below(60));
}

// A bit: near the start, or so far away that it is refused; never where it would allocate much.
std::string bit_offset(Random& random) {
  static const std::vector<std::string> kFar = {"4294967296", "9223372036854775807", "-1",
                                                "-9223372036854775808", "99999999999"};
  if (random.below(kWrongNumberOneIn) == 0) return pick(random, bad_numbers());
  if (random.below(12) == 0) return pick(random, kFar);
  return std::to_string(random.below(random.below(4) == 0 ? 400 : 40));
}

// Where a field begins: a bit, or with # a number of fields.
std::string field_offset(Random& random) {
  static const std::vector<std::string> kOdd = {"#", "#-1", "#x", "##1", "#4611686018427387904", "# 1"};
  if (random.below(20) == 0) return pick(random, kOdd);
  if (random.below(4) != 0) return bit_offset(random);
  std::string out = "#";
  return out += std::to_string(random.below(9));
}

// Fields of hashes: few, so that commands meet; now and then one of many, or one too long for a compact hash.
std::string hash_field(Random& random) {
  static const std::vector<std::string> kFields = {"f0", "f1", "f2", "f3", "f4", "1", "-7", "007", "", "a*b", "\x00\r\n"s};
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
  static const std::vector<std::string> kMembers = {"a", "b", "c", "d", "aa", "ab", "", "1", "10", "-7", "007", "Z", "\x00\r\n"s};
  return random.below(80) == 0 ? std::string(65, 'm') : pick(random, kMembers);
}

// Scores, among them equal ones, and such as are no numbers.
std::string score(Random& random) {
  static const std::vector<std::string> kScores = {
      "0", "-0", "0.0", "1", "2", "3", "1.5", "-1.5", "0.1", "1e3", "inf", "-inf", "+inf", "1e308", "-1e308", "5e-324", "3.14159265358979323846",
      "9007199254740992", "9007199254740993", "4503599627370496", "1e17", "1e16", "123456789012345680", "0x1p3"};
  if (random.below(3) == 0) return std::to_string(static_cast<int64_t>(random.below(10)) - 3);
  return random.below(12) == 0 ? real(random) : pick(random, kScores);
}

std::string score_bound(Random& random) {
  static const std::vector<std::string> kOdd = {"(", "((1", "( 1", " 1", "1 ", "(inf", "(-inf", "[1", "", "1\x00 2"s, "nan", "(nan", "1e400", "+", "-"};
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
  static const std::vector<std::string> kEdges = {"180",  "-180", "179.9999999", "-179.9999999", "180.0000001", "0", "-0",
                                                  "1e-9", "abc",  "nan",         "inf",          "-181",        ""};
  return degrees(random, 13, 180, kEdges);
}

std::string latitude(Random& random) {
  static const std::vector<std::string> kEdges = {"85.05112878", "-85.05112878", "85.05112879", "-90", "0",
                                                  "-0",          "85",           "-85",         "66.5", "81",
                                                  "abc",         "1e300"};
  return degrees(random, 37, 85, kEdges);
}

std::string radius(Random& random) {
  static const std::vector<std::string> kEdges = {"0", "-1", "abc", "inf", "1e308", "1e-9", "20000", "6000", "1e6", "40075"};
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
  static const std::vector<std::string> kGood = {"\x00\x07payload\x0a\x00\x06\xbb\x1d\x09l8\xd7`"s,
      "\x00\xc0*\x0a\x00\x81\xfb\x5c\xfa\x86\x63OP"s,
      "\x12\x01\x02\x0d\x0d\x00\x00\x00\x03\x00\x03\x01\x01\x01\x02\x01\xff\x0a\x00\x8a\xbeY\xd5\xc4\xcc\xdc\x02"s,
      "\x0b\x0e\x02\x00\x00\x00\x03\x00\x00\x00\x01\x00\x02\x00\x03\x00\x0a\x00\xa5\x02\x5c\xe2mnM\x1b"s,
      "\x02\x02\x01\x61\x01\x62\x0a\x00\xfe\x64!%\xeb\x03=\x0d"s,
      "\x10\x14\x14\x00\x00\x00\x04\x00\x82\x66\x31\x03\x07\x01\x82\x66\x32\x03\x81x\x02\xff\x0a\x00\x22)\xf8I\xd9\x39\xfd\xe9"s,
      "\x11\x14\x14\x00\x00\x00\x06\x00\x03\x01\x01\x01\x01\x01\x02\x01\x81\x61\x02\x02\x01\xff\x0a\x00)\x1a\xc6mc:\x1b("s,
      "\x11\x0f\x0f\x00\x00\x00\x04\x00\x02\x01\x01\x01\x05\x01\x01\x01\xff\x0a\x00\x81\xf6Zu\x89Z#\x98"s,
      "\x13\x01\x10\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01\x1c\x1c\x00\x00\x00\x0a\x00\x01\x01\x00\x01\x01\x01\x81\x66\x02\x00\x01\x02\x01\x00\x01\x00\x01\x01\x01\x04\x01\xff\x01\x05\x01\x05\x01\x00\x00\x01\x00\x0a\x00\x83\x5c\x8b\xdc\xf8\x9f.r"s};
  static const std::vector<std::string> kBroken = {"\x02\x02\x01\x61\x01\x62\x0a\x00\xfe\x64!%\xeb\x03="s,
      "\x02\x02\x01\x61\x01\x62\x0a\x00\xfe\x64!%\xeb\x03=\x0c"s,
      ""s,
      "xxxxxxxxx"s,
      "\x12\x01\x02\x0d\x0d\x00\x00\x03\x00\x03\x01\x01\x01\x02\x01\xff\x0a\x00\x8a\xbeY\xd5\xc4\xcc\xdc\x02"s};
  return pick(random, random.below(8) == 0 ? kBroken : kGood);
}

std::string field_type(Random& random) {
  static const std::vector<std::string> kOdd = {
      "u64", "i65", "u0", "i0",  "u",   "i",   "8",       "",     "U8",
      "u8x", "u-1", "x8", "i 8", "u08", "i+8", "u8\x00"s, "u1e1", "i9223372036854775808"};
  static const std::vector<std::string> kUsual = {"u8", "i8", "u16", "i16", "u1", "i1", "i64", "u63", "u32"};
  if (random.below(20) == 0) return pick(random, kOdd);
  if (random.below(2) == 0) return pick(random, kUsual);
  const bool is_signed = random.below(2) == 0;
  std::string out = is_signed ? "i" : "u";
  return out += std::to_string(1 + random.below(is_signed ? 64 : 63));
}

enum class TimeUnit { kSeconds, kMilliseconds };

// A time to live or a point in time: far away, or not positive, or out of range. What lies just ahead would
// make replies depend on speed.
std::string time_argument(Random& random, TimeUnit unit, bool is_absolute, int64_t distinct_seconds) {
  static const std::vector<std::string> kEdges = {"0",
                                                  "-1",
                                                  "-1000",
                                                  "9223372036854775807",
                                                  "-9223372036854775808",
                                                  "9223372036854775",
                                                  "9223372036854776",
                                                  "-9223372036854776",
                                                  "9223370000000000",
                                                  "9223372036854775000"};
  if (random.below(kWrongNumberOneIn) == 0) return pick(random, bad_numbers());
  if (random.below(10) == 0) return pick(random, kEdges);
  if (is_absolute && random.below(8) == 0) return std::to_string(1 + random.below(900'000'000));  // long past
  const int64_t seconds = distinct_seconds + (is_absolute ? kFarFutureSeconds : 0);
  return std::to_string(unit == TimeUnit::kSeconds ? seconds : seconds * 1'000);
}

std::string database(Random& random) {
  static const std::vector<std::string> kOdd = {
      "15", "16", "-1",         "9",       "14", "abc", "", "1.0", "2147483648", "9223372036854775808",
      "00", " 1", "4294967296", "10000000"};
  return random.below(8) == 0 ? pick(random, kOdd) : std::to_string(random.below(4));
}

std::string pattern(Random& random) {
  static const std::vector<std::string> kPatterns = {
      "*",      "k*",      "k?",     "*o*",    "h?llo",   "h[ae]llo", "h[^a]llo", "h[a-e]llo", "h[e-a]llo",
      "[",      "[]",      "[^",     "h[ae",   "\\*",     "\\",       "h\\?llo",  "a\\*b",     "user:*",
      "user:?", "**",      "*?*",    "",       "{tag}*",  "\\[x\\]",  "K*",       "[k]0",      "[^k]*",
      "[a-",    "???????", "*\xff*", "k[0-3]", "k[^0-3]", "l*l",      "*l*l*l*",  "[\\]x]*"};
  return pick(random, kPatterns);
}

std::string cursor(Random& random) {
  static const std::vector<std::string> kOdd = {"1",
                                                "-1",
                                                "abc",
                                                "",
                                                "18446744073709551615",
                                                "18446744073709551616",
                                                " 0",
                                                "0 ",
                                                "1.5",
                                                "9223372036854775808"};
  return random.below(5) == 0 ? pick(random, kOdd) : "0";
}

std::string count(Random& random) {
  static const std::vector<std::string> kCounts = {"1",    "2", "10", "100",
                                                   "1000", "0", "-1", "9223372036854775807"};
  return random.below(kWrongNumberOneIn) == 0 ? pick(random, bad_numbers()) : pick(random, kCounts);
}

std::string type_name(Random& random) {
  static const std::vector<std::string> kTypes = {"string", "STRING", "list",  "set", "zset",
                                                  "hash",   "stream", "bogus", ""};
  return random.below(2) == 0 ? "string" : pick(random, kTypes);
}

std::string client_name(Random& random) {
  static const std::vector<std::string> kNames = {
      "alice", "bob", "",         "with space", "line\nbreak",        "a-b_c:1",
      "\x7f",  "~",   "nul\x00"s, "!",          std::string(100, 'x')};
  return pick(random, kNames);
}

std::string subcommand(Random& random) {
  static const std::vector<std::string> kWords = {"NOSUCH", "",     "get",       "HELP",
                                                  "LIST",   "\r\n", "ENCODINGS", "a|b"};
  return pick(random, kWords);
}

std::string command_name(Random& random) {
  static const std::vector<std::string> kNames = {
      "get",  "SET",    "mget", "mset", "nosuch",        "",        "client",         "client|id", "config",
      "copy", "rename", "del",  "ping", "client|nosuch", "get|set", "object|encoding"};
  return pick(random, kNames);
}

std::string unknown_word(Random& random) {
  static const std::vector<std::string> kWords = {"FOO",
                                                  "GETT",
                                                  "S",
                                                  "get ",
                                                  "nosuch",
                                                  "with space",
                                                  "\x00"s,
                                                  "a\r\nb",
                                                  "\xff\xfe",
                                                  "'quoted'",
                                                  std::string(200, 'Q'),
                                                  "HSETT",
                                                  "%s"};
  return pick(random, kWords);
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
  if (random.below(3) == 0) return stream_id(random);
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

using Make = std::string (*)(Random&);
struct Pool {
  std::string_view name;
  Make make;
};
constexpr Pool kPools[] = {
    {"value", value},
    {"int", integer},
    {"real", real},
    {"index", index},
    {"offset", offset},
    {"db", database},
    {"glob", pattern},
    {"cursor", cursor},
    {"count", count},
    {"type", type_name},
    {"name", client_name},
    {"subcommand", subcommand},
    {"command", command_name},
    {"unknown", unknown_word},
    {"bitoffset", bit_offset},
    {"fieldoffset", field_offset},
    {"fieldtype", field_type},
    {"field", hash_field},
    {"setmember", set_member},
    {"member", zset_member},
    {"score", score},
    {"scorebound", score_bound},
    {"lexbound", lex_bound},
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
constexpr std::string_view kStateful[] = {
    "key", "seconds", "milliseconds", "unixseconds", "unixmilliseconds", "junk", "anycommand"};

}  // namespace

bool Arguments::knows(std::string_view name) {
  return std::ranges::find(kPools, name, &Pool::name) != std::end(kPools) ||
         std::ranges::find(kStateful, name) != std::end(kStateful);
}

// The smaller of two draws: the first keys are hot, so commands meet.
std::string Arguments::key(Random& random) const {
  const auto& pool = key_pool();
  return pool[std::min(random.below(pool.size()), random.below(pool.size()))];
}

std::string Arguments::junk(Random& random) const {
  switch (random.below(6)) {
    case 0:
      return key(random);
    case 1:
      return pick(random, bad_numbers());
    case 2:
      return integer(random);
    case 3:
      return unknown_word(random);
    case 4: {
      static const std::vector<std::string> kWords = {"NX",   "XX",  "GET", "EX",      "PX",    "KEEPTTL",
                                                      "GT",   "LT",  "DB",  "REPLACE", "MATCH", "COUNT",
                                                      "TYPE", "LEN", "IDX", "PERSIST", "ASYNC", "SYNC"};
      return pick(random, kWords);
    }
    default:
      return value(random);
  }
}

void Arguments::make(std::string_view name, Random& random, Command& out) {
  if (const auto* pool = std::ranges::find(kPools, name, &Pool::name); pool != std::end(kPools)) {
    out.push_back(pool->make(random));
    return;
  }
  if (name == "key") return out.push_back(key(random));
  if (name == "junk") return out.push_back(junk(random));
  if (name == "anycommand") return out.emplace_back(kAnyCommand), void();
  const auto unit = name.ends_with("milliseconds") ? TimeUnit::kMilliseconds : TimeUnit::kSeconds;
  out.push_back(time_argument(random, unit, name.starts_with("unix"), distinct_seconds()));
}

}  // namespace corral::differential
