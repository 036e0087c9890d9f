// Transactions, connections, CLIENT and COMMAND against redis-server: the same lines must give the same bytes.
// Threading: one thread; redis-server is a process of its own.
// See: tests/README.md.
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

class ConnectionOracle : public SideBySide {};
INSTANTIATE_TEST_SUITE_P(Resp, ConnectionOracle, testing::Values(2, 3));

TEST_P(ConnectionOracle, Errors) {
  same({"HELLO 4",
        "HELLO a",
        "HELLO 3 foo",
        "HELLO 3 auth a",
        "HELLO 2 AUTH foo x",
        "HELLO 2 SETNAME 'a b'",
        "HELLO 2 setname",
        "AUTH x",
        "AUTH a b",
        "AUTH a b c",
        "AUTH",
        "AUTH default x",
        "PING a b",
        "ECHO",
        "RESET x",
        "MULTI a",
        "WATCH",
        "EXEC",
        "DISCARD",
        "EXEC a",
        "UNWATCH",
        "UNWATCH a"});
}

TEST_P(ConnectionOracle, PingAndEcho) {
  same({"PING", "PING a", "ECHO ''", "ECHO 'a\\r\\nb'", "ping"});
}

TEST_P(ConnectionOracle, OptionsOfARefusedHelloStay) {
  same({"HELLO 3 SETNAME x AUTH foo bar", "CLIENT GETNAME", "GET nosuch", "CLIENT SETNAME ''",
        "CLIENT GETNAME"});
}

TEST_P(ConnectionOracle, Transactions) {
  same({"MULTI",
        "MULTI",
        "WATCH a",
        "PING",
        "CLIENT GETNAME",
        "UNWATCH",
        "CLIENT KILL ID 0",
        "SET a 1",
        "INCR a",
        "GET a",
        "EXEC",
        "WATCH a",
        "SET a 5",
        "MULTI",
        "GET a",
        "EXEC",
        "MULTI",
        "nosuch",
        "GET",
        "EXEC",
        "EXEC",
        "WATCH a",
        "MULTI",
        "SET a 7",
        "DISCARD",
        "GET a",
        "MULTI",
        "EXEC",
        "MULTI",
        "RESET",
        "EXEC"});
}

TEST_P(ConnectionOracle, Client) {
  same({"CLIENT", "CLIENT foo", "CLIENT ID x", "CLIENT INFO x", "CLIENT UNPAUSE x", "CLIENT GETREDIR",
        "CLIENT GETNAME", "CLIENT SETNAME abc", "CLIENT GETNAME", "CLIENT SETNAME 'a b'", "CLIENT SETNAME ''",
        "CLIENT GETNAME", "CLIENT REPLY foo", "CLIENT REPLY", "CLIENT REPLY ON", "CLIENT NO-EVICT foo",
        "CLIENT NO-EVICT ON", "CLIENT NO-EVICT off"});
  same({"CLIENT PAUSE 1 all x", "CLIENT PAUSE a", "CLIENT PAUSE -1", "CLIENT PAUSE 1 foo",
        "CLIENT PAUSE a foo", "CLIENT PAUSE 0", "CLIENT PAUSE", "CLIENT UNBLOCK a", "CLIENT UNBLOCK 1 foo",
        "CLIENT UNBLOCK 99999", "CLIENT UNBLOCK 1 timeout x", "CLIENT UNBLOCK a foo"});
}

TEST_P(ConnectionOracle, ClientKill) {
  same({"CLIENT KILL", "CLIENT KILL foo", "CLIENT KILL ID 0", "CLIENT KILL ID -1", "CLIENT KILL ID a TYPE b",
        "CLIENT KILL TYPE foo", "CLIENT KILL TYPE foo ID 1", "CLIENT KILL ID 99999 USER",
        "CLIENT KILL USER nobody", "CLIENT KILL SKIPME maybe ID", "CLIENT KILL SKIPME maybe",
        "CLIENT KILL SKIPME yes ID 999999", "CLIENT KILL TYPE master", "CLIENT KILL TYPE replica SKIPME no",
        "CLIENT KILL TYPE pubsub USER default", "CLIENT KILL USER default ID 99999",
        "CLIENT KILL ADDR a LADDR b", "CLIENT KILL NOSUCH x"});
}

TEST_P(ConnectionOracle, ClientList) {
  same({"CLIENT LIST TYPE foo", "CLIENT LIST ID", "CLIENT LIST ID a", "CLIENT LIST foo",
        "CLIENT LIST TYPE normal x", "CLIENT LIST ID 99999", "CLIENT LIST ID 99999 -1 a",
        "CLIENT LIST TYPE pubsub", "CLIENT LIST TYPE MASTER"});
}

TEST_P(ConnectionOracle, CommandErrors) {
  same({"COMMAND foo",
        "COMMAND COUNT x",
        "COMMAND DOCS foo",
        "COMMAND INFO foo",
        "COMMAND LIST foo",
        "COMMAND LIST FILTERBY",
        "COMMAND LIST FILTERBY foo bar",
        "COMMAND LIST FILTERBY MODULE foo",
        "COMMAND LIST FILTERBY ACLCAT nosuch",
        "COMMAND LIST FILTERBY ACLCAT @transaction",
        "COMMAND LIST FILTERBY PATTERN x y",
        "COMMAND GETKEYS",
        "COMMAND GETKEYS get",
        "COMMAND GETKEYS foo a",
        "COMMAND GETKEYS ping a",
        "COMMAND GETKEYS get a b c",
        "COMMAND GETKEYS zinter 1x a b",
        "COMMAND GETKEYS sintercard +2 a b",
        "COMMAND GETKEYS lmpop 4294967297 a b",
        "COMMAND GETKEYS eval s -9223372036854775807 a b",
        "COMMAND GETKEYS zunion 99999999999999999999 a b",
        "COMMAND GETKEYS zunion x a b",
        "COMMAND GETKEYS zunionstore d 2x a b",
        "COMMAND GETKEYSANDFLAGS zunionstore d 2x a b",
        "COMMAND GETKEYSANDFLAGS zinter 1x a b",
        "COMMAND GETKEYSANDFLAGS eval s -9223372036854775807 a b",
        "COMMAND GETKEYSANDFLAGS lmpop 4294967297 a b",
        "COMMAND GETKEYS zunionstore d 4294967298 a b",
        "COMMAND GETKEYS client list",
        "COMMAND GETKEYS object foo x",
        "COMMAND GETKEYS object",
        "COMMAND GETKEYS memory"});
  same_elements({"COMMAND LIST FILTERBY ACLCAT transaction"});
}

TEST_P(ConnectionOracle, CommandKeys) {
  for (const char* how : {"GETKEYS ", "GETKEYSANDFLAGS "}) {
    for (const char* line :
         {"GET a", "mset a b c d", "mset a b c", "set a b", "set a b get", "SET a b EX GET", "copy a b",
          "rename a b", "object encoding x", "object freq x", "memory usage a", "watch a b c", "del a b c",
          "lcs a b", "getex a persist", "expire a 1", "unlink a"}) {
      same(std::string("COMMAND ") + how + line);
    }
  }
}

TEST_P(ConnectionOracle, CommandInfo) {
  same(
      {"COMMAND INFO get GETRANGE mget mset msetnx incr del copy rename lcs expire scan ping echo hello auth "
       "quit reset "
       "select multi exec discard watch unwatch object|encoding client|list CLIENT|no-evict "
       "command|getkeys"});
}

}  // namespace
}  // namespace corral::commands
