// The identifier of a stream's entry: milliseconds and a sequence number, both up to 64 bits.
// Threading: a value.
// See: README.md of this folder, "Streams".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace corral::types {

struct StreamId {
  uint64_t ms = 0;
  uint64_t sequence = 0;

  static constexpr StreamId min() { return {0, 0}; }
  static constexpr StreamId max() { return {UINT64_MAX, UINT64_MAX}; }
  constexpr auto operator<=>(const StreamId&) const = default;

  constexpr bool zero() const { return ms == 0 && sequence == 0; }
  /// The next higher one; none behind max(). What an exclusive start "(id" means.
  constexpr std::optional<StreamId> next() const {
    if (sequence != UINT64_MAX) return StreamId{ms, sequence + 1};
    if (ms != UINT64_MAX) return StreamId{ms + 1, 0};
    return std::nullopt;
  }
  /// The next lower one; none before min(). What an exclusive end means.
  constexpr std::optional<StreamId> previous() const {
    if (sequence != 0) return StreamId{ms, sequence - 1};
    if (ms != 0) return StreamId{ms - 1, UINT64_MAX};
    return std::nullopt;
  }
};

/// What XADD asks for: "*", "5-*" or "5-1".
struct StreamIdRequest {
  enum class Kind : uint8_t { kAuto, kAutoSequence, kExplicit };
  Kind kind = Kind::kAuto;
  StreamId id;  // kAutoSequence: its ms only
};

/// The id a new entry gets behind `last`, or none when it would not be greater.
constexpr std::optional<StreamId> new_stream_id(const StreamIdRequest& request, StreamId last,
                                                uint64_t now_ms) {
  StreamId id = request.id;
  switch (request.kind) {
    case StreamIdRequest::Kind::kAuto:
      if (now_ms <= last.ms) return last.next();
      id = {now_ms, 0};
      break;
    case StreamIdRequest::Kind::kAutoSequence:
      // Never into the next millisecond: the caller has named one.
      if (id.ms == last.ms && last.sequence == UINT64_MAX) return std::nullopt;
      id.sequence = id.ms == last.ms ? last.sequence + 1 : 0;
      break;
    case StreamIdRequest::Kind::kExplicit:
      break;
  }
  if (id <= last) return std::nullopt;
  return id;
}

}  // namespace corral::types
