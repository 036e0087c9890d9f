// What DUMP gives and RESTORE takes: one value, the version of its format, a checksum.
// Threading: pure functions.
// See: README.md of this folder, "Payload".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/hash.h"
#include "server/types/thresholds.h"
#include "server/types/value.h"

namespace corral::rdb {

/// A value out of a payload.
struct Restored {
  std::string text;                         // of a string
  std::unique_ptr<types::Value> container;  // null for a string
};

/// What containers need when they are made.
struct Settings {
  const base::HashSecret& secret;  // outlives the value
  const types::Thresholds& thresholds;
  int64_t now_ms = 0;
};

std::string dump(std::string_view text);
/// Fields' own expiries have no place in the format and are lost. O(size).
std::string dump(const types::Value& value, const types::Thresholds& thresholds, int64_t now_ms);

/// The value's bytes, when version and checksum are good.
std::optional<std::string_view> verified(std::string_view payload);
/// The value out of verified bytes, or none when anything in them is wrong; containers are never empty, but for streams.
std::optional<Restored> restore(std::string_view bytes, const Settings& settings);

}  // namespace corral::rdb
