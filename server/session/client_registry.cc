// The list of connections.
// Threading: see client_registry.h.
// See: client_registry.h.
#include "server/session/client_registry.h"

#include <algorithm>
#include <vector>

namespace corral::session {

std::shared_ptr<ClientRecord> ClientRegistry::add(uint32_t worker, int fd, std::string address,
                                                  std::string local_address, int64_t now_ms) {
  auto record = std::make_shared<ClientRecord>();
  record->id = next_id_.fetch_add(1, std::memory_order_relaxed);
  record->worker = worker;
  record->fd = fd;
  record->address = std::move(address);
  record->local_address = std::move(local_address);
  record->created_ms = now_ms;
  record->last_active_ms.store(now_ms, std::memory_order_relaxed);
  Shard& shard = shards_[record->id % kShards];
  std::lock_guard lock(shard.mutex);
  shard.clients.emplace(record->id, record);
  size_.fetch_add(1, std::memory_order_relaxed);
  return record;
}

void ClientRegistry::remove(uint64_t id) {
  Shard& shard = shards_[id % kShards];
  std::lock_guard lock(shard.mutex);
  if (shard.clients.erase(id) != 0) size_.fetch_sub(1, std::memory_order_relaxed);
}

std::shared_ptr<ClientRecord> ClientRegistry::find(uint64_t id) const {
  const Shard& shard = shards_[id % kShards];
  std::lock_guard lock(shard.mutex);
  const auto found = shard.clients.find(id);
  return found == shard.clients.end() ? nullptr : found->second;
}

void ClientRegistry::for_each(const std::function<void(const std::shared_ptr<ClientRecord>&)>& visit) const {
  std::vector<std::shared_ptr<ClientRecord>> all;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (const auto& [id, record] : shard.clients) all.push_back(record);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->id < b->id; });
  for (const auto& record : all) visit(record);
}

}  // namespace corral::session
