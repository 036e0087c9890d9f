// What a server without replicas, files, modules and a cluster answers, beside a real redis-server that has none either.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

class StandingAlone : public SideBySide {};
INSTANTIATE_TEST_SUITE_P(Resp, StandingAlone, testing::Values(2, 3));

TEST_P(StandingAlone, WaitFindsNoReplicas) {
  same({"WAIT", "WAIT 0", "WAIT 0 0", "WAIT -1 1", "WAIT 0 9223372036854775807", "WAIT x 0", "WAIT 1.5 0",
        "WAIT 1 x", "WAIT 1 -1", "WAIT 1 99999999999999999999", "WAIT 99999999999999999999 0", "MULTI",
        "WAIT 1 0", "EXEC"});
}

TEST_P(StandingAlone, WaitForOneEndsWithItsTimeout) {
  auto& client = ours.client();
  client.run_words({"WAIT", "1", "20"});
  EXPECT_TRUE(client.session().has(session::kBlocked));
  ours.advance_ms(19);
  EXPECT_TRUE(client.session().has(session::kBlocked));
  ours.advance_ms(1);
  EXPECT_FALSE(client.session().has(session::kBlocked));
  EXPECT_EQ(client.take(), theirs("WAIT 1 1"));
}

TEST_P(StandingAlone, Replication) {
  same({"ROLE", "ROLE x", "REPLICAOF NO ONE", "SLAVEOF no one", "REPLICAOF a", "REPLICAOF a b",
        "REPLICAOF a 65536", "REPLICAOF a -1", "SLAVEOF a b", "REPLICAOF NO ONE x", "SYNC x", "PSYNC x",
        "REPLCONF", "REPLCONF x", "REPLCONF x 1", "REPLCONF a b c d e", "REPLCONF capa eof capa"});
}

TEST_P(StandingAlone, Failover) {
  same({"FAILOVER",
        "FAILOVER ABORT",
        "FAILOVER xx",
        "FAILOVER TO",
        "FAILOVER TO a",
        "FAILOVER TO a 1",
        "FAILOVER TO a x",
        "FAILOVER TO a -1",
        "FAILOVER TO a 1 FORCE",
        "FAILOVER TO a 1 TO a 1",
        "FAILOVER TIMEOUT 0",
        "FAILOVER TIMEOUT -1",
        "FAILOVER TIMEOUT x",
        "FAILOVER TIMEOUT 1 TIMEOUT 2",
        "FAILOVER FORCE",
        "FAILOVER FORCE FORCE",
        "FAILOVER ABORT 1",
        "FAILOVER ABORT ABORT",
        "FAILOVER ABORT TIMEOUT 1",
        "FAILOVER TIMEOUT 5 TO a 1 FORCE"});
}

TEST_P(StandingAlone, Cluster) {
  same({"CLUSTER",
        "CLUSTER nosuch",
        "CLUSTER INFO",
        "CLUSTER MYID",
        "CLUSTER NODES",
        "CLUSTER SHARDS",
        "CLUSTER SLOTS",
        "CLUSTER KEYSLOT",
        "CLUSTER KEYSLOT a",
        "CLUSTER HELP",
        "CLUSTER HELP x",
        "CLUSTER ADDSLOTS",
        "CLUSTER ADDSLOTS 1",
        "CLUSTER MEET a",
        "CLUSTER RESET",
        "CLUSTER COUNTKEYSINSLOT",
        "CLUSTER SETSLOT 1",
        "READONLY",
        "READONLY x",
        "READWRITE",
        "ASKING",
        "ASKING x"});
}

TEST_P(StandingAlone, ErrorsOfWhatCannotBeSaved) {
  same({"SAVE x", "BGSAVE x", "BGSAVE SCHEDULE x", "BGREWRITEAOF x", "LASTSAVE x", "MULTI", "SAVE",
        "DISCARD"});
}

TEST_P(StandingAlone, NothingIsSaidToBeSaved) {
  for (const char* line : {"SAVE", "BGSAVE", "BGSAVE schedule", "BGREWRITEAOF"}) {
    EXPECT_TRUE(ours.client().run(line).starts_with("-ERR persistence is not part of this version: "))
        << line;
  }
}

TEST_P(StandingAlone, NobodyIsFollowed) {
  for (const char* line : {"REPLICAOF 127.0.0.1 1", "SYNC", "PSYNC ? -1", "REPLCONF listening-port 1"}) {
    EXPECT_TRUE(ours.client().run(line).starts_with("-ERR replication is not part of this version")) << line;
  }
}

TEST_P(StandingAlone, Modules) {
  same({"MODULE", "MODULE nosuch", "MODULE LIST", "MODULE LIST x", "MODULE LOAD", "MODULE UNLOAD",
        "MODULE LOADEX"});
  EXPECT_TRUE(ours.client().run("MODULE LOAD /x.so").starts_with("-ERR MODULE command not allowed: "));
}

TEST_P(StandingAlone, MigrateOfWhatIsNotThere) {
  same({"MIGRATE h 1 a 0", "MIGRATE h 1 a 0 10", "MIGRATE h x a 0 10", "MIGRATE h 1 a 0 x",
        "MIGRATE h 1 a x 1", "MIGRATE h 1 a x x", "MIGRATE h 1 a 0 1 foo", "MIGRATE h 1 a 0 1 AUTH",
        "MIGRATE h 1 a 0 1 AUTH2 x", "MIGRATE h 1 a 0 1 AUTH x COPY REPLACE", "MIGRATE h 1 a 0 1 KEYS b",
        "MIGRATE h 1 \"\" 0 1 KEYS", "MIGRATE h 1 \"\" 0 1 COPY KEYS a b",
        "MIGRATE h 1 \"\" 0 1 AUTH2 a b KEYS a", "MIGRATE h 1 a -1 -1"});
  same({"COMMAND GETKEYS MIGRATE h 1 a 0 1", "COMMAND GETKEYS MIGRATE h 1 \"\" 0 1 KEYS a b",
        "COMMAND GETKEYS MIGRATE h 1 a 0 1 AUTH keys COPY",
        "COMMAND GETKEYS MIGRATE h 1 \"\" 0 1 AUTH keys KEYS a"});
}

TEST_P(StandingAlone, MigrateKeepsWhatItCannotSend) {
  ours.client().run("SET a 1");
  EXPECT_TRUE(ours.client().run("MIGRATE 127.0.0.1 1 a 0 10").starts_with("-ERR sending keys "));
  EXPECT_TRUE(ours.client()
                  .run_words({"MIGRATE", "127.0.0.1", "1", "", "0", "10", "KEYS", "b", "a"})
                  .starts_with("-ERR sending keys "));
  EXPECT_EQ(ours.client().run("GET a"), "$1\r\n1\r\n");
}

}  // namespace
}  // namespace corral::commands
