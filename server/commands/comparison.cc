// Comparing values and their digests.
// Threading: pure functions.
// See: comparison.h.
#include "server/commands/comparison.h"

#include <algorithm>

#include "server/base/digest.h"

namespace corral::commands {
namespace {

constexpr size_t kDigits = 16;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (protocol::to_upper(c) >= 'A' && protocol::to_upper(c) <= 'F');
}

}  // namespace

bool Comparison::holds(protocol::Bytes value) const {
  const bool equal =
      by_digest() ? protocol::equals_ignore_case(operand, hex_digest(value)) : operand == value;
  return equal != negated();
}

std::optional<Comparison::Kind> comparison_kind(protocol::Bytes word) {
  using enum Comparison::Kind;
  if (protocol::equals_ignore_case(word, "ifeq")) return kEqual;
  if (protocol::equals_ignore_case(word, "ifne")) return kNotEqual;
  if (protocol::equals_ignore_case(word, "ifdeq")) return kDigestEqual;
  if (protocol::equals_ignore_case(word, "ifdne")) return kDigestNotEqual;
  return std::nullopt;
}

std::string hex_digest(protocol::Bytes value) {
  static constexpr char kHex[] = "0123456789abcdef";
  uint64_t digest = base::digest_bytes(value);
  std::string out(kDigits, '0');
  for (size_t i = kDigits; i-- > 0; digest >>= 4) out[i] = kHex[digest & 15];
  return out;
}

bool check_operand(dispatch::CommandContext& ctx, const Comparison& comparison) {
  if (!comparison.by_digest()) return true;
  const protocol::Bytes digest = comparison.operand;
  if (digest.size() == kDigits && std::all_of(digest.begin(), digest.end(), is_hex)) return true;
  ctx.fail("ERR must be exactly 16 hexadecimal characters");
  return false;
}

}  // namespace corral::commands
