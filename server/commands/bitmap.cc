// Bits of strings: SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/bitmap.h.
#include "server/types/bitmap.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "server/commands/bit_offset.h"
#include "server/commands/string_value.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;
namespace error_text = protocol::error_text;
using store::Entry;

// SETBIT key offset value
Outcome setbit(CommandContext& ctx) {
  uint64_t offset = 0;
  if (!bit_offset(ctx, 2, 0, offset)) return Outcome::kDone;
  const auto value = protocol::parse_int64(ctx.arg(3));
  if (!value || (*value != 0 && *value != 1)) return ctx.fail("ERR bit is not an integer or out of range");
  const KeyRef key = ctx.key(1);
  Entry* entry = ctx.find(key);
  const types::BitField field{offset, 1, false};
  if (entry == nullptr) {
    BlankString bits(offset / 8 + 1);
    types::write_field(bits.data(), field, static_cast<uint64_t>(*value));
    ctx.put_string(key, bits.take(), Expiry::none());
    ctx.notify(config::kStringEvent, "setbit", key);
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
  const size_t before = entry->string().size();
  const uint64_t old = types::read_field(entry->string(), field);
  char* bytes = ctx.writable_string(key, entry, std::max<size_t>(before, offset / 8 + 1));
  // A bit that stays in a string that stays is no change: watchers sleep on, as in Redis.
  if (old != static_cast<uint64_t>(*value) || entry->string().size() != before) {
    types::write_field(bytes, field, static_cast<uint64_t>(*value));
    ctx.modified(key, entry);
    ctx.notify(config::kStringEvent, "setbit", key);
  }
  ctx.reply().integer(static_cast<int64_t>(old));
  return Outcome::kDone;
}

// GETBIT key offset
Outcome getbit(CommandContext& ctx) {
  uint64_t offset = 0;
  if (!bit_offset(ctx, 2, 0, offset)) return Outcome::kDone;
  const Entry* entry = ctx.find(ctx.key(1), true);
  if (entry != nullptr && !entry->is_string()) return ctx.fail(error_text::kWrongType);
  const uint64_t bit = entry == nullptr ? 0 : types::read_field(entry->string(), {offset, 1, false});
  ctx.reply().integer(static_cast<int64_t>(bit));
  return Outcome::kDone;
}

// Whether the range at argument i counts bits; nothing: it is neither BIT nor BYTE.
std::optional<bool> counts_bits(const CommandContext& ctx, size_t i) {
  if (equals_ignore_case(ctx.arg(i), "bit")) return true;
  if (equals_ignore_case(ctx.arg(i), "byte")) return false;
  return std::nullopt;
}

// First and last bit of a range given in bits or bytes, negative ones from the end; nothing when it is empty.
struct BitRange {
  uint64_t first;
  uint64_t last;
};
std::optional<BitRange> bit_range(int64_t start, int64_t end, size_t bytes, bool in_bits) {
  const auto total = static_cast<int64_t>(in_bits ? bytes * 8 : bytes);
  if (start < 0) start = std::max<int64_t>(total + start, 0);
  if (end < 0) end = std::max<int64_t>(total + end, 0);
  end = std::min(end, total - 1);
  if (start > end) return std::nullopt;
  const auto first = static_cast<uint64_t>(start);
  const auto last = static_cast<uint64_t>(end);
  return in_bits ? BitRange{first, last} : BitRange{first * 8, last * 8 + 7};
}

// BITCOUNT key [start end [BYTE | BIT]]
Outcome bitcount(CommandContext& ctx) {
  const Entry* entry = ctx.find(ctx.key(1), true);
  if (entry == nullptr) {
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
  const Bytes text = entry->string();
  if (ctx.argc() == 2) {
    ctx.reply().integer(static_cast<int64_t>(types::count_ones(text)));
    return Outcome::kDone;
  }
  if (ctx.argc() != 4 && ctx.argc() != 5) return ctx.fail(error_text::kSyntax);
  int64_t start = 0;
  int64_t end = 0;
  if (!ctx.integer(2, start) || !ctx.integer(3, end)) return Outcome::kDone;
  if (start < 0 && end < 0 && start > end) {  // before the unit is looked at, as in Redis
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  const auto in_bits = ctx.argc() == 5 ? counts_bits(ctx, 4) : false;
  if (!in_bits) return ctx.fail(error_text::kSyntax);
  const auto range = bit_range(start, end, text.size(), *in_bits);
  ctx.reply().integer(range ? static_cast<int64_t>(types::count_ones(text, range->first, range->last)) : 0);
  return Outcome::kDone;
}

// BITPOS key bit [start [end [BYTE | BIT]]]
Outcome bitpos(CommandContext& ctx) {
  int64_t value = 0;
  if (!ctx.integer(2, value)) return Outcome::kDone;
  if (value != 0 && value != 1) return ctx.fail("ERR The bit argument must be 1 or 0.");
  const Entry* entry = ctx.find(ctx.key(1), true);
  if (entry == nullptr) {
    ctx.reply().integer(value == 1 ? -1 : 0);
    return Outcome::kDone;
  }
  if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
  if (ctx.argc() > 6) return ctx.fail(error_text::kSyntax);
  int64_t start = 0;
  int64_t end = -1;
  if (ctx.argc() > 3 && !ctx.integer(3, start)) return Outcome::kDone;
  const auto in_bits = ctx.argc() == 6 ? counts_bits(ctx, 5) : false;
  if (!in_bits) return ctx.fail(error_text::kSyntax);
  if (ctx.argc() > 4 && !ctx.integer(4, end)) return Outcome::kDone;
  const Bytes text = entry->string();
  const auto range = bit_range(start, end, text.size(), *in_bits);
  int64_t found = range ? types::find_bit(text, value == 1, range->first, range->last) : -1;
  // Without an end the string goes on with zeros for ever.
  if (found < 0 && value == 0 && ctx.argc() < 5 && range) found = static_cast<int64_t>(text.size() * 8);
  ctx.reply().integer(found);
  return Outcome::kDone;
}

std::optional<types::BitOperation> operation_of(Bytes name) {
  using enum types::BitOperation;
  if (equals_ignore_case(name, "and")) return kAnd;
  if (equals_ignore_case(name, "or")) return kOr;
  if (equals_ignore_case(name, "xor")) return kXor;
  if (equals_ignore_case(name, "not")) return kNot;
  return std::nullopt;
}

// BITOP AND | OR | XOR | NOT destination key [key ...]
Outcome bitop(CommandContext& ctx) {
  const auto operation = operation_of(ctx.arg(1));
  if (!operation) return ctx.fail(error_text::kSyntax);
  if (*operation == types::BitOperation::kNot && ctx.argc() != 4) {
    return ctx.fail("ERR BITOP NOT must be called with a single source key.");
  }
  std::vector<std::string_view> sources;
  size_t size = 0;
  for (size_t i = 3; i < ctx.argc(); ++i) {
    // A later key may remove an expired entry of its own, never move the entry of another key: the views stay valid.
    const Entry* entry = ctx.find(ctx.key(i), true);
    if (entry != nullptr && !entry->is_string()) return ctx.fail(error_text::kWrongType);
    sources.push_back(entry == nullptr ? std::string_view() : entry->string());
    size = std::max(size, sources.back().size());
  }
  const KeyRef destination = ctx.key(2);
  if (size > 0) {
    BlankString bits(size);
    types::combine_bits(*operation, sources, bits.data());
    ctx.put_string(destination, bits.take(), Expiry::none());
    ctx.notify(config::kStringEvent, "set", destination);
  } else if (Entry* old = ctx.find(destination)) {
    ctx.erase(destination, old);
    ctx.notify(config::kGenericEvent, "del", destination);
  }
  ctx.reply().integer(static_cast<int64_t>(size));
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "setbit",
     .arity = 4,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kBitmap,
     .run = setbit},
    {.name = "getbit",
     .arity = 3,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kBitmap,
     .run = getbit},
    {.name = "bitcount",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kBitmap,
     .run = bitcount},
    {.name = "bitpos",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kBitmap,
     .run = bitpos},
    {.name = "bitop",
     .arity = -4,
     .keys = keys::range(2, -1, 1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kBitmap,
     .run = bitop},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> bitmap_commands() {
  return kTable;
}

}  // namespace corral::commands
