// Conditions on the value that a key has: IFEQ, IFNE, IFDEQ, IFDNE of SET and DELEX, and DELIFEQ.
// Threading: value types.
// See: README.md of this folder, "Comparisons".
#pragma once

#include <optional>
#include <string>

#include "server/dispatch/command_context.h"

namespace corral::commands {

/// "is equal to", or not: the value itself or its digest.
struct Comparison {
  enum class Kind : uint8_t { kEqual, kNotEqual, kDigestEqual, kDigestNotEqual };

  Kind kind = Kind::kEqual;
  protocol::Bytes operand;

  bool by_digest() const { return kind == Kind::kDigestEqual || kind == Kind::kDigestNotEqual; }
  bool negated() const { return kind == Kind::kNotEqual || kind == Kind::kDigestNotEqual; }
  /// O(1) with lengths that differ, else O(n).
  bool holds(protocol::Bytes value) const;
  /// What is not there is equal to nothing.
  bool holds_without_value() const { return negated(); }
};

/// "ifeq" and the others, in any case.
std::optional<Comparison::Kind> comparison_kind(protocol::Bytes word);

/// What DIGEST answers: 16 hex digits in small letters.
std::string hex_digest(protocol::Bytes value);

/// Whether a digest to compare with is one; if not, answers the error.
bool check_operand(dispatch::CommandContext& ctx, const Comparison& comparison);

}  // namespace corral::commands
