// The lines that MONITOR sends: time, database, client and the quoted arguments of a command.
// Threading: pure functions.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocol/bytes.h"

namespace corral::dispatch {

/// The bytes in double quotes, with escapes for quotes, backslashes and what cannot be printed.
std::string quoted(protocol::Bytes bytes);

/// What MONITOR and SLOWLOG show in place of a password.
inline constexpr protocol::Bytes kRedacted = "(redacted)";

/// Whether the i-th argument is, or belongs to, a password: of AUTH, HELLO … AUTH, ACL SETUSER, CONFIG SET requirepass.
bool is_secret(std::span<const protocol::Bytes> arguments, size_t i);

/// `+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"` and CRLF: the whole reply. `address` is the client's as CLIENT
/// LIST shows it ("unix:PATH" stands for a unix socket). Secrets are not shown.
std::string monitor_line(int64_t now_us, int database, std::string_view address,
                         std::span<const protocol::Bytes> arguments);

}  // namespace corral::dispatch
