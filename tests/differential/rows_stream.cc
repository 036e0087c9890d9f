// Commands on streams under comparison. Ids are given, since "*" would be each server's own time.
// Threading: constant data.
// See: README.md of this folder, "Grammar".
#include "tests/differential/command_rows.h"

namespace corral::differential {
namespace {

// A damaged BLOCK could wait for ever, a damaged id be the time.
constexpr uint8_t kSafe = kNoDamage | kAnyConnection;

constexpr CommandRow kStreams[] = {
    {"XADD key newstreamid value value", 40, kSafe},
    {"XADD key newstreamid 'a' value 'b' value", 30, kSafe},
    {"XADD key newstreamid 'a' value 'b' value", 20, kSafe},
    {"XADD key [NOMKSTREAM] MAXLEN ['='|'~'] count newstreamid 'a' value", 10, kSafe},
    {"XADD key { [NOMKSTREAM] [MAXLEN '~' count LIMIT count] } newstreamid 'a' value", 6, kSafe},
    {"XADD key MINID ['='|'~'] streamid newstreamid 'a' value 'b' value", 8, kSafe},
    {"XADD key { [MAXLEN 3] [MINID '1-1'] [LIMIT count] [NOMKSTREAM] } newstreamid value [value]", 4, kSafe},
    {"XLEN key", 10, kAnyConnection},
    {"XRANGE key '-' '+'", 20, kAnyConnection},
    {"XRANGE key streambound streambound [COUNT count]", 16, kAnyConnection},
    {"XREVRANGE key streambound streambound [COUNT count]", 14, kAnyConnection},
    {"XREVRANGE key '+' '-'", 10, kAnyConnection},
    {"XRANGE key streambound streambound (COUNT|FOO 1|COUNT 2 COUNT 1)", 1, kAnyConnection},
    {"XDEL key streamid...", 20, kAnyConnection},
    {"XTRIM key (MAXLEN ['='|'~'] count|MINID ['='|'~'] streamid) [LIMIT count]", 8, kAnyConnection},
    {"XTRIM key (LIMIT count|MAXLEN|MAXLEN '~'|MAXLEN '-1'|MINID '-'|MAXLEN 1 MINID 1|FOO 1)", 2,
     kAnyConnection},
    {"XSETID key streamid { [ENTRIESADDED count] [MAXDELETEDID streamid] }", 6, kAnyConnection},
    {"XSETID key streamid (ENTRIESADDED|FOO 1|MAXDELETEDID '-')", 1, kAnyConnection},
    {"XREAD [COUNT count] STREAMS key streamid", 14, kSafe},
    {"XREAD [COUNT count] STREAMS key key streamid (streamid|'$')", 10, kSafe},
    {"XREAD { [COUNT count] [BLOCK 1] } STREAMS key key streamid (streamid|'$')", 4, kNoDamage},
    {"XREAD (COUNT|NOACK|FOO|GROUP 'g1' 'c1'|BLOCK '-1'|BLOCK 'abc'|COUNT 'abc') STREAMS key streamid", 2,
     kSafe},
    {"XREAD STREAMS key key (streamid|'>'|'-'|'+')", 2, kSafe},
    {"XGROUP CREATE key streamgroup (streamid|'0'|'$') { [MKSTREAM] [ENTRIESREAD count] }", 24,
     kAnyConnection},
    {"XGROUP SETID key streamgroup (streamid|'$'|'-'|'+') [ENTRIESREAD count]", 8, kAnyConnection},
    {"XGROUP DESTROY key streamgroup", 4, kAnyConnection},
    {"XGROUP CREATECONSUMER key streamgroup consumer", 8, kAnyConnection},
    {"XGROUP DELCONSUMER key streamgroup consumer", 5, kAnyConnection},
    {"XGROUP (CREATE|SETID) key streamgroup '0' (MKSTREAM|ENTRIESREAD|FOO|ENTRIESREAD '-2'|ENTRIESREAD 1 "
     "ENTRIESREAD "
     "2 MKSTREAM MKSTREAM)",
     2, kAnyConnection},
    {"XGROUP subcommand [key]", 1, kAnyConnection},
    {"XREADGROUP GROUP streamgroup consumer [COUNT count] [NOACK] STREAMS key '>'", 24, kSafe},
    {"XREADGROUP GROUP streamgroup consumer [COUNT count] STREAMS key key (streamid|'>') (streamid|'>')", 14,
     kSafe},
    {"XREADGROUP GROUP streamgroup consumer { [COUNT count] [BLOCK 1] [NOACK] } STREAMS key '>'", 4,
     kNoDamage},
    {"XREADGROUP [GROUP streamgroup consumer] (COUNT|NOACK|FOO) STREAMS key key (streamid|'$')", 2, kSafe},
    {"XACK key streamgroup streamid...", 14, kAnyConnection},
    {"XPENDING key streamgroup", 10, kAnyConnection},
    {"XPENDING key streamgroup [IDLE (0|1000000|'abc')] streambound streambound count [consumer]", 14,
     kAnyConnection},
    {"XPENDING key streamgroup '-' '+' 10 [consumer]", 12, kAnyConnection},
    {"XPENDING key streamgroup (IDLE 1|IDLE 0 '-'|'-' '+'|IDLE 0 '-' '+')", 2, kAnyConnection},
    {"XCLAIM key streamgroup consumer (0|1000000) streamid... { [FORCE] [JUSTID] [RETRYCOUNT count] [TIME 5] "
     "[LASTID "
     "streamid] }",
     16, kAnyConnection},
    {"XCLAIM key streamgroup consumer 0 streamid... { [FORCE] [JUSTID] [IDLE 100000000] }", 10,
     kAnyConnection},
    {"XCLAIM key streamgroup consumer (0|'abc') (streamid|FOO|'-') (IDLE 'abc'|TIME 'abc'|RETRYCOUNT "
     "'abc'|LASTID "
     "'-'|FOO|IDLE)",
     2, kAnyConnection},
    {"XAUTOCLAIM key streamgroup consumer (0|1000000) streambound { [COUNT (1|2|10)] [JUSTID] }", 14,
     kAnyConnection},
    {"XAUTOCLAIM key streamgroup consumer (0|'abc') streambound (COUNT 0|COUNT 'abc'|COUNT|FOO)", 2,
     kAnyConnection},
    {"XINFO STREAM key", 12, kAnyConnection},
    {"XINFO STREAM key FULL [COUNT count]", 12, kAnyConnection},
    {"XINFO STREAM key (FOO|FULL COUNT|FULL FOO 1|FULL COUNT 'abc')", 1, kAnyConnection},
    {"XINFO GROUPS key", 10, kAnyConnection},
    {"XINFO CONSUMERS key streamgroup", 10, kAnyConnection},
    {"XINFO subcommand [key]", 1, kAnyConnection},
};

}  // namespace

std::span<const CommandRow> stream_rows() {
  return kStreams;
}

}  // namespace corral::differential
