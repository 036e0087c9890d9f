// A stream: entries by id, in packed nodes, with consumer groups.
// Threading: see value.h.
// See: README.md of this folder, "Streams".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "server/types/ordered_tree.h"
#include "server/types/stream_group.h"
#include "server/types/stream_id.h"
#include "server/types/stream_node.h"
#include "server/types/thresholds.h"
#include "server/types/value.h"

namespace corral::types {

/// XTRIM and the trimming in XADD.
struct StreamTrim {
  enum class Kind : uint8_t { kMaxLength, kMinId };
  Kind kind = Kind::kMaxLength;
  uint64_t max_length = 0;
  StreamId min_id;
  bool approximate = false;  ///< "~": whole nodes only
  int64_t limit = 0;         ///< stops before the node that would make it more; 0 = none
};

class StreamIterator;

/// May be empty: a stream stays until its key is deleted.
class StreamValue final : public Value {
 public:
  static constexpr ValueType kType = ValueType::kStream;
  using Fields = StreamNode::Fields;
  static constexpr uint64_t kCountedNodes = 1024;

  StreamValue() = default;
  ~StreamValue() override;

  ValueType type() const override { return ValueType::kStream; }
  std::string_view encoding() const override { return "stream"; }
  size_t size() const override { return length_; }
  size_t memory_bytes() const override;
  std::unique_ptr<Value> clone() const override;
  size_t discard(size_t budget) override;

  StreamId last_id() const { return last_id_; }
  StreamId first_id() const { return first_id_; }  ///< 0-0 when empty
  StreamId max_deleted_id() const { return max_deleted_id_; }
  uint64_t entries_added() const { return entries_added_; }  ///< ever
  uint64_t nodes() const { return nodes_.size(); }           ///< "radix-tree-keys" of XINFO STREAM

  /// "radix-tree-nodes": what Redis' tree of the same nodes would be made of, by their ids. Counted up to kCountedNodes
  /// nodes, O(those); beyond them in proportion.
  uint64_t radix_tree_nodes() const;

  /// The id must be greater than last_id(), as new_stream_id() gives it, and all texts together within
  /// StreamNode::kMostBytes. Amortised O(fields), and O(log nodes).
  void append(StreamId id, Fields fields, const Thresholds& thresholds);
  /// XDEL of one id. O(log nodes + entries of a node).
  bool erase(StreamId id);
  /// Returns how many entries went. O(those), in nodes where it can.
  uint64_t trim(const StreamTrim& trim);
  bool contains(StreamId id) const;

  /// XSETID, and restoring. The caller checks that the last id is not below the last entry's.
  void set_last_id(StreamId id) { last_id_ = id; }
  void set_entries_added(uint64_t count) { entries_added_ = count; }
  void set_max_deleted_id(StreamId id) { max_deleted_id_ = id; }

  StreamGroups& groups() { return groups_; }
  const StreamGroups& groups() const { return groups_; }

  /// How many entries there were up to `id` from the first one ever; StreamGroup::kUnknown when deletions hide it.
  int64_t entries_up_to(StreamId id) const;
  /// How many entries the group has not read yet; none when it cannot be known.
  std::optional<int64_t> lag(const StreamGroup& group) const;
  /// Moves the group on to an entry that is delivered now.
  void advance(StreamGroup& group, StreamId id) const;

 private:
  friend class StreamIterator;
  using Nodes = OrderedTree<StreamNode*>;

  bool deleted_from(StreamId id) const;
  /// The node that would hold the id, none if there is no node up to it.
  Nodes::Cursor node_for(StreamId id) const;
  std::optional<StreamNode::Entry> find(StreamNode& node, StreamId id) const;
  void remove_node(StreamNode* node);
  void update_first_id();
  uint64_t trim_within(StreamNode& node, const StreamTrim& trim);

  Nodes nodes_;
  StreamGroups groups_;
  size_t node_memory_ = 0;
  uint64_t length_ = 0;
  StreamId last_id_;
  StreamId first_id_;
  StreamId max_deleted_id_;
  uint64_t entries_added_ = 0;
};

/// The entries from `start` to `end`, both included, in either direction. Valid until the next change of the stream.
/// Starting costs O(log nodes + entries of a node).
class StreamIterator {
 public:
  StreamIterator(const StreamValue& stream, StreamId start, StreamId end, bool reverse = false);

  /// Goes to the next entry (the first one at first); false behind the last.
  bool next();
  StreamId id() const { return entry_.id; }
  uint32_t fields() const { return entry_.fields; }
  /// Calls visit(field, value) in their order, both PackedElement.
  template <typename Visit>
  void each_field(const Visit& visit) const {
    (*node_)->each_field(entry_, visit);
  }

 private:
  bool step();
  StreamNode::Position step_in_node() const;

  StreamValue::Nodes::Cursor node_;
  StreamNode::Entry entry_;
  StreamId start_;
  StreamId end_;
  bool reverse_;
  bool entered_ = false;  // is entry_ one of node_'s?
};

}  // namespace corral::types
