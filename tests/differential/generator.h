// Makes random programs from a seed.
// Threading: one thread at a time.
// See: README.md of this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "server/base/random.h"
#include "tests/differential/command_rows.h"
#include "tests/differential/grammar.h"
#include "tests/differential/program.h"

namespace corral::differential {

inline constexpr int kConnections = 4;

class Generator {
 public:
  /// Rows whose pattern starts with one of `without` (e.g. "OBJECT REFCOUNT") are left out.
  explicit Generator(uint64_t seed, std::span<const std::string> without = {});

  /// A program of at least `commands` commands. Equal seeds and equal sequences of calls make equal programs.
  Program make_program(size_t commands);

 private:
  struct Row {
    const CommandRow* row;
    Pattern pattern;
    uint64_t weight_before;  // sum of the weights of the rows before it
  };

  const Row& pick_row();
  void expand_row(const Row& row, Command& out);
  void damage(Command& command, uint8_t flags);
  /// One command, damaged in `damaged` of 100 cases, and EXISTS behind those that want it.
  void add_command(std::vector<Command>& out, uint64_t damaged, uint8_t needed_flags = 0);
  void put_in_script(Command& command);
  void add_pipeline(Program& program, int connection, size_t most);
  void add_transaction(Program& program, int connection);
  void add_disposable(Program& program);
  void add_await_expiry(Program& program, int connection);

  base::Random random_;
  Arguments arguments_;
  std::vector<Row> rows_;
  uint64_t total_weight_ = 0;
};

}  // namespace corral::differential
