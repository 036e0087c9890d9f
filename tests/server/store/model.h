// A plain model of a table, to compare the real one with.
// Threading: one thread.
// See: table_model_test.cc.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "server/base/hash.h"
#include "server/store/table.h"

namespace corral::store {

inline const base::HashSecret& test_secret() {
  static const base::HashSecret kSecret = base::HashSecret::from_seed(7);
  return kSecret;
}

inline uint64_t test_hash(std::string_view key) {
  return base::hash_bytes(key, test_secret());
}

struct ModelEntry {
  std::string value;
  int64_t expiry_ms = kNoExpiry;
  std::optional<Extension> extension;
};
using Model = std::unordered_map<std::string, ModelEntry>;

inline bool same_extension(const Extension& a, const Extension& b) {
  bool same = a.policy == b.policy && a.cost_log2 == b.cost_log2 && a.stale == b.stale &&
              a.tag_count == b.tag_count && a.soft_ms == b.soft_ms && a.nominal_ms == b.nominal_ms &&
              a.filled_ms == b.filled_ms;
  for (int i = 0; same && i < a.tag_count; ++i) {
    same = a.tags[i].id == b.tags[i].id && a.tags[i].epoch == b.tags[i].epoch;
  }
  return same;
}

/// Empty when the entry holds exactly what the model says, else what differs.
inline std::string difference(const Entry& entry, const ModelEntry& model) {
  if (entry.string() != model.value) return "value";
  if (entry.expiry_ms() != model.expiry_ms) return "expiry";
  if (entry.has_expiry() != (model.expiry_ms != kNoExpiry)) return "has_expiry";
  if (entry.has_extension() != model.extension.has_value()) return "has_extension";
  if (model.extension && !same_extension(entry.extension(), *model.extension)) return "extension";
  return "";
}

/// What the payload, header and waste figures must be, by walking the table.
inline MemoryFigures walked_figures(const Table& table) {
  MemoryFigures out;
  const auto visit = [](void* context, const Entry& entry, uint64_t) {
    auto& sum = *static_cast<MemoryFigures*>(context);
    const auto total = static_cast<int64_t>(entry.memory_bytes());
    const auto payload = static_cast<int64_t>(entry.key().size() + entry.string().size());
    auto header = static_cast<int64_t>(entry.allocation_bytes() - entry.key().size());
    if (entry.blob() == nullptr) {
      header -= static_cast<int64_t>(entry.string().size());
    } else {
      header += static_cast<int64_t>(sizeof(base::Blob));
    }
    sum.payload += payload;
    sum.header += header;
    sum.waste += total - payload - header;
    return true;
  };
  Table::ScanStep step;
  while (!step.done) step = table.scan(step.next, visit, &out);
  return out;
}

}  // namespace corral::store
