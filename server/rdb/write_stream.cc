// Streams in Redis 7.0's form.
// Threading: see write_value.h.
// See: write_value.h; README.md of this folder, "Streams".
#include <optional>
#include <vector>

#include "server/rdb/byte_writer.h"
#include "server/rdb/listpack.h"
#include "server/rdb/write_value.h"
#include "server/types/element_texts.h"

namespace corral::rdb {
namespace {

using types::PackedElement;
using types::StreamGroup;
using types::StreamId;
using types::StreamValue;

void write_raw_id(std::string& out, StreamId id) {
  write_big(out, id.ms, 8);
  write_big(out, id.sequence, 8);
}
void write_id(std::string& out, StreamId id) {
  write_length(out, id.ms);
  write_length(out, id.sequence);
}

/// Collects entries into nodes; the fields of a node are those of its first entry.
class NodeWriter {
 public:
  explicit NodeWriter(const types::Thresholds& thresholds)
      : most_entries_(bound(thresholds.stream_node_max_entries, 1 << 16)),
        most_bytes_(bound(thresholds.stream_node_max_bytes, 1 << 20)) {}

  /// `pairs`: fields and values in turn; they must stay until the next call.
  void add(StreamId id, const std::vector<PackedElement>& pairs) {
    if (entries_ > 0 && (entries_ >= most_entries_ || body_.bytes() >= most_bytes_)) end_node();
    if (entries_ == 0) begin_node(id, pairs);
    const bool same = has_node_fields(pairs);
    body_.append(same ? kEntrySameFields : 0);
    body_.append(static_cast<int64_t>(id.ms - first_.ms));
    body_.append(static_cast<int64_t>(id.sequence - first_.sequence));
    const auto fields = static_cast<int64_t>(pairs.size() / 2);
    if (!same) body_.append(fields);
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (!same || i % 2 == 1) body_.append(pairs[i]);
    }
    body_.append(same ? fields + 3 : 2 * fields + 4);
    ++entries_;
  }
  /// All nodes with their number in front.
  void finish(std::string& out) {
    end_node();
    write_length(out, count_);
    out.append(nodes_);
  }

 private:
  static uint64_t bound(int64_t threshold, uint64_t most) {
    return threshold <= 0 ? most : std::min(static_cast<uint64_t>(threshold), most);
  }
  void begin_node(StreamId id, const std::vector<PackedElement>& pairs) {
    first_ = id;
    PackedElement::Buffer digits;
    names_.clear();
    for (size_t i = 0; i < pairs.size(); i += 2) names_.emplace_back(pairs[i].text(digits));
  }
  bool has_node_fields(const std::vector<PackedElement>& pairs) const {
    if (names_.size() != pairs.size() / 2) return false;
    PackedElement::Buffer digits;
    for (size_t i = 0; i < names_.size(); ++i) {
      if (pairs[2 * i].text(digits) != names_[i]) return false;
    }
    return true;
  }
  void end_node() {
    if (entries_ == 0) return;
    ListpackWriter node;
    node.append(static_cast<int64_t>(entries_));
    node.append(int64_t{0});  // deleted ones
    node.append(static_cast<int64_t>(names_.size()));
    for (const std::string& name : names_) node.append(PackedElement::of(name));
    node.append(int64_t{0});
    node.append_all(body_);
    std::string key;
    write_raw_id(key, first_);
    write_bytes(nodes_, key);
    write_bytes(nodes_, node.take());
    entries_ = 0;
    ++count_;
  }

  uint64_t most_entries_;
  uint64_t most_bytes_;
  StreamId first_;
  std::vector<std::string> names_;
  ListpackWriter body_;
  uint64_t entries_ = 0;
  std::string nodes_;
  uint64_t count_ = 0;
};

void write_group(std::string& out, const StreamGroup& group) {
  write_bytes(out, group.name());
  write_id(out, group.last_id);
  write_length(out, static_cast<uint64_t>(group.entries_read));
  write_length(out, group.pending().size());
  for (auto pending = group.pending().first(); pending; pending.next()) {
    write_raw_id(out, (*pending)->id);
    write_little(out, static_cast<uint64_t>((*pending)->delivered_ms), 8);
    write_length(out, (*pending)->deliveries);
  }
  write_length(out, group.consumers().size());
  for (auto consumer = group.consumers().first(); consumer; consumer.next()) {
    write_bytes(out, (*consumer)->name());
    write_little(out, static_cast<uint64_t>((*consumer)->seen_ms), 8);
    write_length(out, (*consumer)->pending().size());
    for (auto pending = (*consumer)->pending().first(); pending; pending.next())
      write_raw_id(out, (*pending)->id);
  }
}

}  // namespace

void write_stream(std::string& out, const StreamValue& stream, const types::Thresholds& thresholds) {
  NodeWriter nodes(thresholds);
  types::StreamIterator entry(stream, StreamId::min(), StreamId::max());
  std::vector<PackedElement> pairs;
  while (entry.next()) {
    pairs.clear();
    entry.each_field([&pairs](const PackedElement& field, const PackedElement& value) {
      pairs.push_back(field);
      pairs.push_back(value);
    });
    nodes.add(entry.id(), pairs);
  }
  nodes.finish(out);
  write_length(out, stream.size());
  write_id(out, stream.last_id());
  write_id(out, stream.first_id());
  write_id(out, stream.max_deleted_id());
  write_length(out, stream.entries_added());
  const auto& groups = stream.groups().all();
  write_length(out, groups.size());
  for (auto group = groups.first(); group; group.next()) write_group(out, **group);
}

}  // namespace corral::rdb
