// Reads and writes users as text.
// Threading: see user_rules.h.
// See: user_rules.h.
#include "server/acl/user_rules.h"

namespace corral::acl {
namespace {

std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// At every single space, so that two of them hold an empty word, as Redis has it.
std::vector<std::string_view> split_at_spaces(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = 0;;) {
    const size_t end = line.find(' ', at);
    words.push_back(line.substr(at, end - at));
    if (end == std::string_view::npos) return words;
    at = end + 1;
  }
}

// One user; a problem with the name of a command does not end it, of others the first is told.
void read_line(std::string_view line, const std::string& place, Users& users, ReadUsers& read) {
  const std::vector<std::string_view> words = split_at_spaces(line);
  if (words[0] != "user" || words.size() < 2) {
    read.errors += place + " should start with user keyword followed by the username. ";
    return;
  }
  if (read.table.contains(words[1])) {
    read.errors += "WARNING: Duplicate user '" + std::string(words[1]) + "' found on line " +
                   place.substr(place.rfind(':') + 1) + ". ";
    return;
  }
  std::optional<size_t> open_at;
  const auto rules = joined_selectors(std::span(words).subspan(2), open_at);
  if (open_at) {
    read.errors += place + ": Unmatched parenthesis in selector definition.";
    return;
  }
  User user = users.make(std::string(words[1]));
  bool told = false;
  for (const std::string& rule : rules) {
    const std::string_view word = trimmed(rule, "\t\r\n");
    const Problem problem = user.apply(word, users.catalog(), users.all_channels());
    if (problem == Problem::kUnknownCommand) {
      read.errors += place + ": Error in applying operation '" + std::string(word) + "': ";
      read.errors.append(message_of(problem)).append(". ");
    } else if (problem != Problem::kNone && !told) {
      read.errors.append(place).append(": ").append(message_of(problem)).append(". ");
      told = true;
    }
  }
  read.table.emplace(user.name(), std::make_shared<const User>(user));
}

}  // namespace

std::vector<std::string> joined_selectors(std::span<const std::string_view> words,
                                          std::optional<size_t>& open_at) {
  std::vector<std::string> joined;
  open_at.reset();
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (open_at) {
      joined.back().append(" ").append(word);
    } else {
      joined.emplace_back(word);
      if (word.starts_with('(')) open_at = i;
    }
    if (open_at && word.ends_with(')')) open_at.reset();
  }
  if (open_at) joined.clear();
  return joined;
}

ReadUsers users_of_text(std::string_view text, const std::string& path, Users& users) {
  ReadUsers read;
  int number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trimmed(text.substr(at, end - at), " \t\r\n");
    at = end + 1;
    ++number;
    if (!line.empty()) read_line(line, path + ":" + std::to_string(number), users, read);
  }
  if (!read.table.contains(kDefaultUser)) {
    read.table.emplace(kDefaultUser, std::make_shared<const User>(users.make_default()));
  }
  if (!read.errors.empty()) {
    read.errors += "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";
  }
  return read;
}

std::string text_of_users(const UserTable& table, const Catalog& catalog) {
  std::string text;
  for (const auto& [name, user] : table)
    text.append("user ").append(name).append(" ").append(user->rules(catalog)).append("\n");
  return text;
}

}  // namespace corral::acl
