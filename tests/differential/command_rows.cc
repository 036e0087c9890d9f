// Every command under comparison, by family. A new type adds a table here and the arguments it needs.
// Threading: constant data.
// See: README.md of this folder, "Grammar".
#include "tests/differential/command_rows.h"

namespace corral::differential {
namespace {

using std::string_view_literals::operator""sv;

constexpr uint8_t kTimedStore = kTimed | kReadsAfter;

constexpr CommandRow kStrings[] = {
    {"GET key", 60, kAnyConnection},
    {"SET key value", 60, kAnyConnection},
    {"SET key value { [NX|XX] [GET] [KEEPTTL] }", 25, kAnyConnection},
    {"SET key value { [NX|XX] [GET] (EX seconds|PX milliseconds|EXAT unixseconds|PXAT "
     "unixmilliseconds|KEEPTTL) }",
     30, kTimedStore},
    {"SET key value (EX seconds PX milliseconds|KEEPTTL EX seconds|NX XX|EX|PX 0|GET GET|NX NX)", 4,
     kTimedStore},
    {"SETNX key value", 15, kAnyConnection},
    {"SETEX key seconds value", 15, kTimed},
    {"PSETEX key milliseconds value", 15, kTimed},
    {"GETSET key value", 12, kAnyConnection},
    {"GETDEL key", 10, kAnyConnection},
    {"GETEX key", 5, kAnyConnection},
    {"GETEX key (EX seconds|PX milliseconds|EXAT unixseconds|PXAT unixmilliseconds|PERSIST)", 18, kTimed},
    {"GETEX key (PERSIST EX seconds|EX|NX|EX seconds PX milliseconds)", 3, kTimed},
    {"APPEND key value", 25, kAnyConnection},
    {"STRLEN key", 15, kAnyConnection},
    {"GETRANGE key index index", 20, kAnyConnection},
    {"SUBSTR key index index", 8, kAnyConnection},
    {"SETRANGE key offset value", 22, kAnyConnection},
    {"INCR key", 15, kAnyConnection},
    {"DECR key", 15, kAnyConnection},
    {"INCRBY key int", 18, kAnyConnection},
    {"DECRBY key int", 18, kAnyConnection},
    {"INCRBYFLOAT key real", 22, kAnyConnection},
    {"MGET key...", 20, kAnyConnection},
    {"MSET (key value)...", 18, kAnyConnection},
    {"MSETNX (key value)...", 14, kAnyConnection},
    {"LCS key key", 8, kAnyConnection},
    {"LCS key key { [LEN] [IDX] [MINMATCHLEN int] [WITHMATCHLEN] }", 14, kAnyConnection},
};

// Damage could move a bit to where it takes hundreds of megabytes.
constexpr uint8_t kBits = kNoDamage | kAnyConnection;

constexpr CommandRow kBitmaps[] = {
    {"SETBIT key bitoffset (0|1)", 20, kBits},
    {"SETBIT key bitoffset int", 3, kBits},
    {"SETBIT key [bitoffset]", 1, kBits},
    {"GETBIT key bitoffset", 14, kAnyConnection},
    {"BITCOUNT key", 8, kAnyConnection},
    {"BITCOUNT key index index [BYTE|BIT]", 14, kAnyConnection},
    {"BITCOUNT key index (index|FOO) (FOO|index)", 2, kAnyConnection},
    {"BITPOS key (0|1) [index]", 8, kAnyConnection},
    {"BITPOS key (0|1) index index [BYTE|BIT]", 14, kAnyConnection},
    {"BITPOS key int index index (FOO|BIT)", 2, kAnyConnection},
    {"BITOP (AND|OR|XOR) key key...", 20, kAnyConnection},
    {"BITOP NOT key key", 8, kAnyConnection},
    {"BITOP (NOT|FOO) key key...", 2, kAnyConnection},
    {"BITFIELD key (GET fieldtype fieldoffset)...", 10, kAnyConnection},
    {"BITFIELD_RO key (GET fieldtype fieldoffset)...", 8, kAnyConnection},
    {"BITFIELD key ([OVERFLOW (WRAP|SAT|FAIL)] (GET fieldtype fieldoffset|SET fieldtype fieldoffset "
     "int|INCRBY "
     "fieldtype fieldoffset int))...",
     30, kBits},
    {"BITFIELD key", 1, kBits},
    {"BITFIELD key OVERFLOW (FOO|SAT)", 1, kBits},
    {"BITFIELD_RO key (SET fieldtype fieldoffset int|OVERFLOW SAT|GET fieldtype|FOO fieldtype fieldoffset)",
     3, kBits},
};

constexpr CommandRow kHyperLogLogs[] = {
    {"PFADD key value...", 25, kAnyConnection},
    {"PFADD key", 3, kAnyConnection},
    {"PFCOUNT key", 12, kAnyConnection},
    {"PFCOUNT key key...", 8, kAnyConnection},
    {"PFMERGE key key...", 10, kAnyConnection},
    {"PFMERGE key", 2, kAnyConnection},
    {"PFDEBUG (ENCODING|DECODE|TODENSE|FOO) key", 5, kAnyConnection},
    {"PFDEBUG GETREG key", 1, kAnyConnection},
};

// Damage could take a list away from in front of a command that would wait then, or make a number of keys that redis-server
// 7.0 adds to beyond its integers.
constexpr CommandRow kLists[] = {
    {"LPUSH key value...", 30, kAnyConnection},
    {"RPUSH key value...", 30, kAnyConnection},
    {"RPUSH key value value value value value value value value", 15, kAnyConnection},
    {"LPUSHX key value...", 8, kAnyConnection},
    {"RPUSHX key value...", 8, kAnyConnection},
    {"LPOP key", 12, kAnyConnection},
    {"RPOP key", 12, kAnyConnection},
    {"LPOP key count", 8, kAnyConnection},
    {"RPOP key count", 8, kAnyConnection},
    {"LLEN key", 10, kAnyConnection},
    {"LINDEX key index", 12, kAnyConnection},
    {"LSET key index value", 12, kAnyConnection},
    {"LRANGE key index index", 16, kAnyConnection},
    {"LRANGE key 0 '-1'", 16, kAnyConnection},
    {"LTRIM key index index", 8, kAnyConnection},
    {"LINSERT key (BEFORE|AFTER) value value", 12, kAnyConnection},
    {"LREM key (0|int|index) value", 12, kAnyConnection},
    {"LPOS key value { [RANK (1|2|'-1'|index)] [COUNT count] [MAXLEN count] }", 14, kAnyConnection},
    {"LPOS key value (RANK|RANK 0|COUNT '-1'|MAXLEN '-1'|FOO 1)", 2, kAnyConnection},
    {"LMOVE key key (LEFT|RIGHT) (LEFT|RIGHT)", 14, kAnyConnection},
    {"LMOVE key key (LEFT|FOO) (FOO|RIGHT)", 2, kAnyConnection},
    {"RPOPLPUSH key key", 10, kAnyConnection},
    {"LMPOP 1 key (LEFT|RIGHT) [COUNT count]", 8, kNoDamage | kAnyConnection},
    {"LMPOP 2 key key (LEFT|RIGHT) [COUNT count]", 8, kNoDamage | kAnyConnection},
    {"LMPOP (0|'-1'|'abc'|3) key key (LEFT|RIGHT|FOO) [COUNT (0|'abc')]", 2, kNoDamage | kAnyConnection},
    {"BLPOP key... ('abc'|'-1'|'nan')", 2, kNoDamage | kAnyConnection},
    {"BLMOVE key key (LEFT|FOO) (FOO|RIGHT) ('abc'|'-1')", 2, kNoDamage | kAnyConnection},
    {"BRPOPLPUSH key key ('abc'|'-1'|'1e300')", 1, kNoDamage | kAnyConnection},
    {"BLMPOP ('abc'|'-1') (1|2|0) key (LEFT|FOO) [COUNT 0]", 2, kNoDamage | kAnyConnection},
    {"BLPOP key... '0.001'", 4, kNoDamage},
    {"BRPOP key... '0.001'", 4, kNoDamage},
    {"BLMOVE key key (LEFT|RIGHT) (LEFT|RIGHT) '0.001'", 4, kNoDamage},
    {"BRPOPLPUSH key key '0.001'", 3, kNoDamage},
    {"BLMPOP '0.001' 2 key key (LEFT|RIGHT) [COUNT count]", 4, kNoDamage},
};

constexpr CommandRow kKeys[] = {
    {"DEL key...", 16, kAnyConnection},
    {"UNLINK key...", 8, kAnyConnection},
    {"EXISTS key...", 14, kAnyConnection},
    {"TOUCH key...", 8, kAnyConnection},
    {"TYPE key", 8, kAnyConnection},
    {"RENAME key key", 16, kAnyConnection},
    {"RENAMENX key key", 14, kAnyConnection},
    {"COPY key key { [DB db] [REPLACE] }", 18, kAnyConnection},
    {"MOVE key db", 12, kAnyConnection},
    {"RANDOMKEY", 5},
    {"KEYS glob", 10},
    {"SCAN 0", 3},
    {"SCAN cursor { [MATCH glob] [COUNT count] [TYPE type] }", 12},
    {"EXPIRE key seconds [NX|XX|GT|LT]", 14, kTimed},
    {"PEXPIRE key milliseconds [NX|XX|GT|LT]", 14, kTimed},
    {"EXPIREAT key unixseconds [NX|XX|GT|LT]", 12, kTimed},
    {"PEXPIREAT key unixmilliseconds [NX|XX|GT|LT]", 12, kTimed},
    {"EXPIRE key seconds (NX XX|GT LT|XX GT|XX LT|NX GT|FOO|XX FOO|GT GT)", 4, kTimed},
    {"EXPIRETIME key", 8},
    {"PEXPIRETIME key", 8},
    {"TTL key", 14},
    {"PTTL key", 14},
    {"PERSIST key", 10, kAnyConnection},
    {"OBJECT ENCODING key", 12, kAnyConnection},
    {"OBJECT REFCOUNT key", 4},
    {"OBJECT FREQ key", 2, kAnyConnection},
    {"OBJECT IDLETIME key", 3},
    {"OBJECT subcommand [key]", 2},
    {"DBSIZE", 8, kAnyConnection},
    {"FLUSHDB [ASYNC|SYNC|FOO]", 1},
    {"FLUSHALL [ASYNC|SYNC|FOO]", 1},
    {"SWAPDB db db", 4},
    {"MEMORY USAGE key [SAMPLES count]", 3},
    {"MEMORY subcommand [key]", 1},
};

constexpr CommandRow kConnections[] = {
    {"SELECT db", 12, kAnyConnection},
    {"PING [value]", 5, kAnyConnection},
    {"ECHO value", 4, kAnyConnection},
    {"HELLO [2|3]", 3},
    {"HELLO (1|4|'abc'|2 FOO|3 SETNAME name|2 AUTH 'default' value|3 AUTH 'nobody' value|3 SETNAME|2 AUTH "
     "'default')",
     3},
    {"AUTH value", 2, kAnyConnection},
    {"AUTH ('default'|'nobody') value", 2, kAnyConnection},
    {"RESET", 1},
    {"CLIENT GETNAME", 3, kAnyConnection},
    {"CLIENT SETNAME name", 4, kAnyConnection},
    {"CLIENT ID", 2},
    {"CLIENT INFO", 2, kNoDamage},
    {"CLIENT LIST", 1, kNoDamage},
    {"CLIENT LIST (TYPE (NORMAL|MASTER|REPLICA|SLAVE|PUBSUB|FOO)|ID 987654321|ID 'abc'|ID|FOO|TYPE)", 3,
     kNoDamage},
    {"CLIENT KILL (ID 987654321|ID 'abc'|ADDR '1.2.3.4:5'|LADDR '1.2.3.4:5'|TYPE 'foo'|USER "
     "'nobody'|SKIPME|'1.2.3.4:5'|FOO BAR)",
     3, kNoDamage},
    {"CLIENT (KILL|UNBLOCK|SETNAME|REPLY|PAUSE|NO-EVICT|LIST ID)", 2, kNoDamage},
    {"CLIENT NO-EVICT (ON|OFF|FOO)", 2, kNoDamage},
    {"CLIENT UNBLOCK (987654321|'abc') [TIMEOUT|ERROR|FOO]", 2, kNoDamage},
    {"CLIENT PAUSE ('abc'|'-1'|0 FOO|0 WRITE|0 ALL|0)", 2, kNoDamage},
    {"CLIENT UNPAUSE", 1, kNoDamage},
    {"CLIENT REPLY FOO", 1, kNoDamage},
    {"CLIENT subcommand", 2, kNoDamage},
};

constexpr CommandRow kTransactions[] = {
    {"MULTI", 5, kAnyConnection},        {"EXEC", 9, kAnyConnection},    {"DISCARD", 5, kAnyConnection},
    {"WATCH key...", 8, kAnyConnection}, {"UNWATCH", 4, kAnyConnection},
};

constexpr CommandRow kServer[] = {
    {"TIME", 1},
    {"(ROLE|READONLY|READWRITE|ASKING|FAILOVER|CLUSTER INFO|CLUSTER KEYSLOT key|CLUSTER subcommand|MODULE LIST)", 1},
    {"WAIT 0 0", 1, kNoDamage},
    {"COMMAND COUNT", 1, kNoDamage},
    {"COMMAND GETKEYS anycommand", 8, kNoDamage},
    {"COMMAND GETKEYSANDFLAGS anycommand", 6, kNoDamage},
    {"COMMAND INFO command...", 2, kNoDamage},
    {"COMMAND LIST FILTERBY (PATTERN 'get*'|PATTERN 'nosuch*'|MODULE FOO|ACLCAT 'nosuch'|FOO BAR|PATTERN)", 2,
     kNoDamage},
    {"COMMAND subcommand", 1, kNoDamage},
    {"CONFIG GET ('nosuch*'|'databases'|'maxmemory'|'appendonly')", 2},
    {"CONFIG GET", 1},
    {"CONFIG SET ('nosuch' 1|'maxmemory'|'maxmemory' 'abc'|'databases' 4)", 2, kNoDamage},
    {"CONFIG subcommand", 1, kNoDamage},
    {"SLOWLOG (GET 'abc'|GET '-2'|GET 1 2|LEN FOO)", 1, kNoDamage},
    {"SLOWLOG subcommand", 1, kNoDamage},
    {"LATENCY (HISTORY 'nosuch'|RESET 'nosuch'|GRAPH 'nosuch'|LATEST|HISTORY|subcommand)", 2, kNoDamage},
    {"SHUTDOWN (FOO|SAVE NOSAVE|ABORT|ABORT NOW|SAVE ABORT)", 1, kNoDamage},
    {"unknown", 3, kAnyConnection},
    {"unknown junk...", 4, kAnyConnection},
};

constexpr std::string_view kRaw[] = {
    ""sv,
    "\r\n"sv,
    "\n\n"sv,
    "PING\r\n"sv,
    "PING\n"sv,
    "  SET   k0   inline  \r\n"sv,
    "SET k0 \"a\\x41\\n\\\"b\" \r\nGET k0\r\n"sv,
    "SET k0 'it\\'s'\r\nGET k0\r\n"sv,
    "SET k0 \"unbalanced\r\n"sv,
    "SET k0 'unbalanced\r\n"sv,
    "SET k0 \"a\"b\r\n"sv,
    "GET \"\"\r\n"sv,
    "\"\"\r\n"sv,
    "ECHO \xff\x01\r\n"sv,
    "*0\r\n"sv,
    "*-1\r\n"sv,
    "*-10\r\n"sv,
    "*1\r\n$4\r\nPING\r\n"sv,
    "*1\r\n$4\r\nPINGxx"sv,
    "*01\r\n$4\r\nPING\r\n"sv,
    "*1\r\n$04\r\nPING\r\n"sv,
    "*+1\r\n$4\r\nPING\r\n"sv,
    "* 1\r\n$4\r\nPING\r\n"sv,
    "*1a\r\n"sv,
    "*abc\r\n"sv,
    "*\r\n"sv,
    "*1048577\r\n"sv,
    "*2147483648\r\n"sv,
    "*99999999999999999999\r\n"sv,
    "*1\r\nPING\r\n"sv,
    "*1\r\n:4\r\n"sv,
    "*1\r\n*1\r\n$4\r\nPING\r\n"sv,
    "*1\r\n\r\n"sv,
    "*1\r\n$-1\r\n"sv,
    "*1\r\n$abc\r\n"sv,
    "*1\r\n$\r\n"sv,
    "*1\r\n$536870913\r\n"sv,
    "*1\r\n$9223372036854775808\r\n"sv,
    "*2\r\n$4\r\nECHO\r\n$-5\r\n"sv,
    "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n"sv,
    "*1\r\n$0\r\n\r\n"sv,
    "*2\r\n$3\r\nGET\r\n+k0\r\n"sv,
    "*3\r\n$3\r\nSET\r\n$2\r\nk0\r\n$3\r\na\r\n\r\nPING\r\n"sv,
    "PING\r\n*1\r\n$4\r\nPING\r\nPING\r\n"sv,
    "GET k0\r\n*x\r\nPING\r\n"sv,
    "$4\r\nPING\r\n"sv,
    "+OK\r\n"sv,
    "\x00\r\n"sv,
    "PI\x00NG\r\n"sv,
};

}  // namespace

std::span<const std::span<const CommandRow>> command_rows() {
  static const std::span<const CommandRow> kFamilies[] = {
      kStrings, kBitmaps, kHyperLogLogs, kLists, kKeys, kConnections, kTransactions, kServer,
      hash_rows(),
      set_rows(),
      sort_rows(),
      acl_rows(),
      zset_rows(),
      geo_rows(),
      stream_rows(),
      dump_rows(),
  };
  return kFamilies;
}
std::span<const std::string_view> raw_requests() {
  return kRaw;
}

}  // namespace corral::differential
