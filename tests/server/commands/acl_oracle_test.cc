// ACL, AUTH and refusals beside a real redis-server: rules good and bad, what is shown of users, DRYRUN, ACL LOG.
// Threading: one thread; redis-server is a process of its own.
// See: server/acl/README.md.
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

class AclOracle : public SideBySide {
 protected:
  // The entries of ACL LOG without age and client, which differ.
  void same_log() {
    const auto comparable = [](std::string text) {
      for (const char* field : {"age-seconds", "client-info"}) {
        for (size_t at = text.find(field); at != std::string::npos; at = text.find(field, at + 1)) {
          const size_t begin = text.find("\r\n", at) + 2;
          size_t end = text.find("\r\n", begin) + 2;
          if (text[begin] == '$') end = text.find("\r\n", end) + 2;
          text.erase(begin, end - begin);
        }
      }
      return text;
    };
    EXPECT_EQ(comparable(ours.run("ACL LOG")), comparable(theirs("ACL LOG")));
  }
};
INSTANTIATE_TEST_SUITE_P(Resp, AclOracle, testing::Values(2, 3));

TEST_P(AclOracle, Rules) {
  constexpr std::string_view kRules[] = {
      "on",
      "off",
      "ON",
      "nopass",
      "resetpass",
      ">pw",
      ">pw >pw",
      "<pw",
      ">pw <pw",
      "#abc",
      "<nopw",
      "#5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
      "#5E884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
      "!5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
      ">password !5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
      "nopass >pw",
      ">pw nopass",
      ">",
      "#",
      "<",
      "!",
      "~",
      "&",
      "%",
      "+",
      "-",
      "@",
      "''",
      "foo",
      "+@",
      "-@",
      "+@all",
      "-@all",
      "+@ALL",
      "allcommands",
      "nocommands",
      "allkeys",
      "resetkeys",
      "allchannels",
      "resetchannels",
      "clearselectors",
      "reset",
      "skip-sanitize-payload",
      "sanitize-payload",
      "~*",
      "~a ~b ~a",
      "~* ~a",
      "~a allkeys",
      "~a ~*",
      "~* resetkeys ~a",
      "'~a b'",
      "%R~a",
      "%W~a",
      "%RW~a",
      "%WR~a",
      "%rw~a",
      "%RR~a",
      "%X~a",
      "%~a",
      "%R",
      "%RW",
      "%R~a %W~a",
      "%R~a ~a",
      "~a %R~a",
      "%R~* %W~*",
      "~* %R~a",
      "&*",
      "&a &b &a",
      "&* &a",
      "&a allchannels",
      "'&a b'",
      "+get",
      "+GET",
      "-get",
      "+nosuch",
      "-nosuch",
      "+config",
      "+config|get",
      "+config|GET",
      "+config|nosuch",
      "+config|",
      "-config|get",
      "-config|nosuch",
      "+config -config|set",
      "+config|get|x",
      "-config|get|x",
      "+select|0",
      "+select|0 +select|1 +select|0",
      "+select|0 +select",
      "+select|0 -select",
      "-select|0",
      "+get|",
      "+nosuch|x",
      "+@read",
      "-@read",
      "+@nosuch",
      "-@nosuch",
      "+@read +@read",
      "+@all -@all +get",
      "+@all -get +get",
      "+@string",
      "+@hash",
      "+@list",
      "+@bitmap",
      "+@geo",
      "+@stream",
      "+@hyperloglog",
      "+@set",
      "+@sortedset",
      "+set",
      "+mget +get -mget",
      "(+get ~a)",
      "(+get",
      "+get)",
      "()",
      "( )",
      "(+get ~a) (+set ~b)",
      "(+get ~* ~a)",
      "(+nosuch)",
      "(on)",
      "(>pw)",
      "(nopass)",
      "(+get (~x))",
      "( +get ~a )",
      "( +get ~a",
      "(%R~a &c +config|get)",
      "(+get) clearselectors",
      "'(+get \"x)'",
      "(+@all ~* &*)",
      "+@all ~* &* on nopass (~a +get)",
      "on >a ~x* &y* +@string reset",
      "reset",
      "'+get '",
      "' +get'",
      "+get\\x00x",
      ">\\x00"};
  for (const std::string_view rules : kRules) {
    same({"ACL DELUSER u"});
    same("ACL SETUSER u " + std::string(rules));
    same({"ACL GETUSER u", "ACL LIST", "ACL USERS"});
  }
}

// Single commands come in no order from Redis.
TEST_P(AclOracle, SeveralSingleCommands) {
  const auto words = [](std::string text) {
    std::vector<std::string> found(1);
    for (const char c : text) {
      if (c == ' ' || c == '\r') {
        found.emplace_back();
      } else {
        found.back() += c;
      }
    }
    std::ranges::sort(found);
    return found;
  };
  for (const char* rules : {"+get +set", "+@all -get -set -config|set", "+@string -get +ping +echo",
                            "+config|get +client|id +select|0"}) {
    same("ACL SETUSER u reset " + std::string(rules));
    EXPECT_EQ(words(ours.run("ACL GETUSER u")), words(theirs("ACL GETUSER u"))) << rules;
    EXPECT_EQ(words(ours.run("ACL LIST")), words(theirs("ACL LIST"))) << rules;
  }
}

// One after the other, each on what was before.
TEST_P(AclOracle, RulesOnRules) {
  constexpr std::string_view kRules[] = {
      "on",        "+get",     "~a",    "(+set ~b)", ">pw",   "-get", "allkeys",        "~x",
      "resetkeys", "+@string", "-set",  "%R~r",      "&c",    "<pw",  "clearselectors", "+@all",
      "&*",        "&d",       "reset", "+select|1", "+@all", "-@all"};
  for (const std::string_view rule : kRules) {
    same("ACL SETUSER u " + std::string(rule));
    same("ACL GETUSER u");
  }
  same({"ACL SETUSER u +get +nosuch", "ACL GETUSER u", "ACL SETUSER u ~a +nosuch ~b", "ACL GETUSER u"});
}

TEST_P(AclOracle, Names) {
  same({"ACL SETUSER 'a b'", "ACL SETUSER \"a\\x00b\"", "ACL SETUSER ''", "ACL SETUSER ''  on",
        "ACL SETUSER default", "ACL LIST", "ACL SETUSER A on", "ACL SETUSER a on", "ACL USERS",
        "ACL DELUSER A default", "ACL USERS", "ACL DELUSER A nosuch a A", "ACL USERS", "ACL GETUSER nosuch",
        "ACL GETUSER A", "ACL SETUSER z", "ACL GETUSER z"});
}

TEST_P(AclOracle, Forms) {
  same({"ACL",
        "ACL nosuch",
        "ACL SETUSER",
        "ACL GETUSER",
        "ACL GETUSER a b",
        "ACL DELUSER",
        "ACL LIST x",
        "ACL USERS x",
        "ACL WHOAMI",
        "ACL WHOAMI x",
        "ACL CAT",
        "ACL CAT nosuch",
        "ACL CAT a b",
        "ACL GENPASS x",
        "ACL GENPASS 0",
        "ACL GENPASS 4097",
        "ACL GENPASS 1 2",
        "ACL LOG",
        "ACL LOG x",
        "ACL LOG -1",
        "ACL LOG 0",
        "ACL LOG reset",
        "ACL LOG 1 2",
        "ACL SAVE",
        "ACL SAVE x",
        "ACL LOAD",
        "ACL LOAD x",
        "ACL DRYRUN",
        "ACL DRYRUN a",
        "ACL DRYRUN a b",
        "ACL DRYRUN default nosuch",
        "ACL DRYRUN nosuch get x",
        "ACL DRYRUN default get",
        "ACL DRYRUN default config",
        "ACL DRYRUN default config nosuch",
        "ACL DRYRUN default config get",
        "ACL HELP x",
        "CONFIG GET acllog-max-len",
        "CONFIG GET acl-pubsub-default",
        "CONFIG GET aclfile",
        "CONFIG SET aclfile x",
        "CONFIG SET acl-pubsub-default x",
        "CONFIG SET acllog-max-len -1",
        "CONFIG SET acllog-max-len x",
        "CLIENT KILL USER nosuch"});
}

TEST_P(AclOracle, CategoriesOfTheSameCommands) {
  same_elements({"ACL CAT bitmap", "ACL CAT hyperloglog", "ACL CAT list", "ACL CAT set", "ACL CAT geo",
                 "ACL CAT stream", "ACL CAT transaction"});
}

TEST_P(AclOracle, DefaultChannels) {
  same({"CONFIG SET acl-pubsub-default allchannels", "ACL SETUSER u", "ACL GETUSER u",
        "ACL SETUSER u resetchannels (+get) reset", "ACL GETUSER u", "ACL SETUSER u (+get)", "ACL GETUSER u",
        "CONFIG SET acl-pubsub-default resetchannels", "ACL SETUSER u reset (+get)", "ACL GETUSER u"});
}

TEST_P(AclOracle, DryRun) {
  same("ACL SETUSER u reset ~a* %R~b* %W~w* &c* +@all -debug (~s +get)");
  constexpr std::string_view kCommands =
      "get x; get a1; get b1; get w1; get s; set s 1; set b1 x; set w1 x; set w1 x get; set a1 x get; setex "
      "w1 1 x; getset w1 x; getdel w1; getex w1; getex a1 persist; append w1 x; append a1 x; strlen b1; "
      "strlen w1; incr w1; incr a1; mget a1 b1 x; mget a1 b1; mset a1 1 w1 1; mset a1 1 b1 1; msetnx a1 1 x "
      "1; del w1; del b1; del a1 b1; unlink w1; exists x; exists w1; exists b1; type w1; type b1; ttl w1; "
      "touch w1; touch x; expire w1 1; expire b1 1; persist w1; rename w1 a1; rename b1 a1; rename a1 w1; "
      "rename a1 b1; copy b1 a1; copy b1 w1; copy b1 b2; copy w1 w2; move a1 1; object encoding b1; object "
      "encoding w1; dump b1; dump w1; restore w1 0 x; restore b1 0 x; sort a1; sort b1; sort w1; sort b1 "
      "store w1; sort b1 store x; sort a1 by x* get y*; sort_ro b1; sort_ro x; setbit w1 0 1; setbit a1 0 "
      "1; getbit b1 0; bitop and w1 b1; bitop and w1 x; bitop and b1 a1; bitfield b1 get u8 0; bitfield b1 "
      "set u8 0 1; bitfield w1 get u8 0; bitfield a1 set u8 0 1; bitfield_ro b1 get u8 0; bitcount w1; "
      "pfadd w1 x; pfadd a1 x; pfcount b1; pfcount a1; pfmerge w1 b1; pfmerge a1 b1; hset w1 f v; hset b1 f "
      "v; hget b1 f; hget w1 f; hdel w1 f; hincrby w1 f 1; hgetall b1; hscan b1 0; lpush w1 x; lpush b1 x; "
      "lpop w1; lpop a1; lrange b1 0 1; llen w1; linsert w1 before a b; lmove b1 w1 left left; lmove a1 w1 "
      "left left; lmpop 1 w1 left; lmpop 2 a1 x left; lmpop x a1 left; blpop a1 w1 0; blpop a1 x 0; blmove "
      "a1 x left left 0; sadd w1 x; srem w1 x; smembers b1; smembers w1; smove a1 w1 x; smove b1 a1 x; "
      "sinter b1 a1; sinter b1 x; sinterstore w1 b1; sinterstore b1 a1; sintercard 2 b1 x; spop w1; "
      "srandmember b1; zadd w1 1 x; zadd b1 1 x; zscore b1 x; zrange b1 0 1; zrangestore w1 b1 0 1; "
      "zrangestore x b1 0 1; zunionstore w1 1 b1; zunionstore a1 1 x; zunionstore a1 x x; zunion 1 b1; "
      "zunion 1 x; zmpop 1 w1 min; zpopmin a1; bzpopmin a1 0; zincrby w1 1 x; geoadd w1 1 1 x; geopos b1 x; "
      "georadius b1 1 1 1 m; georadius b1 1 1 1 m store w1; georadius b1 1 1 1 m store x; geosearchstore w1 "
      "b1 frommember x byradius 1 m; xadd w1 * f v; xadd b1 * f v; xlen b1; xread streams b1 0; xread count "
      "1 streams b1 x 0 0; xreadgroup group g c streams a1 >; xgroup create a1 g $; xgroup create b1 g $; "
      "xinfo stream b1; xinfo stream w1; xack w1 g 1-1; xtrim w1 maxlen 1; publish c1 x; publish x c1; "
      "spublish c1 x; spublish x x; subscribe c1; subscribe c1 x; psubscribe c*; psubscribe c1*; psubscribe "
      "x c*; ssubscribe c1 x; unsubscribe x; punsubscribe x; sunsubscribe x; eval x 0; eval x 1 x; eval x 1 "
      "b1; eval x 2 a1 a2; eval x z; eval_ro x 1 b1; eval_ro x 1 w1; evalsha x 1 x; fcall f 1 x; fcall_ro f "
      "1 b1; watch b1; watch x; flushall; keys *; scan 0; randomkey; dbsize; select 0; swapdb 0 1; ping; "
      "echo x; auth x; hello; quit; reset; multi; exec; client list; config get x; info; debug object x; "
      "memory usage b1; memory usage w1; acl whoami; command docs; lcs b1 a1; lcs b1 x; setrange w1 0 x; "
      "getrange b1 0 1; substr x 0 1";
  for (size_t at = 0; at < kCommands.size();) {
    const size_t end = std::min(kCommands.find(';', at), kCommands.size());
    same("ACL DRYRUN u " + std::string(kCommands.substr(at, end - at)));
    at = end + 1;
  }
}

TEST_P(AclOracle, LogIn) {
  same({"AUTH x",
        "AUTH default x",
        "AUTH nosuch x",
        "ACL SETUSER u >pw",
        "AUTH u pw",
        "ACL SETUSER u on",
        "AUTH u bad",
        "AUTH u ''",
        "ACL SETUSER default >dpw",
        "AUTH bad",
        "AUTH default bad",
        "AUTH dpw",
        "CONFIG GET requirepass",
        "CONFIG SET requirepass rp",
        "ACL LIST",
        "AUTH dpw",
        "AUTH rp",
        "CONFIG SET requirepass ''",
        "ACL LIST",
        "AUTH rp",
        "HELLO 2 AUTH u bad",
        "HELLO 2 AUTH nosuch x",
        "ACL WHOAMI"});
  same_log();
}

TEST_P(AclOracle, Refusals) {
  same({"SET a 1",
        "SET secret 1",
        "RPUSH l 1",
        "ACL SETUSER u on >pw ~a* ~l %R~r* &c* +@all -@dangerous -incr +acl|whoami +select|0 -select",
        "ACL SETUSER u +sort +acl|log +select|0",
        "AUTH u pw",
        "ACL WHOAMI",
        "GET a",
        "GET secret",
        "SET r1 x",
        "GET r1",
        "INCR a",
        "SELECT 0",
        "SELECT 1",
        "MGET a secret",
        "MGET a1 a2",
        "PUBLISH c1 x",
        "PUBLISH d x",
        "KEYS *",
        "ACL LIST",
        "CONFIG GET x",
        "CONFIG",
        "nosuch",
        "GET",
        "FLUSHALL",
        "DBSIZE",
        "SORT l BY x*",
        "SORT l BY x GET y*",
        "SORT l GET #",
        "SORT l BY nosort",
        "SORT l",
        "SORT secret",
        "SORT l STORE secret",
        "EVAL x 1 secret",
        "EVAL \"return redis.pcall('get', 'a')\" 0",
        "EVAL \"return redis.pcall('get', 'secret')\" 0",
        "EVAL \"return redis.pcall('incr', 'a')\" 0",
        "EVAL \"return redis.pcall('publish', 'd', 'x')\" 0",
        "EVAL \"return redis.call('get', 'secret')\" 0",
        "EVAL \"return redis.call('incr', 'a')\" 0",
        "EVAL \"return {tostring(redis.acl_check_cmd('get', 'a')), tostring(redis.acl_check_cmd('get', "
        "'x')), tostring(redis.acl_check_cmd('config', 'get', 'x'))}\" 0"});
  same_log();
}

TEST_P(AclOracle, Transactions) {
  same({"ACL SETUSER u on >pw ~a* +@all -get &c",
        "AUTH u pw",
        "MULTI",
        "GET a",
        "SET a1 1",
        "EXEC",
        "MULTI",
        "SET a1 1",
        "SET b 1",
        "EXEC",
        "MULTI",
        "SET a1 1",
        "EXEC",
        "MULTI",
        "SET a1 2",
        "ACL SETUSER u -set resetkeys ~b resetchannels",
        "SET a1 3",
        "STRLEN a1",
        "PUBLISH c x",
        "ACL SETUSER u ~a1",
        "STRLEN a1",
        "EXEC",
        "STRLEN a1"});
  same_log();
  same({"ACL SETUSER u -exec", "MULTI", "STRLEN a1", "EXEC", "EXEC", "ACL SETUSER u -multi", "MULTI",
        "ACL LOG RESET", "ACL LOG"});
}

TEST_P(AclOracle, DefaultWithFewRights) {
  same({"ACL SETUSER default -@all +acl +get ~a", "GET a", "GET b", "SET a 1", "ACL SETUSER default +@all",
        "SET b 1", "SET a 1", "ACL SETUSER default off", "GET a",
        "ACL SETUSER default allkeys allchannels on", "SET b 2"});
}

TEST_P(AclOracle, NotLoggedIn) {
  same({"ACL SETUSER default >pw ~a", "RESET"});
  ours.client().session().resp_version = GetParam();
  if (GetParam() == 3)
    theirs("HELLO 3 AUTH default pw"), ours.run("HELLO 3 AUTH default pw"), theirs("RESET"),
        ours.run("RESET");
  same({"GET a", "ACL WHOAMI", "nosuch", "GET", "AUTH pw", "ACL WHOAMI", "ACL SETUSER default nopass",
        "GET a"});
}

TEST_P(AclOracle, SlowLogHidesWhatConcernsUsers) {
  same({"CONFIG SET slowlog-log-slower-than 0", "ACL SETUSER u >pw on", "ACL GETUSER u", "ACL DELUSER u",
        "ACL DRYRUN default get x", "AUTH default pw", "CONFIG SET slowlog-log-slower-than -1"});
  const auto arguments = [](const std::string& encoded) {
    protocol::ReplyReader reader;
    reader.feed(encoded);
    std::vector<std::string> lines;
    const auto log = reader.next();
    if (!log) return lines;
    for (const auto& entry : log->elements) lines.push_back(entry.elements.at(3).describe());
    return lines;
  };
  EXPECT_EQ(arguments(ours.run("SLOWLOG GET 20")), arguments(theirs("SLOWLOG GET 20")));
}

}  // namespace
}  // namespace corral::commands
