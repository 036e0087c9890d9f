// A record that was given up, what can be asked about such records, and the states of sending them again.
// Threading: values.
// See: README.md of this folder, "Dead letters".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/outbox/record.h"

namespace corral::outbox {

enum class DeadState : uint8_t {
  kDead = 0,
  kSuperseded = 1  ///< was to be sent again when something newer had been; kept for the record
};

/// Its number is `queued.record->seq`.
struct DeadLetter {
  Queued queued;
  DeadReason reason = DeadReason::kPermanent;
  int64_t died_ms = 0;
  DeadState state = DeadState::kDead;
  uint64_t newer_epoch = 0, newer_version = 0;  ///< kSuperseded: by what
  bool damaged = false;                         ///< its bytes are not what was written; it is not sent again
};

struct DeadQuery {
  std::string origin;  ///< empty: any
  std::optional<DeadReason> reason;
  uint64_t cursor = 0;  ///< of the page before
  uint32_t count = 10;  ///< 1 … 1,000 letters wanted; fewer come when 10,000 others were looked at
};

/// Letters by number, without their images.
struct DeadPage {
  std::vector<DeadLetter> letters;
  uint64_t cursor = 0;  ///< 0: that was all
};

struct DeadCount {
  uint64_t dead = 0;
  uint64_t superseded = 0;
};

/// The sending again of all dead letters of one origin that were there when it was asked for.
struct Redrive {
  std::string origin;
  uint64_t rate = 1;  ///< records a second
  uint64_t cursor = 0, until = 0;
  uint64_t moved = 0, superseded = 0;
  bool operator==(const Redrive&) const = default;
};

enum class Redriven : uint8_t { kMoved, kSuperseded, kAbsent, kDamaged, kNoRoom };

}  // namespace corral::outbox
