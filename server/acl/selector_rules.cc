// A selector back into rules. The commands are told by categories where these fit best, the rest one by one, which is how
// Redis 7.0 describes them; the order of the single ones is by name, where Redis has none.
// Threading: see selector.h.
// See: selector.h.
#include <climits>

#include "server/acl/category.h"
#include "server/acl/selector.h"

namespace corral::acl {

Selector::Count Selector::count_in(uint32_t category, const Catalog& catalog) const {
  Count count;
  for (const auto& [name, command] : catalog.all()) {
    if ((command.categories & category) == 0) continue;
    ++(has(command.id) ? count.on : count.off);
  }
  return count;
}

// The category not yet tried with the fewest commands that are not wanted, and more that are; 0 when none is left.
uint32_t Selector::best_category(uint32_t tried, bool additive, const Catalog& catalog) const {
  uint32_t best = 0;
  unsigned long least_different = INT_MAX;
  unsigned long most_same = 0;
  for (uint32_t category = 1; (category & kEveryCategory) != 0; category <<= 1) {
    if ((tried & category) != 0) continue;
    const Count count = count_in(category, catalog);
    const unsigned long different = additive ? count.off : count.on;
    const unsigned long same = additive ? count.on : count.off;
    if (same > different &&
        (different < least_different || (different == least_different && same > most_same))) {
      best = category;
      least_different = different;
      most_same = same;
    }
  }
  return best;
}

std::string Selector::command_rules(const Catalog& catalog) const {
  const bool additive = !future_commands_;
  Selector told(catalog.id_count(), false);  // what the rules written so far give
  told.set_all(!additive);
  std::string rules = additive ? "-@all" : "+@all";
  Selector untold = *this;
  uint32_t tried = 0;
  while (const uint32_t category = untold.best_category(tried, additive, catalog)) {
    tried |= category;
    told.set_category(category, additive, catalog);
    untold.set_category(category, !additive, catalog);
    rules.append(additive ? " +@" : " -@").append(category_names(category).front());
  }
  for (const auto& [name, command] : catalog.all()) {
    const bool allowed = has(command.id);
    if (told.has(command.id) != allowed) {
      rules.append(allowed ? " +" : " -").append(name);
      told.set_with_subcommands(command, allowed);
    }
    const auto arguments = first_arguments_.find(command.id);
    if (allowed || arguments == first_arguments_.end()) continue;
    for (const std::string& argument : arguments->second)
      rules.append(" +").append(name).append("|").append(argument);
  }
  return rules;
}

std::string Selector::key_rules() const {
  if (all_keys_) return "~*";
  std::string rules;
  for (const KeyPattern& key : keys_) {
    if (!rules.empty()) rules += ' ';
    rules += key.access == kMayBoth ? "~" : key.access == kMayRead ? "%R~" : "%W~";
    rules += key.pattern;
  }
  return rules;
}

std::string Selector::channel_rules() const {
  if (all_channels_) return "&*";
  std::string rules;
  for (const std::string& channel : channels_) rules.append(rules.empty() ? "&" : " &").append(channel);
  return rules;
}

std::string Selector::rules(const Catalog& catalog) const {
  std::string rules = key_rules();
  if (!rules.empty()) rules += ' ';
  if (!all_channels_) rules += "resetchannels ";
  rules += channel_rules();
  if (rules.back() != ' ') rules += ' ';
  return rules + command_rules(catalog);
}

}  // namespace corral::acl
