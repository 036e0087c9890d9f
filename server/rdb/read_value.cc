// Values written element by element, and the choice by type.
// Threading: see read_value.h.
// See: read_value.h
#include "server/rdb/read_value.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "protocol/number.h"
#include "server/types/hash_value.h"
#include "server/types/list_value.h"
#include "server/types/set_value.h"
#include "server/types/zset_value.h"

namespace corral::rdb {
namespace {

using types::PackedElement;
using Made = std::unique_ptr<types::Value>;

Made not_empty(const RdbReader& reader, Made value) {
  return reader.failed() || value->size() == 0 ? nullptr : std::move(value);
}

Made read_list(RdbReader& reader, const Settings& settings) {
  auto list = std::make_unique<types::ListValue>();
  std::string room;
  for (uint64_t left = reader.count(); left > 0 && !reader.failed(); --left) {
    const std::string_view text = reader.text(room);
    if (!reader.failed())
      list->push(types::ListValue::End::kTail, PackedElement::of(text), settings.thresholds);
  }
  return not_empty(reader, std::move(list));
}

Made read_nodes(RdbReader& reader, Type type, const Settings& settings) {
  auto list = std::make_unique<types::ListValue>();
  std::string room;
  for (uint64_t left = reader.count(); left > 0 && !reader.failed(); --left) {
    const uint64_t container = type == Type::kListOfListpacks ? reader.length() : kPackedNode;
    const std::string_view block = reader.text(room);
    if (reader.failed()) return nullptr;
    if (container == kPlainNode) {
      list->push(types::ListValue::End::kTail, PackedElement::of(block), settings.thresholds);
    } else if (container != kPackedNode ||
               !append_compact_list(type == Type::kListOfZiplists, block, settings, *list)) {
      return nullptr;
    }
  }
  return not_empty(reader, std::move(list));
}

Made read_set(RdbReader& reader, const Settings& settings) {
  auto set = std::make_unique<types::SetValue>(settings.secret);
  std::string room;
  for (uint64_t left = reader.count(); left > 0; --left) {
    const std::string_view member = reader.text(room);
    if (reader.failed() || !set->add(member, settings.thresholds)) return nullptr;
  }
  return not_empty(reader, std::move(set));
}

Made read_hash(RdbReader& reader, const Settings& settings) {
  auto hash = std::make_unique<types::HashValue>(settings.secret);
  std::string field_room;
  std::string value_room;
  for (uint64_t left = reader.count(2); left > 0; --left) {
    const std::string_view field = reader.text(field_room);
    const std::string_view value = reader.text(value_room);
    if (reader.failed() || !hash->set(field, value, settings.now_ms, settings.thresholds)) return nullptr;
  }
  return not_empty(reader, std::move(hash));
}

// The old form: a length, then the digits.
double read_text_score(RdbReader& reader) {
  constexpr uint8_t kNan = 253;
  constexpr uint8_t kInfinity = 254;
  constexpr uint8_t kMinusInfinity = 255;
  const uint8_t length = reader.byte();
  if (length == kInfinity) return std::numeric_limits<double>::infinity();
  if (length == kMinusInfinity) return -std::numeric_limits<double>::infinity();
  const auto score = length == kNan ? std::nullopt : protocol::parse_double(reader.take(length));
  if (!score) reader.fail();
  return score.value_or(0);
}

Made read_zset(RdbReader& reader, Type type, const Settings& settings) {
  auto zset = std::make_unique<types::ZsetValue>(settings.secret);
  // As Redis: large, and compact in the end if it may be. Only so does a score of -0 stay what it is.
  zset->expect(UINT64_MAX, settings.thresholds);
  std::string room;
  for (uint64_t left = reader.count(2); left > 0; --left) {
    const std::string_view member = reader.text(room);
    const double score =
        type == Type::kZset ? std::bit_cast<double>(reader.little(8)) : read_text_score(reader);
    if (reader.failed() || std::isnan(score)) return nullptr;
    if (zset->put(member, score, settings.thresholds)) return nullptr;
  }
  zset->compact_if_small(settings.thresholds);
  return not_empty(reader, std::move(zset));
}

Made read_compact(RdbReader& reader, Type type, const Settings& settings) {
  std::string room;
  const std::string_view block = reader.text(room);
  if (reader.failed()) return nullptr;
  switch (type) {
    case Type::kSetIntset:
    case Type::kSetListpack:
      return read_compact_set(type, block, settings);
    case Type::kZsetZiplist:
    case Type::kZsetListpack:
      return read_compact_zset(type, block, settings);
    case Type::kListZiplist: {
      auto list = std::make_unique<types::ListValue>();
      if (!append_compact_list(true, block, settings, *list)) return nullptr;
      return not_empty(reader, std::move(list));
    }
    default:
      return read_compact_hash(type, block, settings);
  }
}

Made read_container(RdbReader& reader, Type type, const Settings& settings) {
  switch (type) {
    case Type::kList:
      return read_list(reader, settings);
    case Type::kListOfZiplists:
    case Type::kListOfListpacks:
      return read_nodes(reader, type, settings);
    case Type::kSet:
      return read_set(reader, settings);
    case Type::kHash:
      return read_hash(reader, settings);
    case Type::kZset:
    case Type::kZsetText:
      return read_zset(reader, type, settings);
    case Type::kHashZipmap:
    case Type::kListZiplist:
    case Type::kSetIntset:
    case Type::kZsetZiplist:
    case Type::kHashZiplist:
    case Type::kHashListpack:
    case Type::kZsetListpack:
    case Type::kSetListpack:
      return read_compact(reader, type, settings);
    case Type::kStream1:
    case Type::kStream2:
    case Type::kStream3:
      return read_stream(reader, type, settings);
    default:
      return nullptr;
  }
}

}  // namespace

bool read_value(RdbReader& reader, Type type, const Settings& settings, Restored& out) {
  if (type == Type::kString) {
    std::string room;
    out.text = reader.text(room);
    return !reader.failed() && out.text.size() <= RdbReader::kMostStringBytes;
  }
  out.container = read_container(reader, type, settings);
  return out.container != nullptr;
}

}  // namespace corral::rdb
