// Who is sent next: one lane for each key, at most one record of a key in flight, other keys never wait for it.
// Threading: one thread (the one that talks to origins). Pure: no clock, no I/O; what is to be written down goes to LaneLog.
// See: README.md of this folder, "Lanes".
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/base/hash.h"
#include "server/base/random.h"
#include "server/outbox/record.h"

namespace corral::outbox {

/// Of all lanes together.
struct Standing {
  size_t records = 0;  ///< waiting, in flight and stuck
  size_t in_flight = 0;
  size_t stuck = 0;  ///< lanes that stand still because there is no room for one more dead letter
  std::optional<int64_t> oldest_ms;  ///< steady time of the oldest first enqueuing
};

/// What happens to records. Called on the lanes' thread; Outbox writes it down.
class LaneLog {
 public:
  virtual ~LaneLog() = default;
  virtual void delivered(const Queued& queued, Now now) = 0;
  /// `old` will never be sent: `by` is newer and takes over its place in time.
  virtual void coalesced(const RecordPtr& old, const Queued& by) = 0;
  virtual void retried(const Queued& queued) = 0;
  /// False: there is no room. Nothing has happened then, and the lane stands still.
  virtual bool bury(const Queued& queued, DeadReason reason, Now now) = 0;
  virtual void standing(const Standing& standing) = 0;
};

struct LaneSettings {
  int64_t backoff_base_ms = 100;
  int64_t backoff_cap_ms = 60'000;
  uint32_t max_attempts = 0;        ///< 0: unlimited
  uint32_t permanent_attempts = 1;  ///< so many permanent failures are believed
  int64_t max_age_ms = 24 * 3'600'000;
};

/// One record to be sent; the lane stands until delivered(), failed(), paused() or refused() has been called for its seq.
struct Delivery {
  RecordPtr record;
  uint32_t attempt = 1;
  int64_t enqueued_ms = 0;  ///< steady
};

class Lanes {
 public:
  Lanes(LaneLog& log, const base::HashSecret& secret, LaneSettings settings = {});
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  /// For the records of one origin, from now on.
  void set_settings(std::string_view origin, LaneSettings settings);

  /// A durable record: new, of the last run, or redriven. Replaces one of its key that waits and keeps that one's times;
  /// one that is older than what its lane holds is recorded as coalesced. O(log n).
  void add(const Queued& queued, Now now);

  /// Records of `origin` that are ready, oldest due time first, each of another key: at most `max_records`, and no more
  /// after `max_bytes` of images are reached. They are in flight then. O(k log n).
  std::vector<Delivery> due(std::string_view origin, Now now, size_t max_records, size_t max_bytes);
  /// Steady time of the next ready record; none: all is in flight, stuck or delivered.
  std::optional<int64_t> next_due_ms(std::string_view origin) const;
  std::vector<std::string> origins() const;

  /// The answers. A seq that is not in flight is ignored, so an answer too many does nothing.
  void delivered(uint64_t seq, Now now);
  /// May work later: full jitter between 1 ms and the backoff, doubled each time; later if the origin has asked for it.
  void failed(uint64_t seq, std::string_view error, std::optional<int64_t> retry_after_ms, Now now,
              base::Random& random);
  /// Not sent (breaker, budget, shedding): no attempt, and no number of them gives a record up.
  void paused(uint64_t seq, int64_t wait_ms, Now now);
  /// Will never work.
  void refused(uint64_t seq, std::string_view error, Now now, base::Random& random);

  /// Stuck lanes try to bury again, the oldest first, until there is no room.
  void dead_letters_have_room(Now now);

  Standing standing() const;

 private:
  struct Item {
    RecordPtr record;
    int64_t enqueued_ms = 0;  // steady, as due_ms
    int64_t due_ms = 0;
    uint32_t attempts = 0;
    uint32_t permanents = 0;
    std::string first_error, last_error;
  };
  struct Name {
    uint32_t db;
    std::string key;
    bool operator==(const Name&) const = default;
  };
  struct NameHash {
    const base::HashSecret* secret;
    size_t operator()(const Name& name) const { return base::hash_bytes(name.key, *secret) + name.db; }
  };
  struct Lane {
    std::optional<Item> flying;  // in flight, or stuck
    std::optional<Item> waiting;
    bool stuck = false;
    DeadReason reason = DeadReason::kPermanent;  // stuck: why it is to be buried
    uint32_t failures = 0;                       // since the last success: what the backoff grows by
  };
  using Slot = std::pair<const Name, Lane>;
  struct Origin {
    std::map<std::pair<int64_t, uint64_t>, Slot*> ready;  // by due time and seq
    LaneSettings settings;
  };

  Origin& origin_of(const Item& item);
  Item item_of(const Queued& queued, Now now);
  Queued queued_of(const Item& item, Now now) const;
  void forget(const Item& item);
  void make_ready(Slot& slot);
  void unready(Slot& slot);
  void replace_waiting(Slot& slot, Item item, Now now);
  void take_place(Item& newer, const Item& older, Now now);
  Slot* land(uint64_t seq);
  void back_to_waiting(Slot& slot, Item item, Now now, bool changed);
  void back_off(Slot& slot, Item item, std::optional<int64_t> retry_after_ms, Now now, base::Random& random);
  void note_failure(Item& item, std::string_view error);
  void give_up(Slot& slot, DeadReason reason, Now now);
  void go_on(Slot& slot);
  void tell();

  LaneLog& log_;
  LaneSettings settings_;
  std::unordered_map<Name, Lane, NameHash> lanes_;
  std::map<std::string, Origin, std::less<>> origins_;
  std::unordered_map<uint64_t, Slot*> flying_;  // by seq; stuck ones are not in it
  std::map<uint64_t, Slot*> stuck_;             // by seq
  std::multiset<int64_t> enqueued_;             // of every item
};

}  // namespace corral::outbox
