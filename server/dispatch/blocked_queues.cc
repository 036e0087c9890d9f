// Queues of blocked requests.
// Threading: see blocked_queues.h.
// See: blocked_queues.h.
#include "server/dispatch/blocked_queues.h"

#include <algorithm>

#include "server/dispatch/named_key.h"

namespace corral::dispatch {

void BlockedQueues::add(store::Stripe& stripe, int database, std::string_view key,
                        const std::shared_ptr<session::BlockedRequest>& request) {
  auto& table = tables_[stripe.index];
  if (!table) table = std::make_unique<Map>();
  Queue& queue = (*table)[named_key(database, key)];
  // The same key may be named twice in one request.
  if (!queue.empty() && queue.back() == request) return;
  queue.push_back(request);
  stripe.side_flags |= store::kSideBlocked;
}

void BlockedQueues::remove(store::Stripe& stripe, int database, std::string_view key,
                           const session::BlockedRequest* request) {
  auto& table = tables_[stripe.index];
  if (!table) return;
  const auto found = table->find(named_key(database, key));
  if (found == table->end()) return;
  std::erase_if(found->second, [request](const auto& held) { return held.get() == request; });
  if (found->second.empty()) table->erase(found);
  if (table->empty()) {
    table.reset();
    stripe.side_flags &= ~static_cast<uint32_t>(store::kSideBlocked);
  }
}

BlockedQueues::Queue* BlockedQueues::find(const store::Stripe& stripe, int database, std::string_view key) {
  const auto& table = tables_[stripe.index];
  if (!table) return nullptr;
  const auto found = table->find(named_key(database, key));
  return found == table->end() ? nullptr : &found->second;
}

std::vector<std::string> BlockedQueues::keys(const store::Stripe& stripe, int database) const {
  std::vector<std::string> out;
  if (!tables_[stripe.index]) return out;
  for (const auto& [name, queue] : *tables_[stripe.index]) {
    const auto [at, key] = split_named_key(name);
    if (at == database) out.emplace_back(key);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace corral::dispatch
