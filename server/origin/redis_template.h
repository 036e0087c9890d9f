// Commands of a Redis origin, filled from a request: "HGETALL user:{1}".
// Threading: pure functions.
// See: README.md of this folder, "Redis".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.h"
#include "server/origin/attempt.h"

namespace corral::origin {

/// The words of one command, as they are.
using RedisWords = std::vector<std::string>;

/// One command with {0} the key, {1}…{9} the captures; in stores {value}, {fields} (a word of its own: field value field
/// value …), {version}, {epoch}, {expires} (ms since 1970, 0: never); in removes {version} and {epoch}.
class RedisTemplate {
 public:
  /// Errors say what is wrong and what would be right. Commands that answer nothing, several times or later (SUBSCRIBE, MULTI,
  /// BLPOP …) are refused.
  static base::Result<RedisTemplate> parse(Operation operation, std::string_view text);

  base::Result<RedisWords> fill(const Request& request) const;
  /// The command's name in upper case.
  const std::string& command() const { return command_; }
  size_t size() const { return words_.size(); }
  /// Whether the words are "{value}" and the like, exactly.
  bool word_is(size_t index, std::string_view text) const {
    return index < words_.size() && words_[index] == text;
  }

 private:
  std::string command_;
  std::vector<std::string> words_;
};

/// What a call sends: commands of a plain RESP array each.
void append_command(std::string& out, const RedisWords& words);

/// CRC16 of the key, or of what is between its first braces, modulo 16384: which node of a cluster has it. O(n).
uint16_t cluster_slot(std::string_view key);

}  // namespace corral::origin
