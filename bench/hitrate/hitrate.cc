// corral-hitrate: replays an access trace through the store, evicting at a number of entries, and counts the misses.
// Threading: one thread.
// See: bench/hitrate/README.md
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "server/base/hash.h"
#include "server/base/random.h"
#include "server/store/keyspace.h"
#include "server/store/lock_set.h"

namespace corral::hitrate {
namespace {

using store::EvictionPolicy;

struct Policy {
  std::string_view name;
  EvictionPolicy policy;
};
constexpr Policy kPolicies[] = {{"corral", EvictionPolicy::kAllkeysCorral},
                                {"lru", EvictionPolicy::kAllkeysLru},
                                {"lfu", EvictionPolicy::kAllkeysLfu},
                                {"random", EvictionPolicy::kAllkeysRandom}};

/// Keys as numbers in the order of their accesses; empty when the format is not known or the file does not fit it.
std::optional<std::vector<uint64_t>> parse(std::string_view bytes, std::string_view format) {
  std::vector<uint64_t> keys;
  if (format == "be32" || format == "be64") {
    const size_t width = format == "be32" ? 4 : 8;
    if (bytes.size() % width != 0) return std::nullopt;
    for (size_t at = 0; at < bytes.size(); at += width) {
      uint64_t key = 0;
      for (size_t i = 0; i < width; ++i) key = key << 8 | static_cast<uint8_t>(bytes[at + i]);
      keys.push_back(key);
    }
    return keys;
  }
  const bool timed = format == "time-key-size";
  if (!timed && format != "line") return std::nullopt;
  while (!bytes.empty()) {
    std::string_view line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
    if (timed) line.remove_prefix(std::min(line.size(), line.find_first_of(" ,\t") + 1));
    uint64_t key = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), key);
    if (error == std::errc()) {
      keys.push_back(key);
    } else if (line.find_first_not_of(" \r*") != std::string_view::npos) {
      return std::nullopt;
    }
  }
  return keys;
}

/// A cache of at most `capacity` entries. As in the server, the stripe that was written gives first, then others.
class Cache {
 public:
  Cache(uint32_t stripes, size_t capacity, EvictionPolicy policy, const base::HashSecret& secret)
      : keyspace_(secret, stripes, 1), capacity_(capacity), policy_(policy) {}

  /// Whether the key was there; it is there afterwards.
  bool access(uint64_t number) {
    const std::string_view key(reinterpret_cast<const char*>(&number), sizeof number);
    const store::KeyRef where = keyspace_.placement().locate(key);
    {
      const store::LockSet lock(keyspace_, where.stripe);
      store::Table& table = keyspace_.table(keyspace_.stripe(where.stripe), 0);
      if (table.find(key, where.hash) != nullptr) return true;
    }
    uint32_t stripe = where.stripe;
    while (size_ >= capacity_) {
      if (!evict(stripe)) stripe = static_cast<uint32_t>(random_.below(keyspace_.stripe_count()));
    }
    const store::LockSet lock(keyspace_, where.stripe);
    keyspace_.table(keyspace_.stripe(where.stripe), 0).put(key, where.hash, {"value"}, {});
    ++size_;
    return false;
  }

 private:
  bool evict(uint32_t stripe) {
    const store::LockSet lock(keyspace_, stripe);
    if (!keyspace_.table(keyspace_.stripe(stripe), 0).evict_one(policy_, 0, random_, nullptr, nullptr)) return false;
    --size_;
    return true;
  }

  store::Keyspace keyspace_;
  size_t capacity_;
  EvictionPolicy policy_;
  size_t size_ = 0;
  base::Random random_{1};
};

void replay(const std::vector<uint64_t>& keys, size_t capacity, uint32_t stripes, const base::HashSecret& secret) {
  for (const Policy& policy : kPolicies) {
    Cache cache(stripes, capacity, policy.policy, secret);
    size_t misses = 0;
    for (const uint64_t key : keys) misses += cache.access(key) ? 0 : 1;
    std::printf("{\"entries\": %zu, \"policy\": \"%s\", \"misses\": %zu, \"accesses\": %zu}\n", capacity,
                policy.name.data(), misses, keys.size());
    std::fflush(stdout);
  }
}

/// A decimal number; 0 for anything else.
uint64_t whole(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

int run(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: corral-hitrate FILE be32|be64|line|time-key-size STRIPES [PERMILLE...]\n");
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto keys = parse(bytes, argv[2]);
  if (!file || !keys || keys->empty()) {
    std::fprintf(stderr, "corral-hitrate: cannot read %s as %s\n", argv[1], argv[2]);
    return 2;
  }
  const auto stripes = static_cast<uint32_t>(whole(argv[3]));
  if (stripes == 0 || stripes > 4096 || (stripes & (stripes - 1)) != 0) {
    std::fprintf(stderr, "corral-hitrate: stripes must be a power of two up to 4096\n");
    return 2;
  }
  const size_t distinct = std::unordered_set<uint64_t>(keys->begin(), keys->end()).size();
  const base::HashSecret secret = base::HashSecret::from_seed(2);
  for (int i = 4; i < argc; ++i) {
    const auto permille = static_cast<size_t>(whole(argv[i]));
    replay(*keys, std::max<size_t>(1, distinct * permille / 1000), stripes, secret);
  }
  return 0;
}

}  // namespace
}  // namespace corral::hitrate

int main(int argc, char** argv) { return corral::hitrate::run(argc, argv); }
