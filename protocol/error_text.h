// The exact error strings of Redis 7.0 that more than one place answers, in one table.
// Threading: constants.
// See: README.md of this folder, "Errors".
#pragma once

#include "protocol/bytes.h"

namespace corral::protocol::error_text {

inline constexpr Bytes kSyntax = "ERR syntax error";
inline constexpr Bytes kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr Bytes kNotInteger = "ERR value is not an integer or out of range";
inline constexpr Bytes kNotFloat = "ERR value is not a valid float";
inline constexpr Bytes kOutOfRange = "ERR value is out of range";
inline constexpr Bytes kNoSuchKey = "ERR no such key";
inline constexpr Bytes kIndexOutOfRange = "ERR index out of range";
inline constexpr Bytes kSameObject = "ERR source and destination objects are the same";
inline constexpr Bytes kDbIndexOutOfRange = "ERR DB index is out of range";
inline constexpr Bytes kInvalidDbIndex = "ERR invalid DB index";
inline constexpr Bytes kOverflow = "ERR increment or decrement would overflow";
inline constexpr Bytes kNanOrInfinity = "ERR increment would produce NaN or Infinity";
inline constexpr Bytes kOutOfMemory = "OOM command not allowed when used memory > 'maxmemory'.";
inline constexpr Bytes kNoAuth = "NOAUTH Authentication required.";
inline constexpr Bytes kStringTooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
inline constexpr Bytes kOffsetOutOfRange = "ERR offset is out of range";
inline constexpr Bytes kExecAbort = "EXECABORT Transaction discarded because of previous errors.";

}  // namespace corral::protocol::error_text
