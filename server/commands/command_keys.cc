// COMMAND GETKEYS and GETKEYSANDFLAGS: which arguments of a command are keys, and what it does with them.
// Threading: reads constant data only.
// See: command.h.
#include <algorithm>
#include <bit>
#include <climits>

#include "server/commands/command.h"
#include "server/commands/key_uses.h"

namespace corral::commands {
namespace {

using namespace dispatch;

constexpr uint32_t kReadsAndUpdates = KeySpecDoc::kReadsAndWrites | KeySpecDoc::kAccess | KeySpecDoc::kUpdate;

// SET reads the key as well when GET is given.
uint32_t flags_of_set(std::span<const Bytes> arguments) {
  const auto is_get = [](Bytes argument) { return protocol::equals_ignore_case(argument, "get"); };
  const bool reads = arguments.size() > 3 && std::any_of(arguments.begin() + 3, arguments.end(), is_get);
  return reads ? kReadsAndUpdates : KeySpecDoc::kOverwrites | KeySpecDoc::kUpdate;
}

// BITFIELD writes the key unless all it has is GET, and OVERFLOW without use.
uint32_t flags_of_bitfield(std::span<const Bytes> arguments) {
  size_t i = 2;
  while (i < arguments.size()) {
    const size_t behind = arguments.size() - i - 1;
    if (protocol::equals_ignore_case(arguments[i], "get") && behind >= 2) {
      i += 3;
    } else if (protocol::equals_ignore_case(arguments[i], "overflow") && behind >= 1) {
      i += 2;
    } else {
      return kReadsAndUpdates;
    }
  }
  return KeySpecDoc::kReads | KeySpecDoc::kAccess;
}

// What `command` does with the key at `position`: the spec that begins last before it says so.
uint32_t flags_of_key(const Command& command, std::span<const KeySpecDoc> specs, std::span<const Bytes> arguments,
                      int position) {
  const KeySpecDoc* found = nullptr;
  for (const KeySpecDoc& spec : specs) {
    if (spec.begin.position <= position &&
        (found == nullptr || spec.begin.position > found->begin.position)) {
      found = &spec;
    }
  }
  if (found == nullptr) {
    // A command whose keys stand nowhere fixed; it says no more than whether it writes.
    return (command.spec->flags & kWrite) != 0 ? KeySpecDoc::kReadsAndWrites | KeySpecDoc::kUpdate
                                               : KeySpecDoc::kReads | KeySpecDoc::kAccess;
  }
  if ((found->flags & KeySpecDoc::kVariableFlags) == 0) return found->flags;
  return command.spec->name == "bitfield" ? flags_of_bitfield(arguments) : flags_of_set(arguments);
}

// The command that the words from argument 2 on would run; null when there is none.
const Command* named_command(CommandContext& ctx) {
  const CommandTable& table = ctx.services().commands;
  const Command* command = table.find(ctx.arg(2));
  if (command == nullptr || command->subcommands.empty() || ctx.argc() == 3) return command;
  return table.find_subcommand(*command, ctx.arg(3));
}

bool has_keys(const Command& command) {
  const KeyShape shape = command.spec->keys.shape;
  return shape == KeyShape::kRange || shape == KeyShape::kCounted || shape == KeyShape::kCustom;
}

bool arity_fits(const Command& command, size_t argc) {
  const int arity = command.spec->arity;
  const auto count = static_cast<int>(argc);
  return arity > 0 ? count == arity : count >= -arity;
}

// Redis finds no keys at all where one of the specs begins behind the arguments (PFMERGE with a destination only).
bool every_spec_fits(const Command& command, size_t argc) {
  const std::span<const KeySpecDoc> specs = key_specs(command);
  return std::all_of(specs.begin(), specs.end(), [argc](const KeySpecDoc& spec) {
    return spec.begin.keyword != nullptr || spec.find.kind == KeyFind::Kind::kUnknown ||
           spec.begin.position < static_cast<int>(argc);
  });
}

// Where a count of keys is no number to the specs, Redis looks for keys in its older way, which knows nothing of flags.
bool counts_are_numbers(std::span<const KeySpecDoc> specs, std::span<const Bytes> arguments) {
  return std::all_of(specs.begin(), specs.end(), [arguments](const KeySpecDoc& spec) {
    if (spec.find.kind != KeyFind::Kind::kCounted) return true;
    const auto at = static_cast<size_t>(spec.begin.position);
    return at < arguments.size() && protocol::parse_int64(arguments[at]).value_or(-1) >= 0;
  });
}

Outcome answer_keys(CommandContext& ctx, bool with_flags) {
  const Command* command = named_command(ctx);
  if (command == nullptr) return ctx.fail("ERR Invalid command specified");
  if (!has_keys(*command)) return ctx.fail("ERR The command has no key arguments");
  const std::span<const Bytes> arguments = ctx.args().subspan(2);
  if (!arity_fits(*command, arguments.size())) {
    return ctx.fail("ERR Invalid number of arguments specified for command");
  }
  std::vector<int> positions;
  const bool found = every_spec_fits(*command, arguments.size()) &&
                     find_keys(*command->spec, arguments, positions) && !positions.empty();
  if (!found && (command->spec->flags & kNoMandatoryKeys) == 0) {
    return ctx.fail("ERR Invalid arguments specified for command");
  }
  protocol::ReplyWriter& reply = ctx.reply();
  const std::span<const KeySpecDoc> specs = key_specs(*command);
  const bool flags_known = counts_are_numbers(specs, arguments);
  reply.array(static_cast<int64_t>(positions.size()));
  for (const int position : positions) {
    if (with_flags) reply.array(2);
    reply.bulk(arguments[static_cast<size_t>(position)]);
    if (with_flags) write_key_flags(reply, flags_known ? flags_of_key(*command, specs, arguments, position) : 0);
  }
  return Outcome::kDone;
}

}  // namespace

KeyRange key_range(std::span<const KeySpecDoc> specs) {
  KeyRange range{INT_MAX, 0, 0};
  int last_of_previous = 0;
  for (const KeySpecDoc& spec : specs) {
    const bool fixed = spec.begin.keyword == nullptr && spec.find.kind == KeyFind::Kind::kRange;
    if (!fixed) continue;
    const int first = spec.begin.position;
    const int last = spec.find.last >= 0 ? first + spec.find.last : spec.find.last;
    if (specs.size() == 1) return {first, last, spec.find.step};
    if (spec.find.step != 1 || (last_of_previous != 0 && last_of_previous != first - 1)) continue;
    range = {std::min(range.first, first), last >= 0 ? std::max(range.last, last) : last, 1};
    last_of_previous = last;
  }
  return range.first == INT_MAX ? KeyRange{} : range;
}

std::span<const KeySpecDoc> key_specs(const Command& command) {
  const CommandDoc* doc = find_doc(command.full_name);
  return doc == nullptr ? std::span<const KeySpecDoc>() : doc->key_specs;
}

void write_key_flags(protocol::ReplyWriter& reply, uint32_t flags) {
  reply.set(std::popcount(flags));
  for (int bit = 0; bit < KeySpecDoc::kFlagCount; ++bit) {
    if ((flags >> bit & 1) != 0) reply.simple(KeySpecDoc::flag_word(bit));
  }
}

void find_key_uses(const Command& command, std::span<const Bytes> arguments, std::vector<acl::KeyUse>& uses) {
  if (!has_keys(command)) return;
  std::vector<int> positions;
  find_keys(*command.spec, arguments, positions);
  const std::span<const KeySpecDoc> specs = key_specs(command);
  for (const int position : positions) {
    const uint32_t flags = flags_of_key(command, specs, arguments, position);
    uint8_t access = 0;
    if ((flags & KeySpecDoc::kAccess) != 0) access |= acl::kMayRead;
    if ((flags & (KeySpecDoc::kUpdate | KeySpecDoc::kInsert | KeySpecDoc::kDelete)) != 0) access |= acl::kMayWrite;
    uses.push_back({position, access});
  }
}

// COMMAND GETKEYS command [arg ...]
Outcome command_getkeys(CommandContext& ctx) {
  return answer_keys(ctx, false);
}

// COMMAND GETKEYSANDFLAGS command [arg ...]
Outcome command_getkeysandflags(CommandContext& ctx) {
  return answer_keys(ctx, true);
}

}  // namespace corral::commands
