// The newest write of every key that has not reached its origin: what a reader must see though the key was evicted.
// Threading: any thread. Its locks are leaves: held for one look-up, never while another is taken, nothing freed under them.
// See: README.md of this folder, "Overlay".
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "server/base/hash.h"
#include "server/base/stripe_lock.h"
#include "server/outbox/record.h"

namespace corral::outbox {

class Overlay {
 public:
  explicit Overlay(const base::HashSecret& secret);
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;

  /// The newest write under way; null: none, the origin has all. A kPut may be past its expires_at_ms. O(1).
  RecordPtr pending(uint32_t db, std::string_view key) const;
  /// Ignored when something newer is there.
  void put(RecordPtr record);
  /// `record` is under way no longer. Forgets it, unless something newer is there.
  void settle(const Record& record);
  size_t size() const { return size_.load(std::memory_order_relaxed); }
  /// All of it; stripe by stripe, so it is no moment's picture.
  std::vector<RecordPtr> all() const;

 private:
  struct Name {
    uint32_t db;
    std::string_view key;
  };
  struct Hash {
    using is_transparent = void;
    const base::HashSecret* secret;
    size_t operator()(const Name& name) const { return base::hash_bytes(name.key, *secret) + name.db; }
    size_t operator()(const RecordPtr& record) const { return (*this)(Name{record->db, record->key}); }
  };
  struct Equal {
    using is_transparent = void;
    static Name name(const Name& name) { return name; }
    static Name name(const RecordPtr& record) { return {record->db, record->key}; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return name(a).db == name(b).db && name(a).key == name(b).key;
    }
  };
  using Records = std::unordered_set<RecordPtr, Hash, Equal>;
  struct alignas(64) Stripe {
    explicit Stripe(const base::HashSecret& secret) : records(0, Hash{&secret}) {}
    mutable base::StripeLock lock;
    Records records CORRAL_GUARDED_BY(lock);
  };
  static constexpr size_t kStripes = 64;

  Stripe& stripe_of(uint32_t db, std::string_view key) const;

  const base::HashSecret& secret_;
  std::vector<std::unique_ptr<Stripe>> stripes_;
  std::atomic<size_t> size_{0};
};

}  // namespace corral::outbox
