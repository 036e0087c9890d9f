// One set of rights: commands, keys, channels. A user has one of its own and those in parentheses.
// Threading: a value; immutable once its user is in the table.
// See: README.md of this folder, "Rules".
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/bytes.h"
#include "server/acl/catalog.h"

namespace corral::acl {

/// Why a rule was not taken; message_of() has Redis' words.
enum class Problem : uint8_t {
  kNone,
  kSyntax,
  kUnknownCommand,
  kAllKeysAlready,
  kAllChannelsAlready,
  kNoSuchPassword,
  kBadHash,
  kDuplicateUser,
  kArgumentOfSubcommand,
};
std::string_view message_of(Problem problem);

/// What is done with a key, or what a pattern allows.
enum Access : uint8_t { kMayRead = 1, kMayWrite = 2, kMayBoth = 3 };

/// Why a command was refused. The order is that of Redis, which of several reasons tells the greatest.
enum class Denial : uint8_t { kNone, kCommand, kKey, kChannel };

/// A key among the arguments of a request.
struct KeyUse {
  int position;
  uint8_t access;  // Access
};

/// A channel among the arguments of a request.
struct ChannelUse {
  int position;
  bool is_pattern;  // PSUBSCRIBE: must be allowed as it stands, not by what it matches
};

/// A request as the check sees it.
struct Asked {
  uint32_t id = 0;
  bool always = false;  // AUTH, HELLO, QUIT, RESET: no user can be without
  std::span<const protocol::Bytes> arguments;
  size_t first_argument = 1;  // that `+command|argument` looks at
  std::span<const KeyUse> keys;
  std::span<const ChannelUse> channels;
};

class Selector {
 public:
  Selector(uint32_t id_count, bool all_channels)
      : all_channels_(all_channels), commands_((id_count + 63) / 64) {}

  /// Takes one rule: ~ % & + - and the words for all and none. A rule that is not taken changes nothing.
  Problem apply(std::string_view rule, const Catalog& catalog);

  /// O(keys × patterns × their lengths). `position`: of the argument that was refused.
  Denial check(const Asked& asked, int& position) const;
  bool allows_channel(protocol::Bytes channel, bool is_pattern) const;
  /// Whether every key may be used in this way.
  bool allows_every_key(uint8_t access) const;
  bool allows_command(const Asked& asked) const;
  bool has(uint32_t id) const { return (commands_[id / 64] >> (id % 64) & 1) != 0; }

  bool all_keys() const { return all_keys_; }
  bool all_channels() const { return all_channels_; }
  bool all_commands() const { return all_commands_; }

  /// "+@all -debug": rules that give the same commands. Categories where they fit best, as Redis 7.0 finds them.
  std::string command_rules(const Catalog& catalog) const;
  std::string key_rules() const;      ///< "~a* %R~b*"
  std::string channel_rules() const;  ///< "&a* &b"
  /// All of it as LIST, files and configuration have it.
  std::string rules(const Catalog& catalog) const;

 private:
  struct KeyPattern {
    std::string pattern;
    uint8_t access;
  };
  struct Count {
    unsigned long on = 0;
    unsigned long off = 0;
  };

  Problem add_key_pattern(std::string_view rule);
  Problem add_channel(std::string_view pattern);
  Problem allow(std::string_view name, const Catalog& catalog);
  Problem allow_category(std::string_view name, bool allowed, const Catalog& catalog);
  void set_all(bool allowed);
  void set_one(uint32_t id, bool allowed);
  void set_with_subcommands(const Listed& command, bool allowed);
  void set_category(uint32_t category, bool allowed, const Catalog& catalog);
  Count count_in(uint32_t category, const Catalog& catalog) const;
  uint32_t best_category(uint32_t tried, bool additive, const Catalog& catalog) const;

  bool all_keys_ = false;
  bool all_channels_ = false;
  bool all_commands_ = false;
  bool future_commands_ = false;  // +@all came first: also what a later version brings
  std::vector<uint64_t> commands_;
  std::map<uint32_t, std::vector<std::string>> first_arguments_;  // +select|0
  std::vector<KeyPattern> keys_;
  std::vector<std::string> channels_;
};

}  // namespace corral::acl
