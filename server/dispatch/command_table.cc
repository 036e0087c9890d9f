// Builds the command table, finds keys, names flags and categories.
// Threading: see command_table.h.
// See: command_table.h.
#include "server/dispatch/command_table.h"

#include <algorithm>
#include <cstdlib>

#include "protocol/c_number.h"
#include "server/base/check.h"

namespace corral::dispatch {
namespace {

using protocol::Bytes;

struct NamedBit {
  uint32_t bit;
  std::string_view name;
};

constexpr NamedBit kFlagNames[] = {
    {kWrite, "write"}, {kReadOnly, "readonly"}, {kDenyOom, "denyoom"}, {kModule, "module"}, {kAdmin, "admin"},
    {kPubsub, "pubsub"}, {kNoScript, "noscript"}, {kBlocking, "blocking"}, {kLoading, "loading"}, {kStale, "stale"},
    {kSkipMonitor, "skip_monitor"}, {kSkipSlowlog, "skip_slowlog"}, {kAsking, "asking"}, {kFast, "fast"},
    {kNoAuth, "no_auth"}, {kNoMandatoryKeys, "no_mandatory_keys"},
    {kNoAsyncLoading, "no_async_loading"}, {kNoMulti, "no_multi"}, {kMovableKeys, "movablekeys"},
    {kAllowBusy, "allow_busy"}};

// What Redis adds to a command's categories from its flags.
uint32_t with_implied(uint32_t categories, uint32_t flags) {
  if ((flags & kWrite) != 0) categories |= acl::kWrite;
  if ((flags & kReadOnly) != 0 && (categories & acl::kScripting) == 0) categories |= acl::kRead;
  if ((flags & kAdmin) != 0) categories |= acl::kAdmin | acl::kDangerous;
  if ((flags & kPubsub) != 0) categories |= acl::kPubSub;
  if ((flags & kFast) != 0) categories |= acl::kFast;
  if ((flags & kBlocking) != 0) categories |= acl::kBlocking;
  if ((categories & acl::kFast) == 0) categories |= acl::kSlow;
  return categories;
}

void append_range(int first, int last, int step, int count, std::vector<int>& positions) {
  if (last < 0) last = count + last;
  for (int at = first; at <= last && at < count; at += step) positions.push_back(at);
}

Command::Plain plain_of(const CommandSpec& spec, uint32_t id) {
  Command::Plain plain;
  plain.id = id;
  plain.run = spec.run;
  plain.has_subcommands = !spec.subcommands.empty();
  if (spec.run != nullptr && !plain.has_subcommands) {
    plain.least = static_cast<uint32_t>(std::abs(spec.arity));
    plain.most = spec.arity > 0 ? plain.least : UINT32_MAX;
  }
  if (spec.keys.shape == KeyShape::kRange) {
    plain.first_key = static_cast<uint32_t>(spec.keys.first);
    plain.one_key = spec.keys.first == spec.keys.last;
  }
  plain.memory_matters = (spec.flags & (kDenyOom | kWrite)) != 0;
  return plain;
}

}  // namespace

bool find_keys(const CommandSpec& spec, std::span<const Bytes> arguments, std::vector<int>& positions) {
  const KeySpec& keys = spec.keys;
  const int count = static_cast<int>(arguments.size());
  switch (keys.shape) {
    case KeyShape::kNone:
    case KeyShape::kAll:
    case KeyShape::kWalk:
    case KeyShape::kQueued:
      return true;
    case KeyShape::kRange:
      append_range(keys.first, keys.last, keys.step, count, positions);
      return true;
    case KeyShape::kCounted: {
      if (keys.first >= count) return false;
      // As Redis looks for keys; what is no number is for the handler to refuse.
      const int many = protocol::read_c_int(arguments[static_cast<size_t>(keys.first)]);
      if (many < 1 || many > count - keys.first - 1) return false;
      append_range(keys.first + 1, keys.first + many, 1, count, positions);
      return true;
    }
    case KeyShape::kCustom:
      return keys.find(arguments, positions);
  }
  return false;
}

CommandTable::CommandTable(std::span<const std::span<const CommandSpec>> tables) {
  size_t count = 0;
  for (const auto& table : tables) count += table.size();
  commands_.reserve(count);
  const auto fill = [this](Command& command, const CommandSpec& spec) {
    // Not in valid(): under -fsanitize=undefined g++ 12 takes no function's address as a constant.
    CHECK(spec.run != nullptr || !spec.subcommands.empty());
    command.spec = &spec;
    command.id = id_count_++;
    command.plain = plain_of(spec, command.id);
    command.acl = with_implied(spec.acl, spec.flags);
  };
  for (const auto& table : tables) {
    for (const CommandSpec& spec : table) {
      Command& command = commands_.emplace_back();
      fill(command, spec);
      command.full_name = std::string(spec.name);
      command.subcommands.resize(spec.subcommands.size());
      for (size_t i = 0; i < spec.subcommands.size(); ++i) {
        Command& sub = command.subcommands[i];
        fill(sub, spec.subcommands[i]);
        sub.full_name = command.full_name + "|" + std::string(spec.subcommands[i].name);
      }
    }
  }
  size_t slots = 64;
  while (slots < commands_.size() * 4) slots *= 2;
  slots_.assign(slots, {});
  mask_ = slots - 1;
  by_id_.assign(id_count_, nullptr);
  for (Command& command : commands_) {
    CHECK(find(command.spec->name) == nullptr);
    const FoldedName folded = fold(command.spec->name);
    size_t at = slot_of(folded);
    while (slots_[at].command != nullptr) at = (at + 1) & mask_;
    const bool letters = std::all_of(command.spec->name.begin(), command.spec->name.end(),
                                     [](char c) { return c >= 'a' && c <= 'z'; });
    slots_[at] = {folded, &command, letters && folded.size <= 16};
    by_id_[command.id] = &command;
    if (command.subcommands.empty()) command.plain.shown_name = command.full_name.c_str();
    for (Command& sub : command.subcommands) {
      sub.parent = &command;
      sub.plain.shown_name = sub.full_name.c_str();
      by_id_[sub.id] = &sub;
    }
  }
}

const Command* CommandTable::find_from_there(Bytes name, const FoldedName& folded) const {
  for (size_t at = slot_of(folded);; at = (at + 1) & mask_) {
    const Slot& slot = slots_[at];
    if (slot.command == nullptr) return nullptr;
    if (slot.name == folded && (slot.exact || protocol::equals_ignore_case(name, slot.command->spec->name))) {
      return slot.command;
    }
  }
}

const Command* CommandTable::find_subcommand(const Command& parent, Bytes name) {
  for (const Command& sub : parent.subcommands) {
    if (protocol::equals_ignore_case(name, sub.spec->name)) return &sub;
  }
  return nullptr;
}

const Command* CommandTable::find_full(Bytes full_name) const {
  const size_t bar = full_name.find('|');
  const Command* command = find(full_name.substr(0, bar));
  if (command == nullptr || bar == Bytes::npos) return command;
  return find_subcommand(*command, full_name.substr(bar + 1));
}

std::vector<std::string_view> flag_names(uint32_t flags) {
  std::vector<std::string_view> names;
  for (const NamedBit& flag : kFlagNames) {
    if ((flags & flag.bit) != 0) names.push_back(flag.name);
  }
  return names;
}

}  // namespace corral::dispatch
