// What looks at the whole table: scanning, random choice, taking it out and apart.
// Threading: see table.h.
// See: table.h.
#include "server/store/table.h"

namespace corral::store {

Table::ScanStep Table::scan(uint32_t position, Visit visit, void* context) const {
  uint64_t at = position;
  while (at <= UINT32_MAX) {
    const Index::Range range = index_.range_at(static_cast<uint32_t>(at));
    bool any = false;
    bool stopped = false;
    Index::for_each_in(range, [&](Index::Place place) {
      const Entry& entry = *place.entry();
      const uint64_t hash = index_.hash_of(&entry);
      // The stash holds entries of the whole segment; a step may begin inside a range that was cut anew.
      if (position_of(hash) < at || position_of(hash) >= range.end) return true;
      any = true;
      stopped = !visit(context, entry, hash);
      return !stopped;
    });
    if (stopped) return {static_cast<uint32_t>(at), false};
    at = range.end;
    if (any) break;
  }
  if (at > UINT32_MAX) return {0, true};
  return {static_cast<uint32_t>(at), false};
}

Entry* Table::random_entry(base::Random& random) const {
  if (size() == 0) return nullptr;
  // A random slot, until one is full: every entry of a segment is as likely as the others.
  for (int tries = 0; tries < 128; ++tries) {
    const Index::Sample sample = index_.sample(random);
    const Bucket* const bucket = sample.bucket[0];
    const auto i = static_cast<uint32_t>(random.below(Bucket::kSlots));
    if (bucket->slots[i] != 0) return entry_of(bucket->slots[i]);
  }
  Entry* found = nullptr;
  const auto take = [&found](Index::Place place) {
    found = place.entry();
    return false;
  };
  const auto start = static_cast<uint32_t>(random.next());
  for (uint64_t at = start; at <= UINT32_MAX && found == nullptr;) {
    const Index::Range range = index_.range_at(static_cast<uint32_t>(at));
    Index::for_each_in(range, take);
    at = range.end;
  }
  for (uint64_t at = 0; at <= UINT32_MAX && found == nullptr;) {
    const Index::Range range = index_.range_at(static_cast<uint32_t>(at));
    Index::for_each_in(range, take);
    at = range.end;
  }
  return found;
}

std::unique_ptr<Table> Table::detach() {
  auto out = std::make_unique<Table>(index_.secret(), stagger_);
  const int64_t kept = static_cast<int64_t>(size_class(sizeof(Table)) + index_.directory_bytes());
  ghosts_.clear();
  MemoryFigures figures = account_.take();
  account_.add(&MemoryFigures::table, kept);
  figures.table -= kept;
  index_.move_to(out->index_);
  out->account_.add_all(figures);
  out->expires_ = expires_;
  out->adopt_records(*this);
  expires_ = 0;
  expiry_sum_ms_ = 0;
  main_count_ = 0;
  with_fields_ = 0;
  next_due_ms_.store(INT64_MAX, std::memory_order_relaxed);
  return out;
}

size_t Table::discard(size_t budget, LargeValues* large) {
  size_t freed = 0;
  DeferredFrees frees;
  account_.free_into(&frees);
  while (freed < budget && index_.size() > 0 && discarded_position_ <= UINT32_MAX) {
    discarded_position_ = index_.dismantle(static_cast<uint32_t>(discarded_position_), [&](Slot slot) {
      ++freed;
      release_entry(entry_of(slot));
    });
  }
  account_.free_into(nullptr);
  frees.run(large);
  return freed;
}

}  // namespace corral::store
