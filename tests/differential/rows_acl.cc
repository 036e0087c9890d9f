// Users and their rights under comparison: what has one answer whoever asks, and single commands, which Redis tells in no order.
// Threading: constant data.
// See: README.md of this folder, "Grammar".
#include "tests/differential/command_rows.h"

namespace corral::differential {
namespace {

constexpr CommandRow kUsers[] = {
    {"ACL SETUSER ('u1'|'u2'|'u3') "
     "('on'|'off'|'nopass'|'resetpass'|'>pw'|'<pw'|'~a*'|'~*'|'%R~r*'|'%W~w*'|'resetkeys'|'allkeys')",
     8, kNoDamage},
    {"ACL SETUSER ('u1'|'u2'|'u3') ('&c*'|'&*'|'resetchannels'|'clearselectors'|'reset'|'(~s "
     "+get)'|'(+get'|'+nosuch'|'foo')",
     6, kNoDamage},
    {"ACL SETUSER ('u1'|'u2'|'u3') ('+@all'|'-@all') "
     "('+get'|'-get'|'+config|get'|'+select|0'|'+@list'|'+@string')",
     6, kNoDamage},
    {"ACL GETUSER ('u1'|'u2'|'u3'|'default'|'nosuch')", 8, kAnyConnection},
    {"ACL DELUSER ('u1'|'u2'|'nosuch')", 2, kNoDamage},
    {"ACL USERS", 3, kAnyConnection},
    {"ACL DRYRUN ('u1'|'u2'|'u3'|'default'|'nosuch') ('get'|'strlen'|'llen'|'nosuch') key", 8, kNoDamage},
    {"ACL DRYRUN ('u1'|'u2'|'u3') ('set'|'copy'|'lpush'|'mget'|'publish') key key", 8, kNoDamage},
    {"ACL (WHOAMI|CAT|CAT 'nosuch'|CAT 'list' 'x'|GENPASS 0|GENPASS 'x'|SAVE|LOAD|FOO)", 3, kNoDamage},
};

}  // namespace

std::span<const CommandRow> acl_rows() {
  return kUsers;
}

}  // namespace corral::differential
