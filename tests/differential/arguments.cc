// The pools from which arguments are drawn.
// Threading: one thread at a time.
// See: README.md of this folder, "Grammar".
#include "tests/differential/arguments.h"

#include <algorithm>
#include <array>
#include <span>

#include "tests/differential/draws.h"

namespace corral::differential {
namespace {

using base::Random;
using std::string_literals::operator""s;

// Absolute expiry times start here (the year 2096), so that they never meet relative ones.
constexpr int64_t kFarFutureSeconds = 4'000'000'000;


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
};
constexpr std::string_view kStateful[] = {
    "key", "seconds", "milliseconds", "unixseconds", "unixmilliseconds", "junk", "anycommand"};


// Null: none of that name.
const Pool* pool_of(std::string_view name) {
  for (const std::span<const Pool> pools : {std::span<const Pool>(kPools), container_pools()}) {
    for (const Pool& pool : pools) {
      if (pool.name == name) return &pool;
    }
  }
  return nullptr;
}

}  // namespace

bool Arguments::knows(std::string_view name) {
  return pool_of(name) != nullptr || std::ranges::find(kStateful, name) != std::end(kStateful);
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
  if (const Pool* pool = pool_of(name)) {
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
