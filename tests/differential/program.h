// A program: what is sent, over which connections and in which order, to two servers at once.
// Threading: plain data.
// See: README.md of this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace corral::differential {

using Command = std::vector<std::string>;

/// What is sent in one write, and how its replies are taken.
struct Step {
  enum class Kind : uint8_t {
    kPipeline,     // `commands` on the lasting connection `connection`: one reply each
    kDisposable,   // `raw`, then `commands`, then QUIT on a connection of its own, read to its end
    kAwaitExpiry,  // `commands` give keys short lives; then wait until `keys` are gone. Not done inside MULTI
  };
  Kind kind = Kind::kPipeline;
  int connection = 0;
  std::vector<Command> commands;
  std::vector<std::string> keys;
  std::string raw;
  bool is_whole = false;  // the commands only make sense together: shrinking keeps or drops all of them
};

struct Program {
  /// The protocol version each lasting connection starts with.
  std::vector<int> protocols;
  std::vector<Step> steps;

  size_t command_count() const;
};

/// Bytes as a C string literal; long ones are cut, with their length.
std::string quoted(const std::string& bytes, size_t longest = 200);
/// The words of a command, those that need it quoted.
std::string describe(const Command& command);
/// One line per command: `c0 (RESP2)> SET k v`; pipelined ones are joined by `+`.
std::string describe(const Program& program);

/// The name in upper case, with its sub-command if `name_words` is 2.
std::string verb_of(const Command& command, size_t name_words = 1);

}  // namespace corral::differential
