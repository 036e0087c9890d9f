// Lanes by key, ready ones of each origin by due time.
// Threading: one thread; see lanes.h.
// See: README.md of this folder, "Lanes".
#include "server/outbox/lanes.h"

#include <algorithm>

#include "server/base/check.h"

namespace corral::outbox {
namespace {

constexpr size_t kErrorBytesMost = 256;
constexpr int64_t kRetryAfterMostMs = 3'600'000;  // an origin may not ask for more than an hour

}  // namespace

Lanes::Lanes(LaneLog& log, const base::HashSecret& secret, LaneSettings settings)
    : log_(log), settings_(settings), lanes_(0, NameHash{&secret}) {}

void Lanes::set_settings(std::string_view origin, LaneSettings settings) {
  origins_.try_emplace(std::string(origin)).first->second.settings = settings;
}

Lanes::Origin& Lanes::origin_of(const Item& item) {
  const auto at = origins_.find(item.record->origin);
  if (at != origins_.end()) return at->second;
  return origins_.emplace(item.record->origin, Origin{{}, settings_}).first->second;
}

// A wall clock that was set meanwhile moves nothing beyond the longest backoff, and no age below zero.
Lanes::Item Lanes::item_of(const Queued& queued, Now now) {
  const Progress& progress = queued.progress;
  Item item{queued.record, 0, 0, progress.attempts, 0, progress.first_error, progress.last_error};
  const int64_t cap_ms =
      std::max(origin_of(item).settings.backoff_cap_ms, progress.due_ms - progress.enqueued_ms);
  item.enqueued_ms = now.steady_ms - std::max<int64_t>(0, now.wall_ms - progress.enqueued_ms);
  item.due_ms =
      now.steady_ms + std::clamp<int64_t>(progress.due_ms - now.wall_ms, 0, std::max<int64_t>(0, cap_ms));
  return item;
}

Queued Lanes::queued_of(const Item& item, Now now) const {
  const int64_t offset_ms = now.wall_ms - now.steady_ms;
  return {item.record,
          {item.enqueued_ms + offset_ms, item.due_ms + offset_ms, item.attempts, item.first_error,
           item.last_error}};
}

void Lanes::forget(const Item& item) {
  enqueued_.erase(enqueued_.find(item.enqueued_ms));
}

void Lanes::make_ready(Slot& slot) {
  const Item& item = *slot.second.waiting;
  origin_of(item).ready.emplace(std::pair(item.due_ms, item.record->seq), &slot);
}

void Lanes::unready(Slot& slot) {
  const Item& item = *slot.second.waiting;
  origin_of(item).ready.erase({item.due_ms, item.record->seq});
}

void Lanes::add(const Queued& queued, Now now) {
  Item item = item_of(queued, now);
  Slot& slot = *lanes_.try_emplace(Name{queued.record->db, queued.record->key}).first;
  Lane& lane = slot.second;
  const Item* newest = lane.waiting ? &*lane.waiting : lane.flying ? &*lane.flying : nullptr;
  if (newest != nullptr && !is_newer(*item.record, *newest->record)) {
    // The same record twice is no older one: it is not to be written off.
    if (item.record->seq != newest->record->seq) log_.coalesced(item.record, queued_of(*newest, now));
    return;
  }
  enqueued_.insert(item.enqueued_ms);
  if (lane.waiting) {
    replace_waiting(slot, std::move(item), now);
  } else {
    lane.waiting = std::move(item);
    if (!lane.flying) make_ready(slot);
  }
  tell();
}

// The first enqueuing and its due time stay: a hot key is not put off for ever, nor does it get round a backoff.
void Lanes::take_place(Item& newer, const Item& older, Now now) {
  forget(newer);
  newer.enqueued_ms = std::min(newer.enqueued_ms, older.enqueued_ms);
  newer.due_ms = older.due_ms;
  enqueued_.insert(newer.enqueued_ms);
  forget(older);
  log_.coalesced(older.record, queued_of(newer, now));
}

void Lanes::replace_waiting(Slot& slot, Item item, Now now) {
  Lane& lane = slot.second;
  if (!lane.flying) unready(slot);
  take_place(item, *lane.waiting, now);
  lane.waiting = std::move(item);
  if (!lane.flying) make_ready(slot);
}

std::vector<Delivery> Lanes::due(std::string_view origin, Now now, size_t max_records, size_t max_bytes) {
  std::vector<Delivery> result;
  const auto found = origins_.find(origin);
  if (found == origins_.end()) return result;
  auto& ready = found->second.ready;
  size_t bytes = 0;
  while (!ready.empty() && ready.begin()->first.first <= now.steady_ms && result.size() < max_records &&
         bytes < max_bytes) {
    Slot& slot = *ready.begin()->second;
    ready.erase(ready.begin());
    Lane& lane = slot.second;
    lane.flying = std::move(lane.waiting);
    lane.waiting.reset();
    const Item& item = *lane.flying;
    bytes += item.record->image.size();
    flying_.emplace(item.record->seq, &slot);
    result.push_back({item.record, item.attempts + 1, item.enqueued_ms});
  }
  if (!result.empty()) tell();
  return result;
}

std::optional<int64_t> Lanes::next_due_ms(std::string_view origin) const {
  const auto found = origins_.find(origin);
  if (found == origins_.end() || found->second.ready.empty()) return std::nullopt;
  return found->second.ready.begin()->first.first;
}

std::vector<std::string> Lanes::origins() const {
  std::vector<std::string> names;
  for (const auto& origin : origins_) names.push_back(origin.first);
  return names;
}

Lanes::Slot* Lanes::land(uint64_t seq) {
  const auto at = flying_.find(seq);
  if (at == flying_.end()) return nullptr;
  Slot* slot = at->second;
  flying_.erase(at);
  return slot;
}

void Lanes::delivered(uint64_t seq, Now now) {
  Slot* slot = land(seq);
  if (slot == nullptr) return;
  Lane& lane = slot->second;
  log_.delivered(queued_of(*lane.flying, now), now);
  forget(*lane.flying);
  lane.flying.reset();
  lane.failures = 0;
  go_on(*slot);
  tell();
}

void Lanes::note_failure(Item& item, std::string_view error) {
  ++item.attempts;
  item.last_error = error.substr(0, kErrorBytesMost);
  if (item.first_error.empty()) item.first_error = item.last_error;
}

void Lanes::failed(uint64_t seq, std::string_view error, std::optional<int64_t> retry_after_ms, Now now,
                   base::Random& random) {
  Slot* slot = land(seq);
  if (slot == nullptr) return;
  Item& item = *slot->second.flying;
  note_failure(item, error);
  const LaneSettings& settings = origin_of(item).settings;
  if (settings.max_attempts != 0 && item.attempts >= settings.max_attempts) {
    give_up(*slot, DeadReason::kAttempts, now);
  } else if (now.steady_ms - item.enqueued_ms > settings.max_age_ms) {
    give_up(*slot, DeadReason::kAge, now);
  } else {
    back_off(*slot, std::move(item), retry_after_ms, now, random);
  }
  tell();
}

void Lanes::refused(uint64_t seq, std::string_view error, Now now, base::Random& random) {
  Slot* slot = land(seq);
  if (slot == nullptr) return;
  Item& item = *slot->second.flying;
  note_failure(item, error);
  if (++item.permanents >= origin_of(item).settings.permanent_attempts) {
    give_up(*slot, DeadReason::kPermanent, now);
  } else {
    back_off(*slot, std::move(item), std::nullopt, now, random);
  }
  tell();
}

void Lanes::back_off(Slot& slot, Item item, std::optional<int64_t> retry_after_ms, Now now,
                     base::Random& random) {
  const LaneSettings& settings = origin_of(item).settings;
  const uint32_t doublings = std::min<uint32_t>(slot.second.failures++, 20);
  const int64_t limit_ms = std::min(settings.backoff_cap_ms, settings.backoff_base_ms << doublings);
  int64_t wait_ms =
      1 + static_cast<int64_t>(random.below(static_cast<uint64_t>(std::max<int64_t>(1, limit_ms))));
  if (retry_after_ms) wait_ms = std::max(wait_ms, std::min(*retry_after_ms, kRetryAfterMostMs));
  item.due_ms = now.steady_ms + wait_ms;
  back_to_waiting(slot, std::move(item), now, true);
}

void Lanes::paused(uint64_t seq, int64_t wait_ms, Now now) {
  Slot* slot = land(seq);
  if (slot == nullptr) return;
  Item item = std::move(*slot->second.flying);
  item.due_ms = now.steady_ms + std::clamp<int64_t>(wait_ms, 0, kRetryAfterMostMs);
  back_to_waiting(*slot, std::move(item), now, false);
  tell();
}

// What came back would be sent again; if something newer waits, that is sent in its place.
void Lanes::back_to_waiting(Slot& slot, Item item, Now now, bool changed) {
  Lane& lane = slot.second;
  lane.flying.reset();
  if (lane.waiting) {
    take_place(*lane.waiting, item, now);
  } else {
    if (changed) log_.retried(queued_of(item, now));
    lane.waiting = std::move(item);
  }
  make_ready(slot);
}

// `slot` may be gone afterwards.
void Lanes::give_up(Slot& slot, DeadReason reason, Now now) {
  Lane& lane = slot.second;
  const uint64_t seq = lane.flying->record->seq;
  if (!log_.bury(queued_of(*lane.flying, now), reason, now)) {
    lane.stuck = true;
    lane.reason = reason;
    stuck_.emplace(seq, &slot);
    return;
  }
  if (lane.stuck) stuck_.erase(seq);
  lane.stuck = false;
  forget(*lane.flying);
  lane.flying.reset();
  go_on(slot);
}

void Lanes::go_on(Slot& slot) {
  if (slot.second.waiting) {
    make_ready(slot);
  } else {
    lanes_.erase(Name(slot.first));
  }
}

void Lanes::dead_letters_have_room(Now now) {
  while (!stuck_.empty()) {
    Slot& slot = *stuck_.begin()->second;
    const size_t before = stuck_.size();
    give_up(slot, slot.second.reason, now);
    if (stuck_.size() == before) break;
  }
  tell();
}

Standing Lanes::standing() const {
  Standing standing{enqueued_.size(), flying_.size(), stuck_.size(), std::nullopt};
  if (!enqueued_.empty()) standing.oldest_ms = *enqueued_.begin();
  return standing;
}

void Lanes::tell() {
  log_.standing(standing());
}

}  // namespace corral::outbox
