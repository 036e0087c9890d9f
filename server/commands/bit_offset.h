// Positions of bits from the arguments of SETBIT, GETBIT and BITFIELD.
// Threading: pure functions.
// See: README.md of this folder.
#pragma once

#include "protocol/number.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {

/// The bit offset in argument i; `field_bits` > 0 allows "#n", the n-th field of so many bits. On failure answers the
/// error and returns false.
inline bool bit_offset(dispatch::CommandContext& ctx, size_t i, unsigned field_bits, uint64_t& offset) {
  protocol::Bytes text = ctx.arg(i);
  const bool counts_fields = field_bits > 0 && text.starts_with('#');
  if (counts_fields) text.remove_prefix(1);
  const auto number = protocol::parse_int64(text);
  // Redis' product wraps, and so an offset beyond all limits may come back within them.
  const uint64_t scale = counts_fields ? field_bits : 1;
  const auto bit = static_cast<int64_t>(static_cast<uint64_t>(number.value_or(-1)) * scale);
  const bool good = number && bit >= 0 && bit / 8 < ctx.services().settings.proto_max_bulk_len;
  if (!good) ctx.fail("ERR bit offset is not an integer or out of range");
  offset = static_cast<uint64_t>(bit);
  return good;
}

}  // namespace corral::commands
