// Rules of a selector and the check of a request against them.
// Threading: see selector.h.
// See: selector.h.
#include "server/acl/selector.h"

#include <algorithm>

#include "protocol/number.h"
#include "server/acl/category.h"
#include "server/base/glob.h"

namespace corral::acl {
namespace {

using protocol::Bytes;
using protocol::equals_ignore_case;

bool has_space(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; });
}

}  // namespace

std::string_view message_of(Problem problem) {
  switch (problem) {
    case Problem::kUnknownCommand:
      return "Unknown command or category name in ACL";
    case Problem::kAllKeysAlready:
      return "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have "
             "any effect. "
             "Try 'resetkeys' to start with an empty list of patterns";
    case Problem::kAllChannelsAlready:
      return "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not "
             "have any "
             "effect. Try 'resetchannels' to start with an empty list of channels";
    case Problem::kNoSuchPassword:
      return "The password you are trying to remove from the user does not exist";
    case Problem::kBadHash:
      return "The password hash must be exactly 64 characters and contain only lowercase hexadecimal "
             "characters";
    case Problem::kDuplicateUser:
      return "Duplicate user found. A user can only be defined once in config files";
    case Problem::kArgumentOfSubcommand:
      return "Allowing first-arg of a subcommand is not supported";
    case Problem::kNone:
    case Problem::kSyntax:
      break;
  }
  return "Syntax error";
}

Problem Selector::apply(std::string_view rule, const Catalog& catalog) {
  const auto is = [rule](std::string_view word) { return equals_ignore_case(rule, word); };
  if (is("allkeys") || is("~*") || is("resetkeys")) {
    all_keys_ = !is("resetkeys");
    keys_.clear();
  } else if (is("allchannels") || is("&*") || is("resetchannels")) {
    all_channels_ = !is("resetchannels");
    channels_.clear();
  } else if (is("allcommands") || is("+@all")) {
    set_all(true);
  } else if (is("nocommands") || is("-@all")) {
    set_all(false);
  } else if (rule.starts_with('~') || rule.starts_with('%')) {
    return add_key_pattern(rule);
  } else if (rule.starts_with('&')) {
    return add_channel(rule.substr(1));
  } else if (rule.starts_with("+@") || rule.starts_with("-@")) {
    return allow_category(rule.substr(2), rule[0] == '+', catalog);
  } else if (rule.starts_with('+')) {
    return allow(rule.substr(1), catalog);
  } else if (rule.starts_with('-')) {
    const Listed* command = catalog.find(rule.substr(1));
    if (command == nullptr) return Problem::kUnknownCommand;
    set_with_subcommands(*command, false);
  } else {
    return Problem::kSyntax;
  }
  return Problem::kNone;
}

Problem Selector::add_key_pattern(std::string_view rule) {
  if (all_keys_) return Problem::kAllKeysAlready;
  uint8_t access = 0;
  size_t at = 1;
  if (rule[0] == '~') {
    access = kMayBoth;
  } else {
    for (; at < rule.size() && rule[at] != '~'; ++at) {
      const char c = protocol::to_upper(rule[at]);
      const uint8_t one = c == 'R' ? kMayRead : c == 'W' ? kMayWrite : 0;
      if (one == 0 || (access & one) != 0) return Problem::kSyntax;
      access |= one;
    }
    if (access == 0) return Problem::kSyntax;
    at = std::min(at + 1, rule.size());
  }
  const std::string_view pattern = rule.substr(at);
  if (has_space(pattern)) return Problem::kSyntax;
  const auto same =
      std::find_if(keys_.begin(), keys_.end(), [&](const auto& key) { return key.pattern == pattern; });
  if (same != keys_.end()) {
    same->access |= access;
  } else {
    keys_.push_back({std::string(pattern), access});
  }
  return Problem::kNone;
}

Problem Selector::add_channel(std::string_view pattern) {
  if (all_channels_) return Problem::kAllChannelsAlready;
  if (has_space(pattern)) return Problem::kSyntax;
  if (std::find(channels_.begin(), channels_.end(), pattern) == channels_.end())
    channels_.emplace_back(pattern);
  return Problem::kNone;
}

Problem Selector::allow(std::string_view name, const Catalog& catalog) {
  const size_t bar = name.rfind('|');
  if (bar == std::string_view::npos) {
    const Listed* command = catalog.find(name);
    if (command == nullptr) return Problem::kUnknownCommand;
    set_with_subcommands(*command, true);
    return Problem::kNone;
  }
  const Listed* command = catalog.find(name.substr(0, bar));
  if (command == nullptr) return Problem::kUnknownCommand;
  if (command->is_subcommand) return Problem::kArgumentOfSubcommand;
  const std::string_view argument = name.substr(bar + 1);
  if (argument.empty()) return Problem::kSyntax;
  if (!command->subcommands.empty()) {
    const Listed* sub = catalog.find(name);
    if (sub == nullptr) return Problem::kUnknownCommand;
    set_with_subcommands(*sub, true);
    return Problem::kNone;
  }
  std::vector<std::string>& arguments = first_arguments_[command->id];
  const auto same = [argument](const std::string& other) { return equals_ignore_case(other, argument); };
  if (std::none_of(arguments.begin(), arguments.end(), same)) arguments.emplace_back(argument);
  return Problem::kNone;
}

Problem Selector::allow_category(std::string_view name, bool allowed, const Catalog& catalog) {
  const uint32_t category = category_by_name(name);
  if (category == 0) return Problem::kUnknownCommand;
  set_category(category, allowed, catalog);
  return Problem::kNone;
}

void Selector::set_all(bool allowed) {
  all_commands_ = future_commands_ = allowed;
  std::fill(commands_.begin(), commands_.end(), allowed ? ~uint64_t{0} : 0);
  first_arguments_.clear();
}

void Selector::set_one(uint32_t id, bool allowed) {
  const uint64_t bit = uint64_t{1} << (id % 64);
  if (allowed) {
    commands_[id / 64] |= bit;
  } else {
    commands_[id / 64] &= ~bit;
    all_commands_ = false;
  }
}

void Selector::set_with_subcommands(const Listed& command, bool allowed) {
  set_one(command.id, allowed);
  first_arguments_.erase(command.id);
  for (const uint32_t id : command.subcommands) set_one(id, allowed);
}

void Selector::set_category(uint32_t category, bool allowed, const Catalog& catalog) {
  // In order of name a container comes before its sub-commands, which may be of another mind.
  for (const auto& [name, command] : catalog.all()) {
    if ((command.categories & category) != 0) set_with_subcommands(command, allowed);
  }
}

bool Selector::allows_command(const Asked& asked) const {
  if (all_commands_ || asked.always || has(asked.id)) return true;
  const auto found = first_arguments_.find(asked.id);
  if (found == first_arguments_.end() || asked.arguments.size() <= asked.first_argument) return false;
  const Bytes argument = asked.arguments[asked.first_argument];
  return std::any_of(found->second.begin(), found->second.end(), [argument](const std::string& allowed) {
    return equals_ignore_case(argument, allowed);
  });
}

bool Selector::allows_channel(Bytes channel, bool is_pattern) const {
  if (all_channels_) return true;
  return std::any_of(channels_.begin(), channels_.end(), [&](const std::string& allowed) {
    return is_pattern ? allowed == channel : base::glob_matches(allowed, channel);
  });
}

bool Selector::allows_every_key(uint8_t access) const {
  return all_keys_ || std::any_of(keys_.begin(), keys_.end(), [access](const KeyPattern& key) {
           return key.pattern == "*" && (key.access & access) == access;
         });
}

Denial Selector::check(const Asked& asked, int& position) const {
  if (!allows_command(asked)) return Denial::kCommand;
  if (!all_keys_) {
    for (const KeyUse& use : asked.keys) {
      const Bytes key = asked.arguments[static_cast<size_t>(use.position)];
      const bool allowed = std::any_of(keys_.begin(), keys_.end(), [&](const KeyPattern& pattern) {
        return (pattern.access & use.access) == use.access && base::glob_matches(pattern.pattern, key);
      });
      position = use.position;
      if (!allowed) return Denial::kKey;
    }
  }
  for (const ChannelUse& use : asked.channels) {
    position = use.position;
    if (!allows_channel(asked.arguments[static_cast<size_t>(use.position)], use.is_pattern))
      return Denial::kChannel;
  }
  return Denial::kNone;
}

}  // namespace corral::acl
