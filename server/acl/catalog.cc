// Look-up of commands by full name.
// Threading: see catalog.h.
// See: catalog.h.
#include "server/acl/catalog.h"

#include "protocol/bytes.h"

namespace corral::acl {

void Catalog::add(Listed command) {
  id_count_ = std::max(id_count_, command.id + 1);
  std::string name = command.full_name;
  commands_.emplace(std::move(name), std::move(command));
}

const Listed* Catalog::find(std::string_view full_name) const {
  std::string lower(full_name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  const auto found = commands_.find(lower);
  return found == commands_.end() ? nullptr : &found->second;
}

}  // namespace corral::acl
