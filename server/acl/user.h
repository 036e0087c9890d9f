// A user: passwords, whether it may log in, its selectors.
// Threading: immutable once in the table; a change makes a copy.
// See: README.md of this folder, "Users".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/acl/selector.h"

namespace corral::acl {

class User {
 public:
  /// Off, without rights. `number` is never given twice: a user of the same name made later is another one.
  User(std::string name, uint64_t number, uint32_t id_count, bool all_channels);

  /// Takes one rule of ACL SETUSER; one that is not taken changes nothing. `all_channels`: acl-pubsub-default.
  Problem apply(std::string_view rule, const Catalog& catalog, bool all_channels);

  /// The same user under another number.
  User with_number(uint64_t number) const {
    User other = *this;
    other.number_ = number;
    return other;
  }

  const std::string& name() const { return name_; }
  uint64_t number() const { return number_; }
  bool enabled() const { return enabled_; }
  bool no_password() const { return no_password_; }
  const std::vector<std::string>& passwords() const { return passwords_; }  ///< hashes
  const Selector& root() const { return selectors_.front(); }
  /// root() and those in parentheses.
  const std::vector<Selector>& selectors() const { return selectors_; }
  /// "on", "nopass" …
  std::vector<std::string_view> flags() const;

  /// May do everything: nothing need be checked.
  bool unrestricted() const { return unrestricted_; }
  /// Every selector gives all keys (channels): what the request names need not be looked up.
  bool all_keys() const { return all_keys_; }
  bool all_channels() const { return all_channels_; }

  /// Whether it may log in with this password.
  bool accepts(std::string_view password) const;
  /// The first selector that allows the request decides; else the gravest reason of all, and of these the last argument.
  Denial check(const Asked& asked, int& position) const;
  bool allows_channel(protocol::Bytes channel, bool is_pattern) const;
  /// Whether one selector allows both the command and this use of every key there is (SORT BY and GET).
  bool allows_every_key(const Asked& asked, uint8_t access) const;

  /// "on #… ~* &* +@all (~x +get)": what stands behind `user NAME` in a file.
  std::string rules(const Catalog& catalog) const;

 private:
  enum class Sanitize : uint8_t { kUnsaid, kSkip, kYes };

  Problem change(std::string_view rule, const Catalog& catalog, bool all_channels);
  Problem change_password(std::string_view rule);
  Problem add_selector(std::string_view rules, const Catalog& catalog, bool all_channels);
  void reset(bool all_channels);
  void note_rights();

  std::string name_;
  uint64_t number_;
  bool enabled_ = false;
  bool no_password_ = false;
  Sanitize sanitize_ = Sanitize::kUnsaid;
  bool unrestricted_ = false;
  bool all_keys_ = false;
  bool all_channels_ = false;
  std::vector<std::string> passwords_;
  std::vector<Selector> selectors_;
};

}  // namespace corral::acl
