// The table of users and what is read off it without a look inside.
// Threading: see user_table.h.
// See: user_table.h.
#include "server/acl/user_table.h"

namespace corral::acl {

Users::Users(Catalog catalog) : catalog_(std::move(catalog)) {
  auto table = std::make_shared<UserTable>();
  table->emplace(kDefaultUser, std::make_shared<const User>(make_default()));
  put_in_force(std::move(table));
}

UserTableRef Users::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

UserRef Users::find(std::string_view name) const {
  const UserTableRef users = table();
  const auto found = users->find(name);
  return found == users->end() ? nullptr : found->second;
}

User Users::make(std::string name) {
  return User(std::move(name), next_number_.fetch_add(1, std::memory_order_relaxed), catalog_.id_count(),
              all_channels());
}

User Users::make_default() {
  User user = make(std::string(kDefaultUser));
  for (const std::string_view rule : {"+@all", "~*", "&*", "on", "nopass"}) user.apply(rule, catalog_, true);
  return user;
}

void Users::set_default_password(std::string_view password) {
  change([&](UserTable& table) {
    UserRef& place = table.find(kDefaultUser)->second;
    User user = *place;
    user.apply("resetpass", catalog_, true);
    std::string rule = "nopass";
    if (!password.empty()) rule.assign(1, '>').append(password);
    user.apply(rule, catalog_, true);
    place = std::make_shared<const User>(std::move(user));
    return true;
  });
}

void Users::put_in_force(UserTableRef table) {
  const User& user = *table->find(kDefaultUser)->second;
  login_required_.store(!user.no_password() || !user.enabled(), std::memory_order_relaxed);
  default_open_.store(user.no_password(), std::memory_order_relaxed);
  table_ = std::move(table);
  version_.fetch_add(1, std::memory_order_release);
}

}  // namespace corral::acl
