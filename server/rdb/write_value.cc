// Lists, sets, hashes and sorted sets; compact ones as one block, as Redis does.
// Threading: see write_value.h.
// See: write_value.h
#include "server/rdb/write_value.h"

#include <algorithm>

#include "server/rdb/byte_writer.h"
#include "server/rdb/listpack.h"
#include "server/types/hash_value.h"
#include "server/types/list_value.h"
#include "server/types/set_value.h"
#include "server/types/zset_value.h"

namespace corral::rdb {
namespace {

using types::PackedElement;

void write_type(std::string& out, Type type) {
  out.push_back(static_cast<char>(type));
}

void write_list(std::string& out, const types::ListValue& list) {
  constexpr size_t kMostNodeBytes = 8192;
  std::string nodes;
  uint64_t count = 0;
  ListpackWriter packed;
  const auto end_node = [&] {
    if (packed.count() == 0) return;
    write_length(nodes, kPackedNode);
    write_bytes(nodes, packed.take());
    ++count;
  };
  for (types::ListValue::Place place = list.at(0); place; place = list.next(place)) {
    const PackedElement element = list.get(place);
    if (packed.bytes() + element.size() > kMostNodeBytes) end_node();
    if (element.size() <= kMostNodeBytes) {
      packed.append(element);
      continue;
    }
    PackedElement::Buffer unused;
    write_length(nodes, kPlainNode);
    write_bytes(nodes, element.text(unused));
    ++count;
  }
  end_node();
  write_type(out, Type::kListOfListpacks);
  write_length(out, count);
  out.append(nodes);
}

void write_intset(std::string& out, const types::SetValue& set) {
  size_t width = 2;
  types::SetValue::Walk widths(set);
  while (const auto member = widths.next()) {
    const int64_t number = member->number();
    if (number < INT32_MIN || number > INT32_MAX) {
      width = 8;
    } else if (number < INT16_MIN || number > INT16_MAX) {
      width = std::max<size_t>(width, 4);
    }
  }
  std::string block;
  write_little(block, width, 4);
  write_little(block, set.size(), 4);
  types::SetValue::Walk walk(set);
  while (const auto member = walk.next()) write_little(block, static_cast<uint64_t>(member->number()), width);
  write_type(out, Type::kSetIntset);
  write_bytes(out, block);
}

void write_set(std::string& out, const types::SetValue& set) {
  if (set.encoding() == "intset") return write_intset(out, set);
  write_type(out, Type::kSet);
  write_length(out, set.size());
  PackedElement::Buffer digits;
  types::SetValue::Walk walk(set);
  while (const auto member = walk.next()) write_text(out, member->text(digits));
}

void write_hash(std::string& out, const types::HashValue& hash, int64_t now_ms) {
  types::HashValue::Walk walk(hash, now_ms);
  if (hash.encoding() == "listpack") {
    ListpackWriter packed;
    while (const auto pair = walk.next()) {
      packed.append(pair->field);
      packed.append(pair->value);
    }
    write_type(out, Type::kHashListpack);
    write_bytes(out, packed.take());
    return;
  }
  std::string pairs;
  uint64_t count = 0;
  PackedElement::Buffer digits;
  for (; const auto pair = walk.next(); ++count) {
    write_text(pairs, pair->field.text(digits));
    write_text(pairs, pair->value.text(digits));
  }
  write_type(out, Type::kHash);
  write_length(out, count);
  out.append(pairs);
}

void write_zset(std::string& out, const types::ZsetValue& zset) {
  const bool compact = zset.encoding() == "listpack";
  write_type(out, compact ? Type::kZsetListpack : Type::kZset);
  PackedElement::Buffer digits;
  if (!compact) {
    write_length(out, zset.size());
    for (auto at = zset.at(0); at; at.next()) {
      write_text(out, at.member(digits));
      write_double(out, at.score());
    }
    return;
  }
  ListpackWriter packed;
  for (auto at = zset.at(0); at; at.next()) {
    packed.append(PackedElement::of(at.member(digits)));
    const std::string score = protocol::double_text(at.score());
    packed.append(PackedElement::of(score));
  }
  write_bytes(out, packed.take());
}

}  // namespace

void write_value(std::string& out, const types::Value& value, const types::Thresholds& thresholds,
                 int64_t now_ms) {
  switch (value.type()) {
    case types::ValueType::kList:
      return write_list(out, static_cast<const types::ListValue&>(value));
    case types::ValueType::kSet:
      return write_set(out, static_cast<const types::SetValue&>(value));
    case types::ValueType::kZset:
      return write_zset(out, static_cast<const types::ZsetValue&>(value));
    case types::ValueType::kHash:
      return write_hash(out, static_cast<const types::HashValue&>(value), now_ms);
    case types::ValueType::kStream:
      write_type(out, Type::kStream2);
      return write_stream(out, static_cast<const types::StreamValue&>(value), thresholds);
    case types::ValueType::kString:
      return;  // no container
  }
}

}  // namespace corral::rdb
