// Expiry: which entries have one, their records in the wheel, and reclaiming what is due.
// Threading: see table.h.
// See: README.md of this folder, "Expiry".
#include <algorithm>

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
  if (before_ms == kNoExpiry || after_ms < before_ms) append_record(after_ms, record_of(hash));
}

void Table::append_record(int64_t expiry_ms, uint32_t record) {
  if (wheel_ == nullptr) wheel_ = std::make_unique<TtlWheel>(account_);
  if (age_.seconds() != 0) wheel_->advance_idle(int64_t{age_.seconds()} * 1000);
  wheel_->append(expiry_ms, record);
  if (stale_wheel_ != nullptr) {
    rebuild_records(kRebuildBuckets);
  } else if (wheel_->records() > 2 * expires_ + kToleratedRecords) {
    // Too many records of entries that are gone or were brought forward: write the live ones anew, bit by bit.
    stale_wheel_ = std::move(wheel_);
    wheel_ = std::make_unique<TtlWheel>(account_);
    wheel_->start_like(*stale_wheel_);
    rebuild_position_ = 0;
    rebuild_records(kRebuildBuckets);
  }
  publish_due();
}

void Table::rebuild_records(uint32_t buckets) {
  for (uint32_t i = 0; i < buckets && rebuild_position_ <= UINT32_MAX; ++i) {
    const Index::Range range = index_.range_at(static_cast<uint32_t>(rebuild_position_));
    Index::for_each_in(range, [&](Index::Place place) {
      if ((place.word() & kExpiryBit) == 0) return true;
      const Entry* const entry = place.entry();
      const uint64_t hash = index_.hash_of(entry);
      const uint32_t position = position_of(hash);
      if (position >= rebuild_position_ && position < range.end)
        wheel_->append(entry->expiry_ms(), record_of(hash));
      return true;
    });
    rebuild_position_ = range.end;
  }
  if (rebuild_position_ > UINT32_MAX) stale_wheel_.reset();
}

void Table::publish_due() {
  int64_t due = wheel_ == nullptr ? INT64_MAX : wheel_->next_due_ms();
  if (stale_wheel_ != nullptr) due = std::min(due, stale_wheel_->next_due_ms());
  if (due != next_due_ms_.load(std::memory_order_relaxed)) next_due_ms_.store(due, std::memory_order_relaxed);
}

void Table::adopt_records(Table& from) {
  wheel_ = std::move(from.wheel_);
  stale_wheel_ = std::move(from.stale_wheel_);
  if (wheel_ != nullptr) wheel_->set_account(account_);
  if (stale_wheel_ != nullptr) stale_wheel_->set_account(account_);
}

size_t Table::expire_due(int64_t now_ms, size_t budget, Gone gone, void* context) {
  size_t looked_at = 0;
  uint32_t records[kGroup];
  for (auto* wheel : {&stale_wheel_, &wheel_}) {
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
void Table::for_each_candidate(uint32_t record, Each each) const {
  const uint32_t low = record & ~uint32_t{63};
  const uint32_t six = record & 63;
  // A record lacks the last six bits of the position; in a huge table these may decide on the bucket.
  for (uint64_t at = low; at <= (low | 63u);) {
    const Index::Range range = index_.range_at(static_cast<uint32_t>(at));
    Index::for_each_in(range, [&](Index::Place place) {
      if ((place.word() & kExpiryBit) == 0 || (place.bucket->tag(place.slot) & 63u) != six) return true;
      return each(place);
    });
    at = range.end;
  }
}

// Three passes, so that the lines of a group load together: buckets, entries, then the work.
void Table::expire_group(const uint32_t* records, size_t count, int64_t now_ms, Gone gone, void* context) {
  for (size_t i = 0; i < count; ++i) index_.prefetch(uint64_t{records[i]} << 32);
  for (size_t i = 0; i < count; ++i) {
    for_each_candidate(records[i], [](Index::Place place) {
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
  for_each_candidate(record, [&](Index::Place place) {
    const Entry* const entry = place.entry();
    const uint64_t hash = index_.hash_of(entry);
    if (record_of(hash) != record) return true;
    const int64_t expiry_ms = entry->expiry_ms();
    if (expiry_ms > now_ms) {
      wheel_->append(expiry_ms, record);
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

}  // namespace corral::store
