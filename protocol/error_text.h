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

// The parser's own; each ends the connection.
inline constexpr Bytes kTooBigCountLine = "ERR Protocol error: too big mbulk count string";
inline constexpr Bytes kInvalidCount = "ERR Protocol error: invalid multibulk length";
inline constexpr Bytes kUnauthenticatedCount = "ERR Protocol error: unauthenticated multibulk length";
inline constexpr Bytes kTooBigBulkLine = "ERR Protocol error: too big bulk count string";
inline constexpr Bytes kExpectedBulk = "ERR Protocol error: expected '$', got '";  // the byte and ' follow
inline constexpr Bytes kInvalidBulk = "ERR Protocol error: invalid bulk length";
inline constexpr Bytes kUnauthenticatedBulk = "ERR Protocol error: unauthenticated bulk length";
inline constexpr Bytes kTooBigInline = "ERR Protocol error: too big inline request";
inline constexpr Bytes kUnbalancedQuotes = "ERR Protocol error: unbalanced quotes in request";

}  // namespace corral::protocol::error_text
