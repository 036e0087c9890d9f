// Integers of any width within a string: BITFIELD, BITFIELD_RO.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/bitmap.h.
#include <algorithm>
#include <optional>
#include <vector>

#include "server/commands/bit_offset.h"
#include "server/commands/string_value.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"
#include "server/types/bitmap.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;
namespace error_text = protocol::error_text;
using store::Entry;
using types::BitField;
using types::Overflow;

enum class Action : uint8_t { kGet, kSet, kAdd };

struct Operation {
  Action action;
  Overflow overflow;
  BitField field;
  int64_t operand;
};

struct Program {
  std::vector<Operation> operations;
  uint64_t bytes_to_write = 0;  // how long the string must be; 0: nothing is written
};

// "u1" to "u63", "i1" to "i64".
bool parse_type(CommandContext& ctx, size_t i, BitField& field) {
  const Bytes text = protocol::c_text(ctx.arg(i));
  const bool is_signed = text.starts_with('i');
  const auto bits = is_signed || text.starts_with('u') ? protocol::parse_int64(text.substr(1)) : std::nullopt;
  if (!bits || *bits < 1 || *bits > (is_signed ? 64 : 63)) {
    ctx.fail(
        "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.");
    return false;
  }
  field.bits = static_cast<uint8_t>(*bits);
  field.is_signed = is_signed;
  return true;
}

std::optional<Overflow> overflow_of(Bytes word) {
  if (equals_ignore_case(word, "wrap")) return Overflow::kWrap;
  if (equals_ignore_case(word, "sat")) return Overflow::kSaturate;
  if (equals_ignore_case(word, "fail")) return Overflow::kFail;
  return std::nullopt;
}

std::optional<Action> action_of(Bytes word, size_t behind) {
  if (equals_ignore_case(word, "get") && behind >= 2) return Action::kGet;
  if (equals_ignore_case(word, "set") && behind >= 3) return Action::kSet;
  if (equals_ignore_case(word, "incrby") && behind >= 3) return Action::kAdd;
  return std::nullopt;
}

// Everything behind the key; on failure answers the error.
bool parse_program(CommandContext& ctx, Program& program) {
  Overflow overflow = Overflow::kWrap;
  size_t i = 2;
  while (i < ctx.argc()) {
    const size_t behind = ctx.argc() - i - 1;
    if (equals_ignore_case(ctx.arg(i), "overflow") && behind >= 1) {
      const auto chosen = overflow_of(ctx.arg(i + 1));
      if (!chosen) {
        ctx.fail("ERR Invalid OVERFLOW type specified");
        return false;
      }
      overflow = *chosen;
      i += 2;
      continue;
    }
    const auto action = action_of(ctx.arg(i), behind);
    if (!action) {
      ctx.fail(error_text::kSyntax);
      return false;
    }
    Operation operation{*action, overflow, {}, 0};
    if (!parse_type(ctx, i + 1, operation.field)) return false;
    if (!bit_offset(ctx, i + 2, operation.field.bits, operation.field.offset)) return false;
    if (*action != Action::kGet) {
      if (!ctx.integer(i + 3, operation.operand)) return false;
      const uint64_t last = operation.field.offset + operation.field.bits - 1;
      program.bytes_to_write = std::max(program.bytes_to_write, last / 8 + 1);
    }
    program.operations.push_back(operation);
    i += *action == Action::kGet ? 3 : 4;
  }
  return true;
}

// Runs a writing operation and answers it: the old value for SET, the new one for INCRBY, nil when it must fail.
// Returns whether it changed the bytes; on those that are new any success counts as a change, as in Redis.
bool write(CommandContext& ctx, char* bytes, size_t size, bool is_new, const Operation& operation) {
  const uint64_t old = types::read_field({bytes, size}, operation.field);
  const bool adds = operation.action == Action::kAdd;
  uint64_t value = 0;
  const bool fits = types::add_to_field(operation.field, operation.overflow,
                                        adds ? old : static_cast<uint64_t>(operation.operand),
                                        adds ? operation.operand : 0, value);
  if (!fits && operation.overflow == Overflow::kFail) {
    ctx.reply().null();
    return false;
  }
  ctx.reply().integer(static_cast<int64_t>(adds ? value : old));
  types::write_field(bytes, operation.field, value);
  return is_new || value != old;
}

// Answers all operations on the bytes, which are long enough for those that write. Returns whether any changed them.
bool run(CommandContext& ctx, const Program& program, char* bytes, size_t size, bool is_new) {
  ctx.reply().array(static_cast<int64_t>(program.operations.size()));
  bool changed = false;
  for (const Operation& operation : program.operations) {
    if (operation.action == Action::kGet) {
      ctx.reply().integer(static_cast<int64_t>(types::read_field({bytes, size}, operation.field)));
    } else {
      changed |= write(ctx, bytes, size, is_new, operation);
    }
  }
  return changed;
}

// An answer from a string that is only read; `entry` may be null.
Outcome run_reads(CommandContext& ctx, const Program& program, const Entry* entry) {
  if (entry != nullptr && !entry->is_string()) return ctx.fail(error_text::kWrongType);
  const std::string_view text = entry == nullptr ? std::string_view() : entry->string();
  ctx.reply().array(static_cast<int64_t>(program.operations.size()));
  for (const Operation& operation : program.operations) {
    ctx.reply().integer(static_cast<int64_t>(types::read_field(text, operation.field)));
  }
  return Outcome::kDone;
}

// BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL] (SET type offset value | INCRBY type offset increment)] ...
Outcome bitfield(CommandContext& ctx) {
  Program program;
  if (!parse_program(ctx, program)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  if (program.bytes_to_write == 0) return run_reads(ctx, program, ctx.find(key, true));
  Entry* entry = ctx.find(key);
  if (entry == nullptr) {
    BlankString bits(program.bytes_to_write);
    if (!run(ctx, program, bits.data(), program.bytes_to_write, true)) {
      ctx.put_string_unseen(key, bits.take());
      return Outcome::kDone;
    }
    ctx.put_string(key, bits.take(), Expiry::none());
    ctx.notify(config::kStringEvent, "setbit", key);
    return Outcome::kDone;
  }
  if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
  const size_t before = entry->string().size();
  const size_t size = std::max<size_t>(before, program.bytes_to_write);
  char* bytes = ctx.writable_string(key, entry, size);
  if (run(ctx, program, bytes, size, size != before)) {
    ctx.modified(key, entry);
    ctx.notify(config::kStringEvent, "setbit", key);
  }
  return Outcome::kDone;
}

// BITFIELD_RO key [GET type offset ...]
Outcome bitfield_ro(CommandContext& ctx) {
  Program program;
  if (!parse_program(ctx, program)) return Outcome::kDone;
  if (program.bytes_to_write != 0) return ctx.fail("ERR BITFIELD_RO only supports the GET subcommand");
  return run_reads(ctx, program, ctx.find(ctx.key(1), true));
}

constexpr CommandSpec kTable[] = {
    {.name = "bitfield",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kBitmap,
     .run = bitfield},
    {.name = "bitfield_ro",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kReadOnly | kFast,
     .acl = acl::kBitmap,
     .run = bitfield_ro},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> bitfield_commands() {
  return kTable;
}

}  // namespace corral::commands
