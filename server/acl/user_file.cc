// Users from and to files.
// Threading: see user_file.h.
// See: user_file.h.
#include "server/acl/user_file.h"

#include <optional>

#include "server/acl/user_rules.h"
#include "server/config/config_file.h"
#include "server/config/replace_file.h"

namespace corral::acl {
base::Status load_users(const std::string& path, Users& users) {
  const auto text = config::read_file(path);
  if (!text) return base::Error{"Error loading ACLs, opening file '" + path + "': " + text.error()};
  ReadUsers read = users_of_text(text.value(), path, users);
  if (!read.errors.empty()) return base::Error{read.errors};
  users.change([&](UserTable& table) {
    // Who came in as "default" stays.
    const uint64_t number = table.find(kDefaultUser)->second->number();
    UserRef& place = read.table.find(kDefaultUser)->second;
    place = std::make_shared<const User>(place->with_number(number));
    table = std::move(read.table);
    return true;
  });
  return base::Ok{};
}

base::Status save_users(const std::string& path, const Users& users) {
  return config::replace_file(path, text_of_users(*users.table(), users.catalog()));
}

base::Status declare_user(std::span<const std::string> words, Users& users) {
  if (words.empty()) return base::Error{"it needs a name, then rules"};
  const std::string& name = words[0];
  const std::vector<std::string_view> rest(words.begin() + 1, words.end());
  std::optional<size_t> open_at;
  const auto rules = joined_selectors(rest, open_at);
  if (open_at)
    return base::Error{"\"" + name + "\": a parenthesis is not closed: " + std::string(rest[*open_at])};
  User user = users.make(name);
  if (name == kDefaultUser) user.apply("reset", users.catalog(), users.all_channels());
  for (const std::string& rule : rules) {
    const Problem problem = user.apply(rule, users.catalog(), users.all_channels());
    if (problem == Problem::kNone) continue;
    return base::Error{"\"" + name + "\": rule '" + rule + "': " + std::string(message_of(problem))};
  }
  users.change([&](UserTable& table) {
    table.insert_or_assign(name, std::make_shared<const User>(user));
    return true;
  });
  return base::Ok{};
}

}  // namespace corral::acl
