// Look-up of commands by name, and the number each has for statistics.
// Threading: built once at start, then constant.
// See: README.md of this folder, "A command".
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/dispatch/command_spec.h"

namespace corral::dispatch {

/// A command as the server knows it: the row and what is derived from it.
struct Command {
  /// What every request asks of the row, in one place.
  struct Plain {
    Handler run = nullptr;
    uint32_t least = 1;          // arguments, the name included; a container of sub-commands takes no number of them
    uint32_t most = 0;
    uint32_t first_key = 0;      // argument of the first key; 0: not known from its position alone
    bool one_key = false;        // first_key is the only key: its stripe is all there is to lock
    bool memory_matters = false;  // writes or grows: looks at maxmemory first
    bool has_subcommands = false;
    uint32_t id = 0;             // as below
    const char* shown_name = nullptr;  // in CLIENT LIST; null: not known from the command alone
  };
  Plain plain;
  const CommandSpec* spec = nullptr;
  uint32_t id = 0;               // index into per-worker statistics
  std::string full_name;         // "get", "client|list"
  uint32_t acl = 0;              // with the implied categories
  std::vector<Command> subcommands;
  const Command* parent = nullptr;
};

/// The number of key positions of a request; appends them to `positions`. False when the arguments do not fit.
bool find_keys(const CommandSpec& spec, std::span<const protocol::Bytes> arguments, std::vector<int>& positions);

/// Whether it may touch keys besides, so that every stripe must be held.
inline bool touches_others(const CommandSpec& spec, std::span<const protocol::Bytes> arguments) {
  return spec.keys.touches_others != nullptr && spec.keys.touches_others(arguments);
}

class CommandTable {
 public:
  /// `tables`: the slices, see commands/tables.h. Stops the process on duplicate names.
  explicit CommandTable(std::span<const std::span<const CommandSpec>> tables);
  CommandTable(const CommandTable&) = delete;
  CommandTable& operator=(const CommandTable&) = delete;

  /// By name in any case; null when unknown. A few loads and, for names up to 16 letters, one comparison of numbers.
  const Command* find(protocol::Bytes name) const {
    const FoldedName folded = fold(name);
    const Slot& slot = slots_[slot_of(folded)];
    return __builtin_expect(slot.exact && slot.name == folded, 1) ? slot.command : find_from_there(name, folded);
  }
  static const Command* find_subcommand(const Command& parent, protocol::Bytes name);
  /// Also "container|sub".
  const Command* find_full(protocol::Bytes full_name) const;

  const std::vector<Command>& all() const { return commands_; }
  uint32_t id_count() const { return id_count_; }
  /// Command by id; null when there is none.
  const Command* by_id(uint32_t id) const { return id < by_id_.size() ? by_id_[id] : nullptr; }

 private:
  /// First and last eight bytes with bit 5 set, which folds the case of letters.
  struct FoldedName {
    uint64_t head = 0;
    uint64_t tail = 0;
    size_t size = 0;
    bool operator==(const FoldedName&) const = default;
  };
  struct Slot {
    FoldedName name;
    const Command* command = nullptr;
    bool exact = false;  // up to 16 letters: equal folded names are equal names
  };

  const Command* find_from_there(protocol::Bytes name, const FoldedName& folded) const;
  static FoldedName fold(protocol::Bytes name) {
    constexpr uint64_t kCase = 0x2020202020202020;
    const char* const begin = name.data();
    const size_t size = name.size();
    if (size >= 8) return {load<uint64_t>(begin) | kCase, load<uint64_t>(begin + size - 8) | kCase, size};
    if (size >= 4) return {(load<uint32_t>(begin) | uint64_t{load<uint32_t>(begin + size - 4)} << 32) | kCase, 0, size};
    if (size == 0) return {};
    const auto byte = [begin](size_t i) { return uint64_t{static_cast<unsigned char>(begin[i])}; };
    return {(byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16) | kCase, 0, size};
  }
  template <typename Word>
  static Word load(const char* from) {
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }
  size_t slot_of(const FoldedName& name) const {
    const uint64_t mixed = (name.head ^ name.tail * 0x9e3779b97f4a7c15) + name.size;
    return static_cast<size_t>((mixed * 0xff51afd7ed558ccd) >> 40) & mask_;
  }

  std::vector<Command> commands_;
  std::vector<Slot> slots_;
  std::vector<const Command*> by_id_;
  size_t mask_ = 0;
  uint32_t id_count_ = 0;
};

/// Names for COMMAND INFO, in Redis' order.
std::vector<std::string_view> flag_names(uint32_t flags);

}  // namespace corral::dispatch
