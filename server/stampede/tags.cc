// Names to rows in sharded maps; a row is one word: its last soft and its last hard invalidation.
// Threading: any thread; one leaf lock for each shard, rows are atomics.
// See: tags.h.
#include "server/stampede/tags.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/base/hash.h"
#include "server/base/stripe_lock.h"

namespace corral::stampede {
namespace {

// A row holds the epoch of the last soft invalidation above that of the last hard one; the newer of them is
// the row's epoch, which stamps copy.
constexpr uint64_t pack(uint32_t soft, uint32_t hard) {
  return static_cast<uint64_t>(soft) << 32 | hard;
}
constexpr uint32_t soft_of(uint64_t row) {
  return static_cast<uint32_t>(row >> 32);
}
constexpr uint32_t hard_of(uint64_t row) {
  return static_cast<uint32_t>(row);
}
constexpr bool older(uint32_t a, uint32_t b) {
  return static_cast<int32_t>(a - b) < 0;
}
constexpr uint32_t epoch_of(uint64_t row) {
  return older(soft_of(row), hard_of(row)) ? hard_of(row) : soft_of(row);
}

void move_on(std::atomic<uint64_t>& row, bool hard) {
  uint64_t old = row.load(std::memory_order_relaxed);
  uint64_t moved = 0;
  do {
    const uint32_t next = epoch_of(old) + 1;
    // A soft invalidation carries the hard epoch along before the two drift so far apart that they compare
    // wrongly.
    moved = hard ? pack(next, next)
                 : pack(next, older(hard_of(old) + (1U << 30), next) ? next - (1U << 30) : hard_of(old));
  } while (!row.compare_exchange_weak(old, moved, std::memory_order_acq_rel, std::memory_order_relaxed));
}

// Tags and prefixes of one text are different names.
std::string full_name(TagSpace space, std::string_view name) {
  std::string full(1, space == TagSpace::kTag ? 't' : 'p');
  full += name;
  return full;
}

// Bits of a row's use: it was stamped into entries; it was seen in one since begin_sweep().
constexpr uint8_t kUsed = 1;
constexpr uint8_t kMarked = 2;

struct NameHash {
  using is_transparent = void;
  const base::HashSecret* secret;
  size_t operator()(std::string_view name) const { return base::hash_bytes(name, *secret); }
};

using Names = std::unordered_map<std::string, uint32_t, NameHash, std::equal_to<>>;

struct Shard {
  base::StripeLock lock;
  Names names;
  std::vector<uint32_t> free;  // ids without a name
};

}  // namespace

struct TagTable::Impl {
  Impl(uint32_t max_rows, const base::HashSecret& hash_secret)
      : secret(hash_secret),
        size(std::max<uint32_t>(max_rows, 2)),
        shared(std::max<uint32_t>(size / 16, 1)),
        shard_count(std::clamp<uint32_t>(size / 64, 1, 16)),
        epochs(std::make_unique<std::atomic<uint64_t>[]>(size)),
        use(std::make_unique<std::atomic<uint8_t>[]>(size)) {
    for (uint32_t i = 0; i < shard_count; ++i) {
      Shard& shard = *shards.emplace_back(std::make_unique<Shard>());
      shard.names = Names(0, NameHash{&secret});
    }
    for (uint32_t id = size; id-- > shared;) shards[id % shard_count]->free.push_back(id);
  }

  Shard& shard_of(uint64_t hash) { return *shards[(hash >> 32) % shard_count]; }
  uint32_t shared_row(uint64_t hash) const { return static_cast<uint32_t>(hash) % shared; }
  store::TagStamp stamp_of(uint32_t id) {
    use[id].fetch_or(kUsed | kMarked, std::memory_order_relaxed);
    return {id, epoch_of(epochs[id].load(std::memory_order_acquire))};
  }
  void drop_unmarked(Shard& shard);

  base::HashSecret secret;
  uint32_t size;  // rows; the first `shared` of them belong to no name
  uint32_t shared;
  uint32_t shard_count;
  std::unique_ptr<std::atomic<uint64_t>[]> epochs;
  std::unique_ptr<std::atomic<uint8_t>[]> use;
  std::vector<std::unique_ptr<Shard>> shards;
  std::atomic<uint64_t> named{0};
  std::atomic<uint64_t> folded{0};
};

void TagTable::Impl::drop_unmarked(Shard& shard) {
  for (auto it = shard.names.begin(); it != shard.names.end();) {
    const uint32_t id = it->second;
    if ((use[id].load(std::memory_order_relaxed) & kMarked) != 0) {
      ++it;
      continue;
    }
    // Should an entry have slipped through the sweep, it must not live on under the row's next name.
    move_on(epochs[id], true);
    use[id].store(0, std::memory_order_relaxed);
    it = shard.names.erase(it);
    shard.free.push_back(id);
    named.fetch_sub(1, std::memory_order_relaxed);
  }
}

TagTable::TagTable(uint32_t max_rows, const base::HashSecret& secret)
    : impl_(std::make_unique<Impl>(max_rows, secret)) {}
TagTable::~TagTable() = default;

store::TagStamp TagTable::stamp(TagSpace space, std::string_view name) {
  std::string full = full_name(space, name);
  const uint64_t hash = base::hash_bytes(full, impl_->secret);
  Shard& shard = impl_->shard_of(hash);
  const std::lock_guard<base::StripeLock> guard(shard.lock);
  if (const auto known = shard.names.find(full); known != shard.names.end())
    return impl_->stamp_of(known->second);
  if (shard.free.empty()) {
    impl_->folded.fetch_add(1, std::memory_order_relaxed);
    return impl_->stamp_of(impl_->shared_row(hash));
  }
  const uint32_t id = shard.free.back();
  shard.free.pop_back();
  shard.names.emplace(std::move(full), id);
  impl_->named.fetch_add(1, std::memory_order_relaxed);
  return impl_->stamp_of(id);
}

bool TagTable::invalidate(TagSpace space, std::string_view name, bool hard) {
  const std::string full = full_name(space, name);
  const uint64_t hash = base::hash_bytes(full, impl_->secret);
  Shard& shard = impl_->shard_of(hash);
  const std::lock_guard<base::StripeLock> guard(shard.lock);
  bool any = false;
  if (const auto known = shard.names.find(full); known != shard.names.end()) {
    move_on(impl_->epochs[known->second], hard);
    any = true;
  }
  // Entries from a time when the table was full carry the shared row, also if the name has a row of its own
  // by now.
  const uint32_t row = impl_->shared_row(hash);
  if ((impl_->use[row].load(std::memory_order_relaxed) & kUsed) != 0) {
    move_on(impl_->epochs[row], hard);
    any = true;
  }
  return any;
}

TagState TagTable::state(const store::Extension& extension) const {
  TagState state = TagState::kCurrent;
  for (int i = 0; i < extension.tag_count; ++i) {
    const store::TagStamp stamp = extension.tags[i];
    if (stamp.id >= impl_->size) return TagState::kRemoved;
    const uint64_t row = impl_->epochs[stamp.id].load(std::memory_order_acquire);
    if (older(stamp.epoch, hard_of(row))) return TagState::kRemoved;
    if (older(stamp.epoch, soft_of(row))) state = TagState::kStale;
  }
  return state;
}

void TagTable::begin_sweep() {
  for (uint32_t id = 0; id < impl_->size; ++id) {
    impl_->use[id].fetch_and(static_cast<uint8_t>(~kMarked), std::memory_order_relaxed);
  }
}

void TagTable::mark(const store::Extension& extension) {
  for (int i = 0; i < extension.tag_count; ++i) {
    if (extension.tags[i].id < impl_->size)
      impl_->use[extension.tags[i].id].fetch_or(kMarked, std::memory_order_relaxed);
  }
}

void TagTable::end_sweep() {
  for (const auto& shard : impl_->shards) {
    const std::lock_guard<base::StripeLock> guard(shard->lock);
    impl_->drop_unmarked(*shard);
  }
  for (uint32_t id = 0; id < impl_->shared; ++id) {
    uint8_t unmarked = kUsed;
    const bool dropped = impl_->use[id].compare_exchange_strong(unmarked, 0, std::memory_order_relaxed);
    if (dropped) move_on(impl_->epochs[id], true);
  }
}

uint64_t TagTable::rows() const {
  return impl_->named.load(std::memory_order_relaxed);
}
uint64_t TagTable::folded() const {
  return impl_->folded.load(std::memory_order_relaxed);
}

}  // namespace corral::stampede
