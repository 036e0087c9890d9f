// SORT under comparison.
// Threading: constant data.
// See: README.md of this folder, "Grammar".
#include "tests/differential/command_rows.h"

namespace corral::differential {
namespace {

// Numbers are compared in tests/server/commands: redis-server 7.0 looks at an errno that an earlier command may have set.
// What is stored must be the same on both sides, so nothing that may have ties is; and damage could make numbers of it.
constexpr CommandRow kSorts[] = {
    {"SADD key (1|2|3|7|'-4'|'2.5'|'1e2'|12)...", 12, kAnyConnection},
    {"RPUSH key (3|1|2|'10'|'-4'|'2.5'|' 7'|'1e2'|'0x10'|'')...", 12, kAnyConnection},
    {"SORT key { [ASC|DESC] [LIMIT index index] ALPHA }", 16, kNoDamage},
    {"SORT key { [ASC|DESC] [LIMIT index index] [GET '#'] [GET 'k*'] [GET '*'] [GET 'nostar'] ALPHA }", 10, kNoDamage},
    {"SORT key { [ASC|DESC] [LIMIT index index] BY ('k*'|'user:*'|'*'|'*->f1') [GET '#'] [GET 'k*->f1'] ALPHA }", 14,
     kNoDamage},
    {"SORT key { [ASC|DESC] [LIMIT index index] BY 'nosort' [GET '#'] [GET 'k*->f1'] [ALPHA] }", 14, kNoDamage},
    {"SORT_RO key { [ASC|DESC] [LIMIT index index] BY ('k*'|'nosort') [GET '#'] [GET 'k*'] ALPHA }", 8, kNoDamage},
    {"SORT key { [ASC|DESC] [LIMIT index index] [GET '#'] [GET 'k*'] ALPHA STORE key }", 14, kNoDamage},
    {"SORT key { [ASC|DESC] [LIMIT index index] BY 'nosort' [GET '#'] [GET 'k*'] [ALPHA] STORE key }", 8, kNoDamage},
    {"SORT key ALPHA (LIMIT 1|LIMIT 'x' 1|STORE|BY|GET|FOO|ALPHA ASC DESC)", 3, kNoDamage},
    {"SORT_RO key STORE key", 1, kNoDamage},
};

}  // namespace

std::span<const CommandRow> sort_rows() {
  return kSorts;
}

}  // namespace corral::differential
