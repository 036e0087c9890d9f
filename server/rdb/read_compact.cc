// Values out of one block: listpack, ziplist, zipmap, intset.
// Threading: see read_value.h.
// See: read_value.h
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "protocol/number.h"
#include "server/rdb/listpack.h"
#include "server/rdb/read_value.h"
#include "server/rdb/ziplist.h"
#include "server/types/hash_value.h"
#include "server/types/list_value.h"
#include "server/types/set_value.h"
#include "server/types/zset_value.h"

namespace corral::rdb {
namespace {

using types::PackedElement;
using Made = std::unique_ptr<types::Value>;

Made read_intset(std::string_view block, const Settings& settings) {
  ByteReader reader(block);
  const uint64_t width = reader.little(4);
  const uint64_t count = reader.little(4);
  const bool fits = (width == 2 || width == 4 || width == 8) && count > 0 && reader.left() == count * width;
  if (reader.failed() || !fits) return nullptr;
  auto set = std::make_unique<types::SetValue>(settings.secret);
  const auto shift = static_cast<int>(64 - 8 * width);
  int64_t last = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const int64_t number = static_cast<int64_t>(reader.little(width) << shift) >> shift;
    if (i > 0 && number <= last) return nullptr;
    last = number;
    PackedElement::Buffer digits;
    set->add(PackedElement::of(number).text(digits), settings.thresholds);
  }
  return set;
}

template <typename Reader>
Made read_hash(Reader reader, const Settings& settings) {
  auto hash = std::make_unique<types::HashValue>(settings.secret);
  PackedElement::Buffer field_digits;
  PackedElement::Buffer value_digits;
  while (const auto field = reader.next()) {
    const auto value = reader.next();
    if (!value) return nullptr;
    const bool is_new =
        hash->set(field->text(field_digits), value->text(value_digits), settings.now_ms, settings.thresholds);
    if (!is_new) return nullptr;
  }
  return reader.complete() && hash->size() > 0 ? std::move(hash) : nullptr;
}

std::optional<double> score_of(const PackedElement& element) {
  if (element.is_number()) return static_cast<double>(element.number());
  PackedElement::Buffer unused;
  return protocol::parse_double(element.text(unused));
}

// Members must stand in the order of (score, bytes).
template <typename Reader>
Made read_zset(Reader reader, const Settings& settings) {
  auto zset = std::make_unique<types::ZsetValue>(settings.secret);
  PackedElement::Buffer digits;
  std::string last_member;
  double last_score = -std::numeric_limits<double>::infinity();
  while (const auto element = reader.next()) {
    const std::string_view member = element->text(digits);
    const auto packed_score = reader.next();
    const auto score = packed_score ? score_of(*packed_score) : std::nullopt;
    if (!score || std::isnan(*score)) return nullptr;
    const bool is_first = zset->size() == 0;
    if (!is_first && (*score < last_score || (*score == last_score && member <= last_member))) return nullptr;
    if (zset->put(member, *score, settings.thresholds)) return nullptr;
    last_score = *score;
    last_member = member;
  }
  return reader.complete() && zset->size() > 0 ? std::move(zset) : nullptr;
}

template <typename Reader>
bool append_list(Reader reader, const Settings& settings, types::ListValue& list) {
  while (const auto element = reader.next())
    list.push(types::ListValue::End::kTail, *element, settings.thresholds);
  return reader.complete();
}

Made read_listpack_set(std::string_view block, const Settings& settings) {
  auto set = std::make_unique<types::SetValue>(settings.secret);
  ListpackReader reader(block);
  PackedElement::Buffer digits;
  while (const auto member = reader.next()) {
    if (!set->add(member->text(digits), settings.thresholds)) return nullptr;
  }
  return reader.complete() && set->size() > 0 ? std::move(set) : nullptr;
}

}  // namespace

Made read_compact_set(Type type, std::string_view block, const Settings& settings) {
  return type == Type::kSetIntset ? read_intset(block, settings) : read_listpack_set(block, settings);
}

Made read_compact_hash(Type type, std::string_view block, const Settings& settings) {
  if (type == Type::kHashZipmap) return read_hash(ZipmapReader(block), settings);
  if (type == Type::kHashZiplist) return read_hash(ZiplistReader(block), settings);
  return read_hash(ListpackReader(block), settings);
}

Made read_compact_zset(Type type, std::string_view block, const Settings& settings) {
  return type == Type::kZsetZiplist ? read_zset(ZiplistReader(block), settings)
                                    : read_zset(ListpackReader(block), settings);
}

bool append_compact_list(bool ziplist, std::string_view block, const Settings& settings, types::Value& list) {
  auto& value = static_cast<types::ListValue&>(list);
  return ziplist ? append_list(ZiplistReader(block), settings, value)
                 : append_list(ListpackReader(block), settings, value);
}

}  // namespace corral::rdb
