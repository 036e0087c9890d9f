// Clients that wait for streams, over sockets: the same scenes with redis-server and with the program, byte for byte.
// Threading: the test's thread drives several connections; the program has two workers.
// See: server/dispatch/README.md, "Blocking commands".
#include "tests/integration/both_servers.h"

namespace corral {
namespace {

using StreamBlocking = BothServers;

TEST_F(StreamBlocking, AllReadersAreServed) {
  same({{0, "XREAD BLOCK 0 STREAMS s $", 0, 1},
        {1, "XREAD BLOCK 0 COUNT 1 STREAMS none s 0 0-5", 0, 2},
        {2, "HELLO 3"},
        {2, "XREAD BLOCK 0 STREAMS s $", 0, 3},
        {3, "XREAD BLOCK 0 STREAMS s 3-1", 0, 4},
        {4, "MULTI;XADD s 1-1 a 1;XADD s 2-1 a 2;EXEC", 4, 1},
        {0, ""},
        {1, ""},
        {2, ""},
        {4, "XADD s 3-2 a 3", 1, 0},
        {3, ""}});
}

TEST_F(StreamBlocking, NowIsWhenTheReaderCame) {
  same({{1, "XADD s 1-1 a 1"},
        {0, "XREAD BLOCK 0 STREAMS s $", 0, 1},
        {1, "XADD s 1-2 a 2", 1, 0},
        {0, ""},
        {0, "XREAD BLOCK 0 STREAMS s $", 0, 1},
        {1, "MULTI;XADD s 1-3 a 3;XDEL s 1-3;EXEC", 4, 0},
        {0, ""}});
}

TEST_F(StreamBlocking, OfAGroupTheOldestGetsIt) {
  same({{2, "XGROUP CREATE s g $ MKSTREAM"},
        {0, "XREADGROUP GROUP g a BLOCK 0 STREAMS s >", 0, 1},
        {1, "XREADGROUP GROUP g b BLOCK 0 COUNT 1 NOACK STREAMS s >", 0, 2},
        {2, "XADD s 1-1 f v", 1, 1},
        {0, ""},
        {2, "XADD s 1-2 f v", 1, 0},
        {1, ""},
        {2, "XPENDING s g;XINFO GROUPS s", 2}});
}

TEST_F(StreamBlocking, WhoWaitsInAGroupThatGoesIsTold) {
  const std::vector<std::string> ends = {
      "XGROUP DESTROY s g",         "DEL s",    "SET s text", "RENAME s other",
      "MULTI;DEL s;RPUSH s x;EXEC", "FLUSHALL", "FLUSHDB",    "SWAPDB 0 1"};
  for (const std::string& end : ends) {
    const size_t replies = end.starts_with("MULTI") ? 4 : 1;
    same({{2, "FLUSHALL;XGROUP CREATE s g $ MKSTREAM", 2},
          {0, "XREADGROUP GROUP g a BLOCK 0 STREAMS s >", 0, 1},
          {2, end, replies, 0},
          {0, ""}});
  }
}

TEST_F(StreamBlocking, AnExpiredStreamWakesItsGroups) {
  same({{1, "XGROUP CREATE s g $ MKSTREAM"},
        {0, "XREADGROUP GROUP g a BLOCK 0 STREAMS s >", 0, 1},
        {1, "PEXPIRE s 1"},
        {0, "", 1, 0}});
}

TEST_F(StreamBlocking, OthersWaitOn) {
  same({{0, "XREAD BLOCK 0 STREAMS s $", 0, 1},
        {1, "XADD s 1-1 a 1;DEL s", 0, 0},
        {0, ""},
        {1, "", 2},
        {0, "XREAD BLOCK 0 STREAMS s $", 0, 1},
        {1, "SET s text;DEL s;XADD s 1-1 a 1", 3, 0},
        {0, ""},
        {0, "XREAD BLOCK 1 STREAMS s $"},
        {0, "HELLO 3"},
        {0, "XREAD BLOCK 1 STREAMS s $"},
        {0, "MULTI;XREAD BLOCK 0 STREAMS s $;EXEC", 3},
        {0, "XREAD BLOCK 0 STREAMS s $", 0, 1},
        {1, "CLIENT UNBLOCK #0 ERROR", 1, 0},
        {0, ""}});
}

}  // namespace
}  // namespace corral
