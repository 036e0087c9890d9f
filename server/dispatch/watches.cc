// Watched keys by stripe.
// Threading: see watches.h.
// See: watches.h.
#include "server/dispatch/watches.h"

#include <algorithm>

namespace corral::dispatch {

void Watches::add(store::Stripe& stripe, int database, std::string_view key,
                  const std::shared_ptr<session::WatchMark>& mark) {
  auto& table = tables_[stripe.index];
  if (!table) table = std::make_unique<Map>();
  (*table)[named_key(database, key)].push_back(mark);
  stripe.side_flags |= store::kSideWatches;
}

void Watches::remove(store::Stripe& stripe, int database, std::string_view key, const session::WatchMark* mark) {
  auto& table = tables_[stripe.index];
  if (!table) return;
  const auto found = table->find(named_key(database, key));
  if (found == table->end()) return;
  std::erase_if(found->second, [mark](const auto& held) { return held.get() == mark; });
  if (found->second.empty()) table->erase(found);
  if (table->empty()) {
    table.reset();
    stripe.side_flags &= ~static_cast<uint32_t>(store::kSideWatches);
  }
}

void Watches::touch(store::Stripe& stripe, int database, std::string_view key) {
  const auto& table = tables_[stripe.index];
  if (!table) return;
  const auto found = table->find(named_key(database, key));
  if (found == table->end()) return;
  for (const auto& mark : found->second) mark->spoil();
}

}  // namespace corral::dispatch
