// Clients that wait for sorted sets, over sockets.
// Threading: see both_servers.h.
// See: server/dispatch/README.md, "Blocking commands".
#include "tests/integration/both_servers.h"

namespace corral {
namespace {

using Blocking = BothServers;

using BlockingZset = Blocking;

TEST_F(BlockingZset, TheOldestIsServedFirst) {
  same({{0, "BZPOPMIN z 0", 0, 1},
        {1, "BZPOPMAX z 0", 0, 2},
        {2, "BZMPOP 0 1 z MIN COUNT 2", 0, 3},
        {3, "ZADD z 1 a 2 b 3 c 4 d 5 e", 1, 0},
        {0, ""},
        {1, ""},
        {2, ""},
        {3, "ZRANGE z 0 -1 WITHSCORES"}});
}

TEST_F(BlockingZset, ScoresAreDoublesOverResp3) {
  same({{0, "CLIENT REPLY SKIP;HELLO 3;BZPOPMIN none z 0", 0, 1},
        {1, "CLIENT REPLY SKIP;HELLO 3;BZMPOP 0 2 none z MAX COUNT 3", 0, 2},
        {2, "ZADD z 1.5 a inf b 3 c", 1, 0},
        {0, ""},
        {1, ""},
        {0, "BZPOPMAX z 0.01;BZMPOP 0.01 1 z MIN", 2, 0}});
}

TEST_F(BlockingZset, ServedBeforeTheNextCommandSeesTheSet) {
  same({{0, "BZPOPMIN z 0", 0, 1}, {1, "ZADD z 1 a;ZCARD z;EXISTS z", 3, 0}, {0, ""}});
}

TEST_F(BlockingZset, ATransactionIsSeenWhole) {
  same({{0, "BZPOPMIN z 0", 0, 1},
        {1, "MULTI;ZADD z 5 e;ZADD z 1 a;ZINCRBY z 9 a;ZCARD z;EXEC", 6, 0},
        {0, ""},
        {1, "ZRANGE z 0 -1 WITHSCORES;DEL z", 2},
        {0, "BZPOPMAX z 0", 0, 1},
        {1, "MULTI;ZADD z 1 a;DEL z;EXEC", 4, 1},
        {1, "MULTI;ZADD z 1 a;ZREM z a;ZADD z 2 b;EXEC", 5, 0},
        {0, ""}});
}

TEST_F(BlockingZset, OfSeveralKeysTheOneWrittenFirstGivesOnce) {
  same({{0, "BZPOPMIN a b c 0", 0, 1},
        {1, "MULTI;ZADD c 3 x;ZADD b 2 x;ZADD a 1 x;EXEC", 5, 0},
        {0, ""},
        {1, "EXISTS a;EXISTS b;EXISTS c", 3},
        {0, "BZPOPMAX none a b 0;BZMPOP 0 3 none a b MAX", 2}});
}

TEST_F(BlockingZset, ListsAndSetsOfTheSameName) {
  same({{0, "BZPOPMIN k 0", 0, 1},
        {1, "BLPOP k 0", 0, 2},
        {2, "BZMPOP 0 1 k MAX", 0, 3},
        {3, "RPUSH k e", 1, 2},
        {1, ""},
        {3, "ZADD k 1 a 2 b", 1, 0},
        {0, ""},
        {2, ""},
        {3, "EXISTS k"},
        {0, "BZPOPMIN k 0", 0, 1},
        {3, "SET k string;DEL k;MULTI;RPUSH k x;DEL k;ZADD k 7 y;EXEC", 7, 0},
        {0, ""}});
}

TEST_F(BlockingZset, EveryWayToMakeASetServes) {
  same({{1, "ZADD src 1 a 2 b 3 c"},
        {0, "BZPOPMIN z 0", 0, 1},
        {1, "ZUNIONSTORE z 1 src", 1, 0},
        {0, ""},
        {1, "DEL z"},
        {0, "BZPOPMIN z 0", 0, 1},
        {1, "ZINTERSTORE z 1 src", 1, 0},
        {0, ""},
        {1, "DEL z"},
        {0, "BZPOPMIN z 0", 0, 1},
        {1, "ZDIFFSTORE z 1 src", 1, 0},
        {0, ""},
        {1, "DEL z"},
        {0, "BZPOPMAX z 0", 0, 1},
        {1, "ZRANGESTORE z src 0 1", 1, 0},
        {0, ""},
        {1, "DEL z"},
        {0, "BZPOPMAX z 0", 0, 1},
        {1, "GEOADD z 1 1 place", 1, 0},
        {0, ""},
        {0, "BZMPOP 0 1 z MIN", 0, 1},
        {1, "GEOADD places 1 1 near;GEOSEARCHSTORE z places FROMLONLAT 1 1 BYRADIUS 1 km STOREDIST", 2, 0},
        {0, ""},
        {0, "BZMPOP 0 1 z MIN COUNT 9", 0, 1},
        {1, "COPY src z", 1, 0},
        {0, ""},
        {0, "BZPOPMIN z 0", 0, 1},
        {1, "RENAME src z", 1, 0},
        {0, ""},
        {1, "ZRANGE z 0 -1 WITHSCORES"}});
}

TEST_F(BlockingZset, TheTimeEndsTheWaitAndOthersMayToo) {
  same({{0, "BZPOPMIN z 0.01;BZPOPMAX z 0.01;BZMPOP 0.01 1 z MIN;PING", 4, 0},
        {0, "BZPOPMIN z 0", 0, 1},
        {1, "CLIENT UNBLOCK #0", 1, 0},
        {0, ""},
        {0, "BZMPOP 0 2 y z MAX", 0, 1},
        {1, "CLIENT UNBLOCK #0 ERROR", 1, 0},
        {0, ""},
        {0, "BZPOPMIN z 0", 0, 1},
        {2, "BZPOPMIN z 0", 0, 2},
        {0, "close", 0, 1},
        {1, "ZADD z 1 a 2 b", 1, 0},
        {2, ""},
        {1, "ZRANGE z 0 -1"}});
}

TEST_F(BlockingZset, KeyspaceEventsAreThoseOfRedis) {
  same(
      {{0, "CONFIG SET notify-keyspace-events AEmn"},
       {1, "PSUBSCRIBE __key*"},
       {0,
        "ZADD z 1 a 2 b;ZADD z 1 a;ZADD z XX 5 no;ZADD z 3 a 4 c;ZADD z INCR 1 a;ZINCRBY z 0 a;ZINCRBY y 1 a",
        7},
       {0, "ZREM z no;ZREM z a;ZREM y a;ZSCORE none a;ZRANGE none 0 1;ZCARD none;ZRANK none a;ZMSCORE none a",
        8},
       {0,
        "ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g;ZREMRANGEBYRANK z 0 0;ZREMRANGEBYSCORE z 2 2;ZREMRANGEBYSCORE z "
        "90 91",
        4},
       {0,
        "ZADD l 0 a 0 b;ZREMRANGEBYLEX l [a [a;ZREMRANGEBYLEX l - +;ZPOPMIN z;ZPOPMAX z;ZPOPMIN z 0;ZPOPMIN "
        "none",
        7},
       {0, "ZMPOP 2 none z MIN;ZMPOP 1 z MAX COUNT 9;ZMPOP 1 z MAX;ZADD z 1 a 2 b;ZPOPMIN z 9", 5},
       {0,
        "ZADD a 1 x 2 y;ZADD b 1 y;ZUNIONSTORE d 2 a b;ZINTERSTORE d 2 a b;ZDIFFSTORE d 2 a b;ZRANGESTORE d "
        "a 0 0",
        6},
       {0,
        "ZUNIONSTORE d 1 none;ZINTERSTORE d 2 a none;ZRANGESTORE new a 9 10;ZDIFFSTORE a 2 a a;ZUNION 2 b "
        "none;ZINTER 2 "
        "none b;ZINTERCARD 1 none;ZDIFF 1 none",
        8},
       {0,
        "GEOADD g 1 1 a 2 2 b;GEOADD g 1 1 a;GEOADD g XX 1 1 c;GEOPOS none a;GEODIST none a b;GEOHASH none a",
        6},
       {0,
        "GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 1 km;GEORADIUS g 1 1 1 km STORE d;GEORADIUS g 9 9 1 km "
        "STOREDIST d",
        3},
       {0, "GEOSEARCHSTORE d none FROMLONLAT 1 1 BYRADIUS 1 km;GEOSEARCH none FROMLONLAT 1 1 BYRADIUS 1 km",
        2},
       {0, "ZADD z 1 a 2 b 3 c;BZPOPMIN z 0;BZPOPMAX z 0;BZMPOP 0 1 z MIN;BZPOPMIN z y 0.001", 5},
       {2, "BZPOPMIN z 0", 0, 1},
       {3, "BZMPOP 0 1 z MAX COUNT 4", 0, 2},
       {0, "ZADD z 1 a 2 b", 1, 0},
       {2, ""},
       {3, ""},
       {0, "ZRANDMEMBER none;ZSCAN none 0;ZCOUNT none 1 2", 3},
       {0, "SET end 1"},
       {1, "", kToTheEnd}});
}

}  // namespace
}  // namespace corral
