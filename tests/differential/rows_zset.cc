// Commands on sorted sets under comparison.
// Threading: constant data.
// See: README.md of this folder, "Grammar".
#include "tests/differential/command_rows.h"

namespace corral::differential {
namespace {

// Replies by chance are no good for a disposable connection. Damage could take a set away from in front of a command that
// would wait then, ask ZRANDMEMBER for more than either server should answer, make a number of keys that redis-server 7.0
// adds to beyond its integers, or give ZRANK an option that it does not know. Ranges by member are asked of sets whose
// scores are equal: of others a large set of Redis answers what its skip list's random levels let it find.
constexpr CommandRow kSortedSets[] = {
    {"ZADD key (score member)...", 40, kAnyConnection},
    {"ZADD key score member score member score member score member score member score member", 16,
     kAnyConnection},
    {"ZADD key 0 member 0 member 0 member 0 member 0 member 0 member 0 member", 10, kAnyConnection},
    {"ZADD lexkey 0 member 0 member 0 member 0 member 0 member", 12, kNoDamage | kAnyConnection},
    {"ZADD key { [NX|XX] [GT|LT] [CH] } (score member)...", 24, kAnyConnection},
    {"ZADD key { [NX|XX] [GT|LT] [CH] INCR } score member", 14, kAnyConnection},
    {"ZADD key { [NX|XX] [GT|LT] [INCR] } (score member score member|score|FOO member|score member score)", 4,
     kAnyConnection},
    {"ZINCRBY key score member", 16, kAnyConnection},
    {"ZREM key member...", 14, kAnyConnection},
    {"ZSCORE key member", 14, kAnyConnection},
    {"ZMSCORE key member...", 10, kAnyConnection},
    {"ZCARD key", 10, kAnyConnection},
    {"ZCOUNT key scorebound scorebound", 14, kAnyConnection},
    {"ZLEXCOUNT lexkey lexbound lexbound", 8, kNoDamage | kAnyConnection},
    {"ZLEXCOUNT key (FOO lexbound|lexbound FOO)", 2, kAnyConnection},
    {"ZRANK key member", 10, kNoDamage | kAnyConnection},
    {"ZREVRANK key member", 10, kNoDamage | kAnyConnection},
    {"ZRANGE key index index", 10, kAnyConnection},
    {"ZRANGE key 0 '-1' WITHSCORES", 24, kAnyConnection},
    {"ZRANGE key index index { [REV] [WITHSCORES] [LIMIT index index] }", 8, kAnyConnection},
    {"ZRANGE key scorebound scorebound BYSCORE { [REV] [LIMIT index index] [WITHSCORES] }", 14,
     kAnyConnection},
    {"ZRANGE lexkey lexbound lexbound { BYLEX [REV] [LIMIT index index] [WITHSCORES] }", 10, kNoDamage | kAnyConnection},
    {"ZRANGE key index index { [BYLEX] [BYSCORE] [REV] [REV] [LIMIT index] }", 3, kAnyConnection},
    {"ZREVRANGE key index index [WITHSCORES]", 8, kAnyConnection},
    {"ZRANGEBYSCORE key scorebound scorebound { [WITHSCORES] [LIMIT index index] }", 12, kAnyConnection},
    {"ZREVRANGEBYSCORE key scorebound scorebound { [WITHSCORES] [LIMIT index index] }", 12, kAnyConnection},
    {"ZRANGEBYLEX lexkey lexbound lexbound [LIMIT index index]", 8, kNoDamage | kAnyConnection},
    {"ZREVRANGEBYLEX lexkey lexbound lexbound [LIMIT index index]", 8, kNoDamage | kAnyConnection},
    {"ZRANGEBYLEX key (FOO lexbound|lexbound FOO) [LIMIT index index]", 3, kAnyConnection},
    {"ZRANGEBYLEX key lexbound lexbound (WITHSCORES|REV|BYLEX)", 2, kAnyConnection},
    {"ZRANGESTORE key key index index [REV]", 8, kAnyConnection},
    {"ZRANGESTORE key key scorebound scorebound { BYSCORE [REV] [LIMIT index index] }", 8, kAnyConnection},
    {"ZRANGESTORE key lexkey lexbound lexbound { BYLEX [REV] [LIMIT index index] [WITHSCORES] }", 6,
     kNoDamage | kAnyConnection},
    {"ZREMRANGEBYRANK key index index", 6, kAnyConnection},
    {"ZREMRANGEBYSCORE key scorebound scorebound", 5, kAnyConnection},
    {"ZREMRANGEBYLEX lexkey lexbound lexbound", 5, kNoDamage | kAnyConnection},
    {"ZREMRANGEBYLEX key (FOO lexbound|lexbound FOO)", 2, kAnyConnection},
    {"ZPOPMIN key [count]", 6, kAnyConnection},
    {"ZPOPMAX key [count]", 6, kAnyConnection},
    {"ZPOPMIN key count junk", 1, kAnyConnection},
    {"ZMPOP 1 key (MIN|MAX) [COUNT count]", 6, kNoDamage | kAnyConnection},
    {"ZMPOP 2 key key (MIN|MAX) [COUNT count]", 6, kNoDamage | kAnyConnection},
    {"ZMPOP (0|'-1'|'abc'|3) key key (MIN|MAX|LEFT) [COUNT (0|'abc')]", 2, kNoDamage | kAnyConnection},
    {"BZPOPMIN key... ('abc'|'-1'|'nan')", 2, kNoDamage | kAnyConnection},
    {"BZMPOP ('abc'|'-1') (1|2|0) key (MIN|FOO) [COUNT 0]", 2, kNoDamage | kAnyConnection},
    {"BZPOPMIN key... '0.001'", 4, kNoDamage},
    {"BZPOPMAX key... '0.001'", 4, kNoDamage},
    {"BZMPOP '0.001' 2 key key (MIN|MAX) [COUNT count]", 4, kNoDamage},
    {"ZRANDMEMBER key", 4, kNoDamage},
    {"ZRANDMEMBER key (0|1|2|3|'-1'|'-5'|'-40'|100|9223372036854775807) [WITHSCORES]", 8, kNoDamage},
    {"ZRANDMEMBER key (0|1|'abc'|'-9223372036854775808'|'4611686018427387904') (WITHSCORES|FOO|WITHSCORES "
     "FOO)",
     3, kNoDamage},
    {"ZSCAN key 0 { [MATCH glob] [COUNT count] }", 6},
    {"ZSCAN key cursor { [MATCH glob] [COUNT count] [TYPE type] }", 3},
    {"ZUNION 2 key key { [WEIGHTS score score] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES] }", 12, kAnyConnection},
    {"ZUNION 3 key key key { [WEIGHTS score score score] [AGGREGATE (SUM|MIN|MAX)] WITHSCORES }", 8,
     kAnyConnection},
    {"ZINTER 2 key key { [WEIGHTS score score] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES] }", 12, kAnyConnection},
    {"ZINTER 1 key { [WEIGHTS score] [AGGREGATE (SUM|FOO)] [WITHSCORES] }", 4, kAnyConnection},
    {"ZDIFF 2 key key [WITHSCORES]", 8, kAnyConnection},
    {"ZDIFF (1|3) key key key { [WITHSCORES] [WEIGHTS 1 1 1] }", 4, kAnyConnection},
    {"ZINTERCARD 2 key key [LIMIT count]", 8, kAnyConnection},
    {"ZINTERCARD (0|1|2|'-1'|'abc') key { [LIMIT count] [WITHSCORES] }", 2, kAnyConnection},
    {"ZUNIONSTORE key 2 key key { [WEIGHTS score score] [AGGREGATE (SUM|MIN|MAX)] }", 12, kAnyConnection},
    {"ZINTERSTORE key 2 key key { [WEIGHTS score score] [AGGREGATE (SUM|MIN|MAX)] }", 10, kAnyConnection},
    {"ZDIFFSTORE key 2 key key", 8, kAnyConnection},
    {"(ZUNIONSTORE|ZINTERSTORE|ZDIFFSTORE) key (0|1|3|'-1'|'abc') key key (WITHSCORES|AGGREGATE|WEIGHTS "
     "1|LIMIT 1)",
     3, kAnyConnection},
};

}  // namespace

std::span<const CommandRow> zset_rows() {
  return kSortedSets;
}

}  // namespace corral::differential
