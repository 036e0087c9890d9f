// The options of SET, GETEX and MSETEX: conditions and times.
// Threading: value types.
// See: README.md of this folder.
#pragma once

#include <optional>

#include "server/commands/comparison.h"
#include "server/commands/string_value.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {

enum SetOptionBit : uint32_t {
  kNx = 1u << 0,
  kXx = 1u << 1,
  kGet = 1u << 2,
  kKeepTtl = 1u << 3,
  kPersist = 1u << 4,
  kEx = 1u << 5,
  kPx = 1u << 6,
  kExAt = 1u << 7,
  kPxAt = 1u << 8,
  kAnyComparison = 1u << 9,
};
inline constexpr uint32_t kAnyTime = kEx | kPx | kExAt | kPxAt;
inline constexpr uint32_t kSetOptions = kNx | kXx | kGet | kKeepTtl | kAnyTime | kAnyComparison;
inline constexpr uint32_t kGetexOptions = kPersist | kAnyTime;
inline constexpr uint32_t kMsetexOptions = kNx | kXx | kKeepTtl | kAnyTime;

struct SetOptions {
  uint32_t bits = 0;
  size_t time_at = 0;     // argument with the time; 0: none
  Comparison comparison;  // with kAnyComparison
  bool has(uint32_t bit) const { return (bits & bit) != 0; }
};

/// The options from argument `first` on; nothing when they make no sense together.
std::optional<SetOptions> parse_set_options(const dispatch::CommandContext& ctx, size_t first,
                                            uint32_t allowed);

/// Reads the time at argument `at`, given in the unit and kind of `bit`; on failure answers the error.
bool read_expiry(dispatch::CommandContext& ctx, size_t at, uint32_t bit, dispatch::Expiry& expiry);

/// Writes a string whole, with the keyspace events that tell of it.
void put_whole(dispatch::CommandContext& ctx, const store::KeyRef& key, StringValue& value, const dispatch::Expiry& expiry);

}  // namespace corral::commands
