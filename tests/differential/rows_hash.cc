// Commands on hashes under comparison.
// Threading: constant data.
// See: README.md of this folder, "Grammar".
#include "tests/differential/command_rows.h"

namespace corral::differential {
namespace {

// Replies without an order are no good for a disposable connection, and damage could ask HRANDFIELD for more than either
// server should answer.
constexpr CommandRow kHashes[] = {
    {"HSET key (field value)...", 40, kAnyConnection},
    {"HSET key field value field value field value field value field value field value", 12, kAnyConnection},
    {"HMSET key (field value)...", 10, kAnyConnection},
    {"HSETNX key field value", 14, kAnyConnection},
    {"HGET key field", 20, kAnyConnection},
    {"HMGET key field...", 14, kAnyConnection},
    {"HGETALL key", 14},
    {"HKEYS key", 6},
    {"HVALS key", 6},
    {"HDEL key field...", 16, kAnyConnection},
    {"HEXISTS key field", 10, kAnyConnection},
    {"HLEN key", 10, kAnyConnection},
    {"HSTRLEN key field", 10, kAnyConnection},
    {"HINCRBY key field int", 16, kAnyConnection},
    {"HINCRBYFLOAT key field real", 14, kAnyConnection},
    {"HRANDFIELD key", 4, kNoDamage},
    {"HRANDFIELD key (0|1|2|3|'-1'|'-5'|'-40'|100|9223372036854775807) [WITHVALUES]", 8, kNoDamage},
    {"HRANDFIELD key (0|1|'abc'|'-9223372036854775808'|'4611686018427387904') (WITHVALUES|FOO|WITHVALUES "
     "FOO)",
     3, kNoDamage},
    {"HSCAN key 0 { [MATCH glob] [COUNT count] }", 8},
    {"HSCAN key cursor { [MATCH glob] [COUNT count] [TYPE type] }", 3},
};

}  // namespace

std::span<const CommandRow> hash_rows() {
  return kHashes;
}

}  // namespace corral::differential
