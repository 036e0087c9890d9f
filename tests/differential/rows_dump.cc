// Values as bytes under comparison: payloads of redis-server 7.0 and broken ones.
// Threading: constant data.
// See: README.md of this folder, "Grammar".
#include "tests/differential/command_rows.h"

namespace corral::differential {
namespace {

// A bad payload is only random bytes' fate: damage of good ones is tests/server/rdb's and the fuzz target's work. Damage
// could make a life of a few milliseconds of the 0.
constexpr CommandRow kDumps[] = {
    {"DUMP key", 8},
    {"RESTORE key 0 payload [REPLACE]", 20, kNoDamage | kAnyConnection},
    {"RESTORE key 0 payload REPLACE { [IDLETIME count] [ABSTTL] }", 6, kNoDamage | kAnyConnection},
    {"RESTORE key milliseconds payload [REPLACE]", 6, kTimed},
    {"RESTORE key unixmilliseconds payload ABSTTL [REPLACE]", 6, kTimed},
    {"RESTORE key 0 payload (IDLETIME|IDLETIME '-1'|FREQ 256|FREQ 5 IDLETIME 5|FOO|REPLACE FREQ 'x')", 3,
     kNoDamage | kAnyConnection},
    {"RESTORE key ('-1'|'abc') payload [REPLACE]", 2, kNoDamage | kAnyConnection},
};

}  // namespace

std::span<const CommandRow> dump_rows() {
  return kDumps;
}

}  // namespace corral::differential
