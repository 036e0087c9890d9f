// Packing and unpacking the entries of a node.
// Threading: see stream_node.h.
// See: README.md of this folder, "Streams"; Redis 7.0, "streamAppendItem".
#include "server/types/stream_node.h"

#include <algorithm>

#include "server/base/check.h"

namespace corral::types {
namespace {

constexpr int64_t kDeleted = 1;
constexpr int64_t kNodeFields = 2;

uint32_t redis_integer_bytes(int64_t number) {
  if (number >= 0 && number <= 127) return 1;
  if (number >= -4096 && number <= 4095) return 2;
  if (number >= INT16_MIN && number <= INT16_MAX) return 3;
  if (number >= -(1 << 23) && number < (1 << 23)) return 4;
  if (number >= INT32_MIN && number <= INT32_MAX) return 5;
  return 9;
}

// Size in Redis' listpack with the length that stands behind the element.
uint32_t redis_bytes(const PackedElement& element) {
  uint32_t bytes = 0;
  if (element.is_number()) {
    bytes = redis_integer_bytes(element.number());
  } else {
    const auto size = static_cast<uint32_t>(element.size());
    bytes = size + (size < 64 ? 1 : size < 4096 ? 2 : 5);
  }
  const uint32_t behind = bytes <= 127        ? 1
                          : bytes < 16383     ? 2
                          : bytes < 2097151   ? 3
                          : bytes < 268435455 ? 4
                                              : 5;
  return bytes + behind;
}

uint64_t difference(uint64_t a, uint64_t b) {
  return a - b;
}

}  // namespace

StreamNode::StreamNode(StreamId id, Fields fields) : id_(id) {
  add(PackedElement::of(static_cast<int64_t>(fields.size() / 2)));
  for (size_t i = 0; i < fields.size(); i += 2) add(PackedElement::of(fields[i]));
  first_entry_ = list_.bytes();
  append(id, fields);
}

void StreamNode::add(const PackedElement& element) {
  entry_bytes_ += redis_bytes(element);
  list_.append(element);
}

bool StreamNode::full_for(uint64_t text_bytes, const Thresholds& thresholds) const {
  // Redis has seven bytes around the list, two counts before the fields and a zero behind them.
  const uint64_t bytes =
      7 + uint64_t{entry_bytes_} + redis_integer_bytes(live_) + 1 + redis_integer_bytes(deleted_) + 1 + 2;
  auto limit = static_cast<uint64_t>(thresholds.stream_node_max_bytes);
  if (limit == 0 || limit > kMostBytes) limit = kMostBytes;
  if (bytes + text_bytes >= limit) return true;
  const int64_t most = thresholds.stream_node_max_entries;
  return most != 0 && int64_t{live_} + deleted_ >= most;
}

bool StreamNode::has_node_fields(Fields fields) const {
  Position at = list_.first();
  if (list_.get(at).number() != static_cast<int64_t>(fields.size() / 2)) return false;
  for (size_t i = 0; i < fields.size(); i += 2) {
    at = list_.next(at);
    if (!list_.equals(at, PackedElement::of(fields[i]))) return false;
  }
  return true;
}

void StreamNode::append(StreamId id, Fields fields) {
  const bool same = has_node_fields(fields);
  const auto pairs = static_cast<int64_t>(fields.size() / 2);
  add(PackedElement::of(same ? kNodeFields : 0));
  add(PackedElement::of(static_cast<int64_t>(difference(id.ms, id_.ms))));
  add(PackedElement::of(static_cast<int64_t>(difference(id.sequence, id_.sequence))));
  if (!same) add(PackedElement::of(pairs));
  for (size_t i = 0; i < fields.size(); ++i) {
    if (!same || i % 2 == 1) add(PackedElement::of(fields[i]));
  }
  add(PackedElement::of(3 + pairs + (same ? 0 : pairs + 1)));
  ++live_;
}

void StreamNode::mark_deleted(const Entry& entry) {
  DCHECK(!entry.deleted);
  list_.replace(entry.at, PackedElement::of(list_.get(entry.at).number() | kDeleted));
  --live_;
  ++deleted_;
}

StreamNode::Entry StreamNode::read(Position entry) const {
  Entry result;
  result.at = entry;
  const int64_t flags = list_.get(entry).number();
  result.deleted = (flags & kDeleted) != 0;
  result.own_fields = (flags & kNodeFields) == 0;
  Position at = list_.next(entry);
  result.id.ms = id_.ms + static_cast<uint64_t>(list_.get(at).number());
  at = list_.next(at);
  result.id.sequence = id_.sequence + static_cast<uint64_t>(list_.get(at).number());
  at = list_.next(at);
  result.fields = static_cast<uint32_t>(list_.get(result.own_fields ? at : list_.first()).number());
  result.body = result.own_fields ? list_.next(at) : at;
  return result;
}

StreamNode::Position StreamNode::next(const Entry& entry) const {
  Position at = entry.body;
  for (uint32_t i = entry.own_fields ? 2 * entry.fields : entry.fields; i > 0; --i) at = list_.next(at);
  return list_.next(at);
}

// The last element of an entry says how many stand before it.
StreamNode::Position StreamNode::before(Position behind) const {
  Position at = behind == kNone ? list_.last() : list_.previous(behind);
  for (int64_t i = list_.get(at).number(); i > 0; --i) at = list_.previous(at);
  return at;
}

}  // namespace corral::types
