// Streams: nodes of entries, then what is known of the whole, then groups with what is pending.
// Threading: see read_value.h.
// See: read_value.h; README.md of this folder, "Streams".
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/rdb/listpack.h"
#include "server/rdb/read_value.h"
#include "server/types/element_texts.h"
#include "server/types/stream_value.h"

namespace corral::rdb {
namespace {

using types::StreamGroup;
using types::StreamId;
using types::StreamNode;
using types::StreamValue;
using types::Thresholds;

StreamId read_raw_id(ByteReader& reader) {
  const uint64_t ms = reader.big(8);
  return {ms, reader.big(8)};
}
StreamId read_id(RdbReader& reader) {
  const uint64_t ms = reader.length();
  return {ms, reader.length()};
}

// Thresholds that make the stream begin a node where the payload does, so that field names stay stored once a node.
Thresholds node_thresholds(bool begins) {
  Thresholds thresholds;
  thresholds.stream_node_max_bytes = 0;
  thresholds.stream_node_max_entries = begins ? 1 : 0;
  return thresholds;
}

class NodeReader {
 public:
  /// `repeats_left`: how many bytes of field names may still be written once more for entries that leave them out.
  NodeReader(StreamId id, std::string_view block, StreamValue& stream, uint64_t& repeats_left)
      : id_(id), listpack_(block), stream_(stream), repeats_left_(repeats_left) {}

  bool read() {
    const int64_t live = listpack_.integer();
    const int64_t deleted = listpack_.integer();
    const int64_t fields = listpack_.integer();
    if (fields < 1) return false;
    for (int64_t i = 0; i < fields; ++i) {
      const auto name = listpack_.next();
      if (!name) return false;
      names_.push_back(texts_.of(*name));
      name_bytes_ += names_.back().size();
    }
    if (listpack_.integer() != 0) return false;
    types::ElementTexts values;
    for (int64_t i = 0; i < live + deleted; ++i) {
      values.clear();
      if (listpack_.failed() || !read_entry(values)) return false;
    }
    return !listpack_.next() && listpack_.complete() && live_ == live && deleted_ == deleted;
  }

 private:
  bool read_entry(types::ElementTexts& texts) {
    const int64_t flags = listpack_.integer();
    const bool same = (flags & kEntrySameFields) != 0;
    StreamId id = id_;
    id.ms += static_cast<uint64_t>(listpack_.integer());
    id.sequence += static_cast<uint64_t>(listpack_.integer());
    if (listpack_.failed() || flags < 0 || flags > (kEntryDeleted | kEntrySameFields) || id < id_)
      return false;
    const int64_t fields = same ? static_cast<int64_t>(names_.size()) : listpack_.integer();
    if (fields < 1) return false;
    pairs_.clear();
    for (int64_t i = 0; i < fields; ++i) {
      const auto name = same ? std::nullopt : listpack_.next();
      if (!same && !name) return false;
      pairs_.push_back(same ? names_[static_cast<size_t>(i)] : texts.of(*name));
      const auto value = listpack_.next();
      if (!value) return false;
      pairs_.push_back(texts.of(*value));
    }
    const int64_t elements = same ? fields + 3 : 2 * fields + 4;
    if (listpack_.integer() != elements || listpack_.failed()) return false;
    if ((flags & kEntryDeleted) != 0) {
      ++deleted_;
      return true;
    }
    return append(id, same);
  }

  bool append(StreamId id, bool same) {
    if (id <= stream_.last_id()) return false;
    uint64_t bytes = 0;
    for (const std::string_view text : pairs_) bytes += text.size();
    if (bytes > StreamNode::kMostBytes) return false;
    const bool begins = live_ == 0;
    if (begins) shared_ = same;
    // Names that the first entry has too are only compared; otherwise they take memory again.
    constexpr uint64_t kCopyCost = 32;
    const uint64_t cost = same ? name_bytes_ * (shared_ ? 1 : kCopyCost) : 0;
    if (cost > repeats_left_) return false;
    repeats_left_ -= cost;
    stream_.append(id, pairs_, node_thresholds(begins));
    ++live_;
    return true;
  }

  StreamId id_;
  ListpackReader listpack_;
  StreamValue& stream_;
  uint64_t& repeats_left_;
  types::ElementTexts texts_;
  std::vector<std::string_view> names_;
  uint64_t name_bytes_ = 0;
  std::vector<std::string_view> pairs_;
  int64_t live_ = 0;
  int64_t deleted_ = 0;
  bool shared_ = false;
};

bool read_nodes(RdbReader& reader, StreamValue& stream) {
  uint64_t repeats_left = (uint64_t{1} << 30) + 64 * uint64_t{reader.left()};
  std::optional<StreamId> last;
  std::string key_room;
  std::string block_room;
  for (uint64_t left = reader.count(2); left > 0; --left) {
    ByteReader key(reader.text(key_room));
    const StreamId id = read_raw_id(key);
    const std::string_view block = reader.text(block_room);
    if (reader.failed() || key.failed() || key.left() != 0 || (last && id <= *last)) return false;
    if (!NodeReader(id, block, stream, repeats_left).read()) return false;
    last = id;
  }
  return !reader.failed();
}

struct Delivery {
  int64_t at_ms = 0;
  uint64_t times = 0;
};
using Deliveries = std::map<StreamId, Delivery>;

bool read_deliveries(RdbReader& reader, Deliveries& deliveries) {
  constexpr size_t kLeastBytes = 16 + 8 + 1;
  for (uint64_t left = reader.count(kLeastBytes); left > 0; --left) {
    const StreamId id = read_raw_id(reader);
    const auto at_ms = static_cast<int64_t>(reader.little(8));
    const uint64_t times = reader.length();
    if (reader.failed() || !deliveries.emplace(id, Delivery{at_ms, times}).second) return false;
  }
  return !reader.failed();
}

bool read_consumer(RdbReader& reader, Type type, StreamGroup& group, Deliveries& deliveries) {
  std::string room;
  const std::string_view name = reader.text(room);
  const auto seen_ms = static_cast<int64_t>(reader.little(8));
  if (type == Type::kStream3) reader.little(8);  // when it last got something
  if (reader.failed() || group.find_consumer(name) != nullptr) return false;
  types::StreamConsumer& consumer = group.add_consumer(name, seen_ms);
  for (uint64_t left = reader.count(16); left > 0; --left) {
    const auto delivery = deliveries.find(read_raw_id(reader));
    if (reader.failed() || delivery == deliveries.end()) return false;
    group.deliver(delivery->first, consumer, delivery->second.at_ms).deliveries = delivery->second.times;
    deliveries.erase(delivery);  // one owner each
  }
  return !reader.failed();
}

bool read_group(RdbReader& reader, Type type, StreamValue& stream) {
  std::string room;
  const std::string_view name = reader.text(room);
  const StreamId last_id = read_id(reader);
  const int64_t entries_read =
      type == Type::kStream1 ? stream.entries_up_to(last_id) : static_cast<int64_t>(reader.length());
  if (reader.failed() || entries_read < StreamGroup::kUnknown || stream.groups().find(name) != nullptr)
    return false;
  StreamGroup& group = stream.groups().add(name, last_id, entries_read);
  Deliveries deliveries;
  if (!read_deliveries(reader, deliveries)) return false;
  constexpr size_t kLeastBytes = 1 + 8 + 1;
  for (uint64_t left = reader.count(kLeastBytes); left > 0; --left) {
    if (!read_consumer(reader, type, group, deliveries)) return false;
  }
  return !reader.failed() && deliveries.empty();
}

// False when the numbers contradict the entries.
bool read_facts(RdbReader& reader, Type type, StreamValue& stream) {
  const uint64_t length = reader.length();
  const StreamId last_id = read_id(reader);
  if (reader.failed() || length != stream.size() || last_id < stream.last_id()) return false;
  stream.set_last_id(last_id);
  stream.set_entries_added(length);
  if (type == Type::kStream1) return true;
  read_id(reader);  // the first one's, which the entries tell
  const StreamId max_deleted = read_id(reader);
  const uint64_t added = reader.length();
  if (reader.failed() || max_deleted > last_id || added < length || added > INT64_MAX) return false;
  stream.set_max_deleted_id(max_deleted);
  stream.set_entries_added(added);
  return true;
}

}  // namespace

std::unique_ptr<types::Value> read_stream(RdbReader& reader, Type type, const Settings&) {
  auto stream = std::make_unique<StreamValue>();
  if (!read_nodes(reader, *stream) || !read_facts(reader, type, *stream)) return nullptr;
  constexpr size_t kLeastBytes = 1 + 2 + 2;
  for (uint64_t left = reader.count(kLeastBytes); left > 0; --left) {
    if (!read_group(reader, type, *stream)) return nullptr;
  }
  return reader.failed() ? nullptr : std::move(stream);
}

}  // namespace corral::rdb
