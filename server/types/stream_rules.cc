// Redis 7.0's rules for trimming, and for counting what groups have read.
// Threading: see stream_value.h.
// See: README.md of this folder, "Streams"; Redis 7.0, "streamTrim", "streamEstimateDistanceFromFirstEverEntry".
#include <array>
#include <bit>

#include "server/types/stream_value.h"

namespace corral::types {
namespace {

constexpr int kIdBytes = 16;

// How many bytes two different ids have in common, both written with the highest byte first.
int common_bytes(StreamId a, StreamId b) {
  if (a.ms != b.ms) return std::countl_zero(a.ms ^ b.ms) / 8;
  return 8 + std::countl_zero(a.sequence ^ b.sequence) / 8;
}

// Counts the nodes of a radix tree whose keys come in their order. A node branches, or holds a run of bytes, or ends a
// key. Of the branches above the last key it keeps the depths.
class RadixNodeCount {
 public:
  void add(StreamId id) {
    if (keys_++ > 0) {
      const int depth = common_bytes(last_, id);
      leave(depth);
      if (open_ == 0 || branches_[open_ - 1] != depth) branches_[open_++] = depth;
    }
    last_ = id;
  }
  uint64_t finish() {
    if (keys_ == 0) return 1;
    leave(-1);
    return nodes_ + keys_;
  }

 private:
  // Counts what the path of the last key has below the byte at `depth`.
  void leave(int depth) {
    int end = kIdBytes;
    while (open_ > 0 && branches_[open_ - 1] > depth) {
      const int branch = branches_[--open_];
      nodes_ += end > branch + 1 ? 2 : 1;
      end = branch;
    }
    if (end > depth + 1) ++nodes_;
  }

  std::array<int, kIdBytes> branches_{};  // depths, from the root down
  size_t open_ = 0;
  uint64_t nodes_ = 0;
  uint64_t keys_ = 0;
  StreamId last_;
};

}  // namespace

uint64_t StreamValue::radix_tree_nodes() const {
  RadixNodeCount count;
  uint64_t seen = 0;
  for (auto at = nodes_.first(); at && seen < kCountedNodes; at.next(), ++seen) count.add((*at)->id());
  const uint64_t counted = count.finish();
  return seen == nodes() ? counted : counted * nodes() / seen;
}

uint64_t StreamValue::trim(const StreamTrim& trim) {
  const bool by_length = trim.kind == StreamTrim::Kind::kMaxLength;
  uint64_t gone = 0;
  while (!nodes_.empty() && !(by_length && length_ <= trim.max_length)) {
    StreamNode* const node = *nodes_.first();
    const uint64_t live = node->live();
    if (trim.limit != 0 && gone + live > static_cast<uint64_t>(trim.limit)) break;
    const bool whole =
        by_length ? length_ - live >= trim.max_length : node->read(node->last()).id < trim.min_id;
    if (whole) {
      remove_node(node);
      length_ -= live;
      gone += live;
      continue;
    }
    if (!trim.approximate) gone += trim_within(*node, trim);
    break;
  }
  if (length_ == 0 || gone > 0) update_first_id();
  return gone;
}

uint64_t StreamValue::trim_within(StreamNode& node, const StreamTrim& trim) {
  uint64_t gone = 0;
  for (StreamNode::Position at = node.first(); at != StreamNode::kNone;) {
    const StreamNode::Entry entry = node.read(at);
    const bool enough =
        trim.kind == StreamTrim::Kind::kMaxLength ? length_ <= trim.max_length : entry.id >= trim.min_id;
    if (enough) break;
    at = node.next(entry);
    if (entry.deleted) continue;
    node.mark_deleted(entry);
    --length_;
    ++gone;
  }
  return gone;
}

// Has an entry at `id` or behind it been deleted, as far as the highest deleted id tells?
bool StreamValue::deleted_from(StreamId id) const {
  return length_ > 0 && !max_deleted_id_.zero() && first_id_ <= max_deleted_id_ && id <= max_deleted_id_;
}

int64_t StreamValue::entries_up_to(StreamId id) const {
  const auto added = static_cast<int64_t>(entries_added_);
  if (added == 0) return 0;
  if (length_ == 0 && id <= last_id_) return added;
  if (id == last_id_) return added;
  if (id > last_id_) return StreamGroup::kUnknown;
  // Without deletions behind the first entry, the count is known before it and at it.
  if (max_deleted_id_.zero() || max_deleted_id_ < first_id_) {
    const int64_t before_first = added - static_cast<int64_t>(length_);
    if (id < first_id_) return before_first;
    if (id == first_id_) return before_first + 1;
  }
  return StreamGroup::kUnknown;
}

std::optional<int64_t> StreamValue::lag(const StreamGroup& group) const {
  if (entries_added_ == 0) return 0;
  int64_t read = group.entries_read;
  if (read == StreamGroup::kUnknown || deleted_from(group.last_id)) read = entries_up_to(group.last_id);
  if (read == StreamGroup::kUnknown) return std::nullopt;
  return static_cast<int64_t>(entries_added_) - read;
}

void StreamValue::advance(StreamGroup& group, StreamId id) const {
  if (id <= group.last_id) return;
  if (group.entries_read != StreamGroup::kUnknown && !deleted_from(id)) {
    ++group.entries_read;
  } else if (entries_added_ > 0) {
    group.entries_read = entries_up_to(id);
  }
  group.last_id = id;
}

}  // namespace corral::types
