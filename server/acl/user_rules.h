// Lists of rules as commands and files give them: selectors that stand in several words are put together first.
// Threading: pure functions.
// See: README.md of this folder, "Rules".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/acl/user_table.h"

namespace corral::acl {

/// `(+get` `~a*)` becomes one word. `open_at`: the word with a parenthesis that is not closed; then the list is empty.
std::vector<std::string> joined_selectors(std::span<const std::string_view> words,
                                          std::optional<size_t>& open_at);

/// Users from the text of an ACL file, "default" added when it is not in it; `path` is for the errors. Errors: Redis' text
/// of all that is wrong.
struct ReadUsers {
  UserTable table;
  std::string errors;
};
ReadUsers users_of_text(std::string_view text, const std::string& path, Users& users);

/// One line per user: "user NAME rules".
std::string text_of_users(const UserTable& table, const Catalog& catalog);

}  // namespace corral::acl
