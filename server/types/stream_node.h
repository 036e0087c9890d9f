// Up to some hundred entries of a stream, packed; field names that repeat are stored once.
// Threading: touched by the stream that owns it.
// See: README.md of this folder, "Streams".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/types/packed_list.h"
#include "server/types/stream_id.h"
#include "server/types/thresholds.h"

namespace corral::types {

/// Entries are appended in the order of their ids and deleted by a mark; the first entry's fields are the node's fields,
/// and every later entry with the same ones stores its values only. One with all its entries deleted may stay.
class StreamNode {
 public:
  using Position = PackedList::Position;
  static constexpr Position kNone = PackedList::kNone;

  /// Most bytes in the fields and values of an entry, and in a node whatever the thresholds say; as in Redis.
  static constexpr uint64_t kMostBytes = uint64_t{1} << 30;
  /// Fields and values in turn.
  using Fields = std::span<const std::string_view>;

  /// One entry; valid until the next change of the stream.
  struct Entry {
    StreamId id;
    bool deleted = false;
    bool own_fields = false;
    uint32_t fields = 0;    // pairs
    Position at = kNone;    // of the entry
    Position body = kNone;  // of the first field, or the first value when it has no own fields
  };

  StreamNode(StreamId id, Fields fields);

  StreamId id() const { return id_; }
  uint32_t live() const { return live_; }
  uint32_t deleted() const { return deleted_; }
  const PackedList& list() const { return list_; }
  /// Of the packed entries; the node itself is counted by its owner.
  size_t memory_bytes() const { return list_.memory_bytes(); }

  /// Redis' rule for when the next entry opens a node, so that approximate trimming leaves the same entries.
  /// `text_bytes`: lengths of all fields and values of that entry.
  bool full_for(uint64_t text_bytes, const Thresholds& thresholds) const;
  /// `id` must be greater than all before.
  void append(StreamId id, Fields fields);
  void mark_deleted(const Entry& entry);

  /// Positions of entries, deleted ones too; kNone when there is none. The last of a node always exists.
  Position first() const { return first_entry_; }
  Position last() const { return before(PackedList::kNone); }
  Position next(const Entry& entry) const;
  Position previous(Position entry) const { return entry == first_entry_ ? kNone : before(entry); }
  Entry read(Position entry) const;

  /// Calls visit(field, value) for every pair, both as PackedElement.
  template <typename Visit>
  void each_field(const Entry& entry, const Visit& visit) const {
    Position name = entry.own_fields ? entry.body : list_.next(list_.first());
    Position value = entry.own_fields ? kNone : entry.body;
    for (uint32_t i = 0; i < entry.fields; ++i) {
      if (entry.own_fields) value = list_.next(name);
      visit(list_.get(name), list_.get(value));
      name = list_.next(entry.own_fields ? value : name);
      if (!entry.own_fields) value = list_.next(value);
    }
  }

  StreamNode(const StreamNode& other)
      : list_(other.list_.clone()),
        id_(other.id_),
        live_(other.live_),
        deleted_(other.deleted_),
        first_entry_(other.first_entry_),
        entry_bytes_(other.entry_bytes_) {}
  StreamNode& operator=(const StreamNode&) = delete;

 private:
  Position before(Position behind) const;
  bool has_node_fields(Fields fields) const;
  void add(const PackedElement& element);

  PackedList
      list_;  // count of fields, fields; entries: flags, ms, sequence, [count, fields with] values, elements
  StreamId id_;  // of the first entry ever; the others are stored as differences to it
  uint32_t live_ = 0;
  uint32_t deleted_ = 0;
  Position first_entry_ = kNone;
  uint32_t entry_bytes_ = 0;  // that Redis would have written for the elements
};

}  // namespace corral::types
