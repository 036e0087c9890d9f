// Commands on sets under comparison.
// Threading: constant data.
// See: README.md of this folder, "Grammar".
#include "tests/differential/command_rows.h"

namespace corral::differential {
namespace {

// Replies without an order are no good for a disposable connection. SPOP must leave equal sets behind, so it takes all or
// nothing; damage could make it take some, or ask SRANDMEMBER for more than either server should answer.
constexpr CommandRow kSets[] = {
    {"SADD key setmember...", 40, kAnyConnection},
    {"SADD key setmember setmember setmember setmember setmember setmember setmember setmember", 20,
     kAnyConnection},
    {"SREM key setmember...", 16, kAnyConnection},
    {"SISMEMBER key setmember", 10, kAnyConnection},
    {"SMISMEMBER key setmember...", 10, kAnyConnection},
    {"SCARD key", 10, kAnyConnection},
    {"SMEMBERS key", 14},
    {"SMOVE key key setmember", 18, kAnyConnection},
    {"SPOP key (0|9223372036854775807)", 4, kNoDamage},
    {"SPOP key ('-1'|'abc'|9223372036854775808|1 2)", 2, kNoDamage | kAnyConnection},
    {"SRANDMEMBER key", 4, kNoDamage},
    {"SRANDMEMBER key (0|1|2|3|'-1'|'-5'|'-40'|100|9223372036854775807)", 8, kNoDamage},
    {"SRANDMEMBER key ('abc'|'-9223372036854775808'|1 2)", 2, kNoDamage},
    {"SINTER key...", 12},
    {"SINTERSTORE key key...", 12, kAnyConnection},
    {"SINTERCARD 1 key [LIMIT count]", 6, kAnyConnection},
    {"SINTERCARD 2 key key [LIMIT count]", 8, kAnyConnection},
    {"SINTERCARD (0|'-1'|'abc'|3) key key [LIMIT (0|'-1'|'abc')]", 2, kAnyConnection},
    {"SINTERCARD 1 key (LIMIT|FOO 1|LIMIT 1 LIMIT 0)", 2, kAnyConnection},
    {"SUNION key...", 12},
    {"SUNIONSTORE key key...", 14, kAnyConnection},
    {"SDIFF key...", 12},
    {"SDIFFSTORE key key...", 12, kAnyConnection},
    {"SSCAN key 0 { [MATCH glob] [COUNT count] }", 8},
    {"SSCAN key cursor { [MATCH glob] [COUNT count] [TYPE type] }", 3},
};

}  // namespace

std::span<const CommandRow> set_rows() {
  return kSets;
}

}  // namespace corral::differential
