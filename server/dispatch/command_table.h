// Look-up of commands by name, and the number each has for statistics.
// Threading: built once at start, then constant.
// See: README.md of this folder, "A command".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/command_spec.h"

namespace corral::dispatch {

/// A command as the server knows it: the row and what is derived from it.
struct Command {
  const CommandSpec* spec = nullptr;
  uint32_t id = 0;               // index into per-worker statistics
  std::string full_name;         // "get", "client|list"
  uint32_t acl = 0;              // with the implied categories
  std::vector<Command> subcommands;
  const Command* parent = nullptr;
};

/// The number of key positions of a request; appends them to `positions`. False when the arguments do not fit.
bool find_keys(const CommandSpec& spec, std::span<const protocol::Bytes> arguments, std::vector<int>& positions);

class CommandTable {
 public:
  /// `tables`: the slices, see commands/tables.h. Stops the process on duplicate names.
  explicit CommandTable(std::span<const std::span<const CommandSpec>> tables);
  CommandTable(const CommandTable&) = delete;
  CommandTable& operator=(const CommandTable&) = delete;

  /// By name in any case; null when unknown. One hash, one comparison.
  const Command* find(protocol::Bytes name) const {
    const size_t slot = slot_of(name);
    for (size_t at = slot;; at = (at + 1) & mask_) {
      const Command* command = slots_[at];
      if (command == nullptr) return nullptr;
      if (protocol::equals_ignore_case(name, command->spec->name)) return command;
    }
  }
  const Command* find_subcommand(const Command& parent, protocol::Bytes name) const;
  /// Also "container|sub".
  const Command* find_full(protocol::Bytes full_name) const;

  const std::vector<Command>& all() const { return commands_; }
  uint32_t id_count() const { return id_count_; }
  /// Command by id; null when there is none.
  const Command* by_id(uint32_t id) const { return id < by_id_.size() ? by_id_[id] : nullptr; }

 private:
  size_t slot_of(protocol::Bytes name) const {
    // Length, the first bytes and the last one tell nearly all names apart; case is folded by setting bit 5.
    uint64_t word = name.size() * 0x9e3779b97f4a7c15;
    const size_t n = name.size() < 8 ? name.size() : 8;
    uint64_t head = 0;
    for (size_t i = 0; i < n; ++i) head = head << 8 | static_cast<unsigned char>(name[i] | 0x20);
    if (!name.empty()) word ^= static_cast<uint64_t>(static_cast<unsigned char>(name.back() | 0x20)) << 17;
    word ^= head;
    return static_cast<size_t>((word * 0xff51afd7ed558ccd) >> 40) & mask_;
  }

  std::vector<Command> commands_;
  std::vector<const Command*> slots_;
  std::vector<const Command*> by_id_;
  size_t mask_ = 0;
  uint32_t id_count_ = 0;
};

/// Names for COMMAND INFO, in Redis' order.
std::vector<std::string_view> flag_names(uint32_t flags);
std::vector<std::string_view> category_names(uint32_t categories);
/// The bit of a category by name without '@'; 0 when unknown.
uint32_t category_by_name(protocol::Bytes name);

}  // namespace corral::dispatch
