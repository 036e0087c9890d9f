// The commands that rules speak of: names, numbers, categories; made from the command table, which this folder cannot see.
// Threading: built once, then constant.
// See: README.md of this folder, "Rules".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace corral::acl {

struct Listed {
  uint32_t id = 0;        // bit of a user's bitmap
  std::string full_name;  // lower case: "get", "client|list"
  uint32_t categories = 0;
  bool is_subcommand = false;
  std::vector<uint32_t> subcommands;  // ids
};

class Catalog {
 public:
  /// A container must be added before its sub-commands.
  void add(Listed command);
  /// By full name in any case; null when unknown. O(log commands).
  const Listed* find(std::string_view full_name) const;
  /// In order of full name.
  const std::map<std::string, Listed, std::less<>>& all() const { return commands_; }
  uint32_t id_count() const { return id_count_; }

 private:
  std::map<std::string, Listed, std::less<>> commands_;
  uint32_t id_count_ = 0;
};

}  // namespace corral::acl
