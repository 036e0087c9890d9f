// Rules of a user, log-in, the check over its selectors.
// Threading: see user.h.
// See: user.h.
#include "server/acl/user.h"

#include <algorithm>

#include "protocol/number.h"
#include "server/acl/password.h"
#include "server/config/words.h"

namespace corral::acl {

using protocol::equals_ignore_case;

User::User(std::string name, uint64_t number, uint32_t id_count, bool all_channels)
    : name_(std::move(name)), number_(number) {
  selectors_.emplace_back(id_count, all_channels);
}

Problem User::apply(std::string_view rule, const Catalog& catalog, bool all_channels) {
  const Problem problem = change(rule, catalog, all_channels);
  note_rights();
  return problem;
}

void User::note_rights() {
  const auto every = [this](auto rights) {
    return std::all_of(selectors_.begin(), selectors_.end(), rights);
  };
  all_keys_ = every([](const Selector& selector) { return selector.all_keys(); });
  all_channels_ = every([](const Selector& selector) { return selector.all_channels(); });
  unrestricted_ = std::any_of(selectors_.begin(), selectors_.end(), [](const Selector& selector) {
    return selector.all_commands() && selector.all_keys() && selector.all_channels();
  });
}

Problem User::change(std::string_view rule, const Catalog& catalog, bool all_channels) {
  const auto is = [rule](std::string_view word) { return equals_ignore_case(rule, word); };
  if (rule.empty()) return Problem::kNone;
  if (is("on") || is("off")) {
    enabled_ = is("on");
  } else if (is("nopass") || is("resetpass")) {
    no_password_ = is("nopass");
    passwords_.clear();
  } else if (is("skip-sanitize-payload") || is("sanitize-payload")) {
    sanitize_ = is("sanitize-payload") ? Sanitize::kYes : Sanitize::kSkip;
  } else if (rule[0] == '>' || rule[0] == '#' || rule[0] == '<' || rule[0] == '!') {
    return change_password(rule);
  } else if (rule[0] == '(' && rule.back() == ')') {
    return add_selector(rule.substr(1, rule.size() - 2), catalog, all_channels);
  } else if (is("clearselectors")) {
    selectors_.erase(selectors_.begin() + 1, selectors_.end());
  } else if (is("reset")) {
    reset(all_channels);
  } else {
    return selectors_.front().apply(rule, catalog);
  }
  return Problem::kNone;
}

Problem User::change_password(std::string_view rule) {
  const std::string_view text = rule.substr(1);
  const bool is_hash = rule[0] == '#' || rule[0] == '!';
  if (is_hash && !is_password_hash(text)) return Problem::kBadHash;
  const std::string hash = is_hash ? std::string(text) : hash_password(text);
  const auto known = std::find(passwords_.begin(), passwords_.end(), hash);
  if (rule[0] == '<' || rule[0] == '!') {
    if (known == passwords_.end()) return Problem::kNoSuchPassword;
    passwords_.erase(known);
    return Problem::kNone;
  }
  if (known == passwords_.end()) passwords_.push_back(hash);
  no_password_ = false;
  return Problem::kNone;
}

Problem User::add_selector(std::string_view rules, const Catalog& catalog, bool all_channels) {
  Selector selector(catalog.id_count(), all_channels);
  // Quotes that are not closed leave a selector without rules, as in Redis: it gives nothing.
  if (const auto words = config::split_words(rules)) {
    for (const std::string& word : *words) {
      if (const Problem problem = selector.apply(word, catalog); problem != Problem::kNone) return problem;
    }
  }
  selectors_.push_back(std::move(selector));
  return Problem::kNone;
}

void User::reset(bool all_channels) {
  passwords_.clear();
  no_password_ = enabled_ = false;
  sanitize_ = Sanitize::kYes;
  selectors_.erase(selectors_.begin() + 1, selectors_.end());
  Selector& root = selectors_.front();
  const Catalog none;  // these words name no command
  for (const std::string_view word : {"resetkeys", "resetchannels", "-@all"}) root.apply(word, none);
  if (all_channels) root.apply("allchannels", none);
}

std::vector<std::string_view> User::flags() const {
  std::vector<std::string_view> names{enabled_ ? "on" : "off"};
  if (no_password_) names.emplace_back("nopass");
  if (sanitize_ == Sanitize::kSkip) names.emplace_back("skip-sanitize-payload");
  if (sanitize_ == Sanitize::kYes) names.emplace_back("sanitize-payload");
  return names;
}

bool User::accepts(std::string_view password) const {
  if (!enabled_) return false;
  if (no_password_) return true;
  const std::string hash = hash_password(password);
  bool found = false;
  for (const std::string& known : passwords_) found |= same_hash(known, hash);
  return found;
}

Denial User::check(const Asked& asked, int& position) const {
  Denial gravest = Denial::kCommand;
  int last = 0;
  for (const Selector& selector : selectors_) {
    int at = 0;
    const Denial denial = selector.check(asked, at);
    if (denial == Denial::kNone) return Denial::kNone;
    if (denial > gravest || (denial == gravest && at > last)) {
      gravest = denial;
      last = at;
    }
  }
  position = last;
  return gravest;
}

bool User::allows_channel(protocol::Bytes channel, bool is_pattern) const {
  return std::any_of(selectors_.begin(), selectors_.end(),
                     [&](const Selector& selector) { return selector.allows_channel(channel, is_pattern); });
}

bool User::allows_every_key(const Asked& asked, uint8_t access) const {
  return std::any_of(selectors_.begin(), selectors_.end(), [&](const Selector& selector) {
    int position = 0;
    return selector.check(asked, position) == Denial::kNone && selector.allows_every_key(access);
  });
}

std::string User::rules(const Catalog& catalog) const {
  std::string text;
  for (const std::string_view flag : flags()) text.append(flag).append(" ");
  for (const std::string& password : passwords_) text.append("#").append(password).append(" ");
  text += root().rules(catalog);
  for (size_t i = 1; i < selectors_.size(); ++i)
    text.append(" (").append(selectors_[i].rules(catalog)).append(")");
  return text;
}

}  // namespace corral::acl
