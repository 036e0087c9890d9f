// The sizes at which Redis 7.0 refuses a request, and ours for what it leaves open.
// Threading: constants.
// See: README.md of this folder, "Limits".
#pragma once

#include <cstdint>

namespace corral::protocol {

inline constexpr int64_t kMaxInlineBytes = 64 * 1024;              // PROTO_INLINE_MAX_SIZE
inline constexpr int64_t kMaxArguments = INT32_MAX;                // multibulk length
inline constexpr int64_t kMaxArgumentsBeforeAuth = 10;             // same, while not authenticated
inline constexpr int64_t kMaxBulkBytesBeforeAuth = 16 * 1024;      // same, one bulk
inline constexpr int64_t kDefaultMaxBulkBytes = 512LL * 1024 * 1024;  // proto-max-bulk-len
inline constexpr int kMaxReplyNesting = 32;                        // reply reader: deeper replies are refused

}  // namespace corral::protocol
