// All users: an immutable table in force, replaced as a whole by every change.
// Threading: a UserTable is immutable; Users by any thread, changes one at a time under a leaf mutex.
// See: README.md of this folder, "Users".
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "server/acl/catalog.h"
#include "server/acl/user.h"

namespace corral::acl {

using UserRef = std::shared_ptr<const User>;
/// In order of name. "default" is always there.
using UserTable = std::map<std::string, UserRef, std::less<>>;
using UserTableRef = std::shared_ptr<const UserTable>;

inline constexpr std::string_view kDefaultUser = "default";

class Users {
 public:
  /// One user, "default", without password and with all rights.
  explicit Users(Catalog catalog);

  const Catalog& catalog() const { return catalog_; }
  /// Another number after every change; a relaxed load tells whether a look at table() is due.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  /// The table in force. Takes the mutex: after a change of version(), and by commands about users.
  UserTableRef table() const;
  /// Null when there is no such user. Takes the mutex.
  UserRef find(std::string_view name) const;

  /// Whether new connections must log in: "default" has passwords or is off.
  bool login_required() const { return login_required_.load(std::memory_order_relaxed); }
  /// Whether anybody at all can come in as "default" (what protected mode is about).
  bool default_needs_no_password() const { return default_open_.load(std::memory_order_relaxed); }

  /// acl-pubsub-default: whether new users and selectors may use all channels.
  void set_all_channels(bool all) { all_channels_.store(all, std::memory_order_relaxed); }
  bool all_channels() const { return all_channels_.load(std::memory_order_relaxed); }

  /// A user without rights that is in no table yet.
  User make(std::string name);
  /// The user that every server begins with.
  User make_default();

  /// Replaces the table: change(copy) alters it and returns whether it is to be put in force. Nothing in it may be null.
  template <typename Change>
  bool change(Change change) {
    const std::lock_guard lock(mutex_);
    auto table = std::make_shared<UserTable>(*table_);
    if (!change(*table)) return false;
    put_in_force(std::move(table));
    return true;
  }
  /// requirepass: the only password of "default", or none.
  void set_default_password(std::string_view password);

 private:
  void put_in_force(UserTableRef table);

  const Catalog catalog_;
  mutable std::mutex mutex_;
  UserTableRef table_;
  std::atomic<uint64_t> version_{0};
  std::atomic<uint64_t> next_number_{1};
  std::atomic<bool> login_required_{false};
  std::atomic<bool> default_open_{true};
  std::atomic<bool> all_channels_{false};
};

}  // namespace corral::acl
