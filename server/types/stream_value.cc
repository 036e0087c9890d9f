// Adding, finding and deleting entries; memory, copies and freeing.
// Threading: see stream_value.h.
// See: README.md of this folder, "Streams".
#include "server/types/stream_value.h"

#include <new>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/base/size_class.h"

namespace corral::types {
namespace {

struct NodeUpTo {  // the nodes that begin at this id or before it
  StreamId id;
  bool operator()(const StreamNode* node) const { return node->id() <= id; }
};

struct NodeBefore {
  StreamId id;
  bool operator()(const StreamNode* node) const { return node->id() < id; }
};

size_t bytes_of(const StreamNode& node) {
  return base::size_class(sizeof(StreamNode)) + node.memory_bytes();
}

}  // namespace

StreamValue::~StreamValue() {
  while (discard(SIZE_MAX) > 0) {
  }
}

size_t StreamValue::memory_bytes() const {
  return base::size_class(sizeof *this) + node_memory_ + nodes_.memory_bytes() + groups_.memory_bytes();
}

std::unique_ptr<Value> StreamValue::clone() const {
  auto copy = std::make_unique<StreamValue>();
  for (auto node = nodes_.first(); node; node.next()) {
    auto* const same = new (base::allocate(sizeof(StreamNode))) StreamNode(**node);
    copy->node_memory_ += bytes_of(*same);
    copy->nodes_.append(same);
  }
  copy->groups_.copy_from(groups_);
  copy->length_ = length_;
  copy->last_id_ = last_id_;
  copy->first_id_ = first_id_;
  copy->max_deleted_id_ = max_deleted_id_;
  copy->entries_added_ = entries_added_;
  return copy;
}

size_t StreamValue::discard(size_t budget) {
  size_t freed = 0;
  while (freed < budget && !nodes_.empty()) {
    StreamNode* const last = *nodes_.last();
    freed += last->live() + last->deleted();
    remove_node(last);
  }
  if (freed < budget) freed += groups_.discard(budget - freed);
  return freed;
}

void StreamValue::append(StreamId id, Fields fields, const Thresholds& thresholds) {
  CHECK(id > last_id_ && !fields.empty() && fields.size() % 2 == 0);
  uint64_t text_bytes = 0;
  for (const std::string_view text : fields) text_bytes += text.size();
  CHECK(text_bytes <= StreamNode::kMostBytes);
  StreamNode* const last = nodes_.empty() ? nullptr : *nodes_.last();
  if (last == nullptr || last->full_for(text_bytes, thresholds)) {
    auto* const node = new (base::allocate(sizeof(StreamNode))) StreamNode(id, fields);
    nodes_.append(node);
    node_memory_ += bytes_of(*node);
  } else {
    node_memory_ -= bytes_of(*last);
    last->append(id, fields);
    node_memory_ += bytes_of(*last);
  }
  ++entries_added_;
  last_id_ = id;
  if (++length_ == 1) first_id_ = id;
}

StreamValue::Nodes::Cursor StreamValue::node_for(StreamId id) const {
  const uint64_t count = nodes_.count_before(NodeUpTo{id});
  return count == 0 ? Nodes::Cursor() : nodes_.at(count - 1);
}

std::optional<StreamNode::Entry> StreamValue::find(StreamNode& node, StreamId id) const {
  for (StreamNode::Position at = node.first(); at != StreamNode::kNone;) {
    const StreamNode::Entry entry = node.read(at);
    if (entry.id == id && !entry.deleted) return entry;
    if (entry.id > id) break;
    at = node.next(entry);
  }
  return std::nullopt;
}

bool StreamValue::contains(StreamId id) const {
  const auto node = node_for(id);
  return node && find(**node, id).has_value();
}

bool StreamValue::erase(StreamId id) {
  const auto cursor = node_for(id);
  if (!cursor) return false;
  StreamNode& node = **cursor;
  const auto entry = find(node, id);
  if (!entry) return false;
  if (node.live() == 1) {
    remove_node(&node);
  } else {
    node.mark_deleted(*entry);
  }
  --length_;
  if (id > max_deleted_id_) max_deleted_id_ = id;
  if (length_ == 0 || id == first_id_) update_first_id();
  return true;
}

void StreamValue::remove_node(StreamNode* node) {
  nodes_.erase(NodeBefore{node->id()});
  node_memory_ -= bytes_of(*node);
  node->~StreamNode();
  base::release(node, sizeof(StreamNode));
}

void StreamValue::update_first_id() {
  StreamIterator all(*this, StreamId::min(), StreamId::max());
  first_id_ = all.next() ? all.id() : StreamId();
}

StreamIterator::StreamIterator(const StreamValue& stream, StreamId start, StreamId end, bool reverse)
    : node_(stream.node_for(reverse ? end : start)), start_(start), end_(end), reverse_(reverse) {
  if (!node_ && !reverse) node_ = stream.nodes_.first();
}

StreamNode::Position StreamIterator::step_in_node() const {
  const StreamNode& node = **node_;
  if (!entered_) return reverse_ ? node.last() : node.first();
  return reverse_ ? node.previous(entry_.at) : node.next(entry_);
}

// To the neighbouring entry, deleted or not.
bool StreamIterator::step() {
  while (node_) {
    const StreamNode::Position at = step_in_node();
    if (at != StreamNode::kNone) {
      entry_ = (*node_)->read(at);
      entered_ = true;
      return true;
    }
    reverse_ ? node_.previous() : node_.next();
    entered_ = false;
  }
  return false;
}

bool StreamIterator::next() {
  while (step()) {
    if (reverse_ ? entry_.id < start_ : entry_.id > end_) {
      node_ = {};
      return false;
    }
    if (!entry_.deleted && entry_.id >= start_ && entry_.id <= end_) return true;
  }
  return false;
}

}  // namespace corral::types
