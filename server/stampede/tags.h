// Tags and declared prefixes: invalidating millions of entries by moving one number.
// Threading: any thread. Look-ups by name take a leaf lock; epochs are atomics.
// See: README.md of this folder, "Tags".
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "server/base/hash.h"
#include "server/store/entry.h"

namespace corral::stampede {

enum class TagSpace : uint8_t { kTag, kPrefix };
enum class TagState : uint8_t { kCurrent, kStale, kRemoved };

/// Names to rows of epochs. Bounded: when the table is full, further names share coarser rows by hash, which
/// invalidates too much and never too little. Rows without live entries are dropped by the sweep.
class TagTable {
 public:
  explicit TagTable(uint32_t max_rows = 65536, const base::HashSecret& secret = base::HashSecret::random());
  ~TagTable();
  TagTable(const TagTable&) = delete;
  TagTable& operator=(const TagTable&) = delete;

  /// The stamp for an entry filled now; makes the row when missing. To be called under the lock under which
  /// the entry is then stored, so that a sweep sees either the stamp or the entry.
  store::TagStamp stamp(TagSpace space, std::string_view name);
  /// Moves the tag's epoch. Soft: entries become stale; hard: they are gone. False when no entry ever had the
  /// tag. O(1), independent of the number of entries. It binds entries stamped before; stamp() after it gives
  /// a current one.
  bool invalidate(TagSpace space, std::string_view name, bool hard);
  /// What the epochs say of an entry. A few ns per tag.
  TagState state(const store::Extension& extension) const;

  /// Sweep: mark() every tag id found in entries during a full walk, then end_sweep() drops rows made before
  /// begin_sweep() and not marked. Between the two stamp() keeps rows alive; what moves or copies an entry
  /// with its tags to another key calls mark() as well, since the walk may be past that key. One sweep at a
  /// time.
  void begin_sweep();
  void mark(const store::Extension& extension);
  void end_sweep();

  uint64_t rows() const;    ///< names with a row of their own
  uint64_t folded() const;  ///< stamps given from a shared row because the table was full

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace corral::stampede
