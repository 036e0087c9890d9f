// All that a value holds as text, for comparing two that may have other forms.
// Threading: pure functions.
// See: server/rdb/README.md.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "protocol/number.h"
#include "server/types/hash_value.h"
#include "server/types/list_value.h"
#include "server/types/set_value.h"
#include "server/types/stream_value.h"
#include "server/types/zset_value.h"

namespace corral::rdb {

/// Lines of a value; of a set or hash in the order of their bytes.
class Contents {
 public:
  static std::string of(const types::Value& value) {
    Contents contents;
    switch (value.type()) {
      case types::ValueType::kList:
        contents.list(static_cast<const types::ListValue&>(value));
        break;
      case types::ValueType::kSet:
        contents.set(static_cast<const types::SetValue&>(value));
        break;
      case types::ValueType::kZset:
        contents.zset(static_cast<const types::ZsetValue&>(value));
        break;
      case types::ValueType::kHash:
        contents.hash(static_cast<const types::HashValue&>(value));
        break;
      case types::ValueType::kStream:
        contents.stream(static_cast<const types::StreamValue&>(value));
        break;
      case types::ValueType::kString:
        break;
    }
    std::string all(value.encoding());
    for (const std::string& line : contents.lines_) all.append("\n").append(line);
    return all;
  }

 private:
  using Buffer = types::PackedElement::Buffer;

  void list(const types::ListValue& list) {
    Buffer digits;
    for (auto place = list.at(0); place; place = list.next(place))
      lines_.emplace_back(list.get(place).text(digits));
  }
  void set(const types::SetValue& set) {
    Buffer digits;
    types::SetValue::Walk walk(set);
    while (const auto member = walk.next()) lines_.emplace_back(member->text(digits));
    std::ranges::sort(lines_);
  }
  void zset(const types::ZsetValue& zset) {
    Buffer digits;
    for (auto at = zset.at(0); at; at.next()) {
      lines_.push_back(protocol::double_text(at.score()) + " " + std::string(at.member(digits)));
    }
  }
  void hash(const types::HashValue& hash) {
    Buffer digits;
    types::HashValue::Walk walk(hash, 0);
    while (const auto pair = walk.next()) {
      std::string line(pair->field.text(digits));
      line += " = ";
      lines_.push_back(line += pair->value.text(digits));
    }
    std::ranges::sort(lines_);
  }
  static std::string text(types::StreamId id) {
    return protocol::int64_text(static_cast<int64_t>(id.ms)) + "-" +
           protocol::int64_text(static_cast<int64_t>(id.sequence));
  }
  static std::string text(const types::StreamPending& pending) {
    return text(pending.id) + " " + protocol::int64_text(pending.delivered_ms) + " " +
           protocol::int64_text(static_cast<int64_t>(pending.deliveries)) + " " +
           std::string(pending.consumer->name());
  }
  void stream(const types::StreamValue& stream) {
    types::StreamIterator entry(stream, types::StreamId::min(), types::StreamId::max());
    Buffer digits;
    while (entry.next()) {
      std::string line = text(entry.id());
      entry.each_field([&](const types::PackedElement& field, const types::PackedElement& value) {
        line.append(" ").append(field.text(digits));
        line.append("=").append(value.text(digits));
      });
      lines_.push_back(line);
    }
    lines_.push_back(text(stream.last_id()) + " " + text(stream.first_id()) + " " +
                     text(stream.max_deleted_id()) + " " +
                     protocol::int64_text(static_cast<int64_t>(stream.entries_added())));
    for (auto at = stream.groups().all().first(); at; at.next()) group(**at);
  }
  void group(const types::StreamGroup& group) {
    lines_.push_back("group " + std::string(group.name()) + " " + text(group.last_id) + " " +
                     protocol::int64_text(group.entries_read));
    for (auto at = group.pending().first(); at; at.next()) lines_.push_back(text(**at));
    for (auto at = group.consumers().first(); at; at.next()) {
      lines_.push_back("consumer " + std::string((*at)->name()) + " " + protocol::int64_text((*at)->seen_ms));
      for (auto own = (*at)->pending().first(); own; own.next()) lines_.push_back(text(**own));
    }
  }

  std::vector<std::string> lines_;
};

}  // namespace corral::rdb
