// Expiry: which entries have one, their records in the wheel, and reclaiming what is due.
// Threading: see table.h.
// See: README.md of this folder, "Expiry".
#include <algorithm>
#include <utility>

#include "server/base/check.h"
#include "server/base/prefetch.h"
#include "server/store/table.h"

namespace corral::store {
namespace {

constexpr size_t kGroup = 16;
constexpr size_t kToleratedRecords = 64;
constexpr uint32_t kRebuildBuckets = 4;  // per appended record

uint64_t summand(int64_t expiry_ms) {
  return static_cast<uint64_t>(std::clamp<int64_t>(expiry_ms - EntryLayout::kEpochMs, 0, int64_t{1} << 40));
}

}  // namespace

int64_t Table::average_ttl_ms(int64_t now_ms) const {
  if (expires_ == 0) return 0;
  const auto mean = static_cast<int64_t>(expiry_sum_ms_ / expires_);
  return std::max<int64_t>(0, mean + EntryLayout::kEpochMs - now_ms);
}

// Every entry with an expiry has a record at that time or before. So a later time needs no record: the one there is
// comes due too early and is then appended again at the right time.
void Table::track_expiry(int64_t before_ms, int64_t after_ms, uint64_t hash) {
  if (before_ms != kNoExpiry) {
    --expires_;
    expiry_sum_ms_ -= summand(before_ms);
  }
  if (after_ms == kNoExpiry) return;
  ++expires_;
  expiry_sum_ms_ += summand(after_ms);
  if (before_ms == kNoExpiry || after_ms < before_ms) append_record(key_records_, expires_, after_ms, record_of(hash));
}

int64_t Table::Records::next_due_ms() const {
  const int64_t due = wheel == nullptr ? INT64_MAX : wheel->next_due_ms();
  return stale == nullptr ? due : std::min(due, stale->next_due_ms());
}

void Table::append_record(Records& of, size_t live, int64_t at_ms, uint32_t record) {
  if (of.wheel == nullptr) of.wheel = std::make_unique<TtlWheel>(account_);
  if (age_.seconds() != 0) of.wheel->advance_idle(int64_t{age_.seconds()} * 1000);
  of.wheel->append(at_ms, record);
  if (of.stale != nullptr) {
    rebuild_records(of, kRebuildBuckets);
  } else if (of.wheel->records() > 2 * live + kToleratedRecords) {
    // Too many records of entries that are gone or were brought forward: write the live ones anew, bit by bit.
    of.stale = std::move(of.wheel);
    of.wheel = std::make_unique<TtlWheel>(account_);
    of.wheel->start_like(*of.stale);
    of.rebuild_position = 0;
    rebuild_records(of, kRebuildBuckets);
  }
  publish_due();
}

void Table::rebuild_records(Records& of, uint32_t buckets) {
  for (uint32_t i = 0; i < buckets && of.rebuild_position <= UINT32_MAX; ++i) {
    const Index::Range range = index_.range_at(static_cast<uint32_t>(of.rebuild_position));
    Index::for_each_in(range, [&](Index::Place place) {
      if ((place.word() & of.mark) == 0) return true;
      const uint64_t hash = index_.hash_of(place.entry());
      const uint32_t position = position_of(hash);
      if (position < of.rebuild_position || position >= range.end) return true;
      if (&of == &key_records_) {
        of.wheel->append(place.entry()->expiry_ms(), record_of(hash));
      } else {
        record_fields(place, hash);
      }
      return true;
    });
    of.rebuild_position = range.end;
  }
  if (of.rebuild_position > UINT32_MAX) of.stale.reset();
}

void Table::publish_due() {
  const int64_t due = std::min(key_records_.next_due_ms(), field_records_.next_due_ms());
  if (due != next_due_ms_.load(std::memory_order_relaxed)) next_due_ms_.store(due, std::memory_order_relaxed);
}

void Table::adopt_records(Table& from) {
  for (const auto& [own, other] : {std::pair{&key_records_, &from.key_records_},
                                   std::pair{&field_records_, &from.field_records_}}) {
    own->wheel = std::move(other->wheel);
    own->stale = std::move(other->stale);
    if (own->wheel != nullptr) own->wheel->set_account(account_);
    if (own->stale != nullptr) own->stale->set_account(account_);
  }
}

size_t Table::expire_due(int64_t now_ms, size_t budget, Gone gone, void* context) {
  size_t looked_at = 0;
  uint32_t records[kGroup];
  for (auto* wheel : {&key_records_.stale, &key_records_.wheel}) {
    while (looked_at < budget && *wheel != nullptr) {
      const size_t count = (*wheel)->take(now_ms, records, std::min(kGroup, budget - looked_at));
      if (count == 0) break;
      expire_group(records, count, now_ms, gone, context);
      looked_at += count;
    }
  }
  publish_due();
  return looked_at;
}

template <typename Each>
void Table::for_each_candidate(Slot mark, uint32_t record, Each each) const {
  const uint32_t low = record & ~uint32_t{63};
  const uint32_t six = record & 63;
  // A record lacks the last six bits of the position; in a huge table these may decide on the bucket.
  for (uint64_t at = low; at <= (low | 63u);) {
    const Index::Range range = index_.range_at(static_cast<uint32_t>(at));
    Index::for_each_in(range, [&](Index::Place place) {
      if ((place.word() & mark) == 0 || (place.bucket->tag(place.slot) & 63u) != six) return true;
      return each(place);
    });
    at = range.end;
  }
}

// Three passes, so that the lines of a group load together: buckets, entries, then the work.
void Table::expire_group(const uint32_t* records, size_t count, int64_t now_ms, Gone gone, void* context) {
  for (size_t i = 0; i < count; ++i) index_.prefetch(uint64_t{records[i]} << 32);
  for (size_t i = 0; i < count; ++i) {
    for_each_candidate(kExpiryBit, records[i], [](Index::Place place) {
      base::prefetch(place.entry());
      return true;
    });
  }
  for (size_t i = 0; i < count; ++i) expire_record(records[i], now_ms, gone, context);
}

// One record, at most one entry: entries whose records are equal have one each.
void Table::expire_record(uint32_t record, int64_t now_ms, Gone gone, void* context) {
  Index::Place due;
  uint64_t due_hash = 0;
  for_each_candidate(kExpiryBit, record, [&](Index::Place place) {
    const Entry* const entry = place.entry();
    const uint64_t hash = index_.hash_of(entry);
    if (record_of(hash) != record) return true;
    const int64_t expiry_ms = entry->expiry_ms();
    if (expiry_ms > now_ms) {
      key_records_.wheel->append(expiry_ms, record);
      return true;
    }
    due = place;
    due_hash = hash;
    return false;
  });
  if (!due) return;
  if (gone != nullptr) gone(context, *due.entry(), due_hash);
  remove(due, due_hash, metrics::MissCause::kExpired);
}

// --- fields of hashes ---------------------------------------------------------------------------------------------

void Table::track_fields(Index::Place place, uint64_t hash) {
  types::Value* const container = place.entry()->container();
  const int64_t due_ms = container->next_due_ms();
  if (due_ms >= container->recorded_due_ms()) return;
  if ((place.word() & kFieldsBit) == 0) {
    place.word() |= kFieldsBit;
    ++with_fields_;
  }
  container->record_due(due_ms);
  append_record(field_records_, with_fields_, due_ms, record_of(hash));
}

void Table::forget_fields(Index::Place place) {
  if ((place.word() & kFieldsBit) == 0) return;
  place.word() &= ~kFieldsBit;
  --with_fields_;
}

// Where the entry is looked at next; nothing when no field of it expires any more.
void Table::record_fields(Index::Place place, uint64_t hash) {
  types::Value* const container = place.entry()->container();
  const int64_t due_ms = container->next_due_ms();
  container->record_due(due_ms);
  if (due_ms == types::Value::kNeverDue) {
    forget_fields(place);
  } else {
    field_records_.wheel->append(due_ms, record_of(hash));
  }
}

size_t Table::expire_fields(int64_t now_ms, size_t budget, FieldsDue due, void* context) {
  size_t looked_at = 0;
  for (auto* wheel : {&field_records_.stale, &field_records_.wheel}) {
    uint32_t record = 0;
    while (looked_at < budget && *wheel != nullptr && (*wheel)->take(now_ms, &record, 1) == 1) {
      ++looked_at;
      Index::Place found;
      uint64_t found_hash = 0;
      for_each_candidate(kFieldsBit, record, [&](Index::Place place) {
        const uint64_t hash = index_.hash_of(place.entry());
        if (record_of(hash) != record) return true;
        if (place.entry()->container()->next_due_ms() > now_ms) {
          record_fields(place, hash);
          return true;
        }
        found = place;
        found_hash = hash;
        return false;
      });
      if (!found) continue;
      Entry* const entry = found.entry();
      if (due(context, entry, found_hash)) record_fields(index_.place_of(entry, found_hash), found_hash);
    }
  }
  publish_due();
  return looked_at;
}

}  // namespace corral::store
