// Ziplists and zipmaps.
// Threading: see ziplist.h.
// See: ziplist.h
#include "server/rdb/ziplist.h"

namespace corral::rdb {

using types::PackedElement;

namespace {

constexpr size_t kHeader = 10;  // bytes in all, where the last entry begins, entries
constexpr uint8_t kEnd = 0xFF;
constexpr uint8_t kLong = 0xFE;  // a length of four bytes follows
constexpr uint16_t kUncounted = UINT16_MAX;

}  // namespace

ZiplistReader::ZiplistReader(std::string_view block) : reader_(block), size_(block.size()) {
  const uint64_t bytes = reader_.little(4);
  tail_ = reader_.little(4);
  announced_ = reader_.little(2);
  if (bytes != size_) reader_.fail();
}

PackedElement ZiplistReader::number(size_t bytes) {
  const auto shift = static_cast<int>(64 - 8 * bytes);
  return PackedElement::of(static_cast<int64_t>(reader_.little(bytes) << shift) >> shift);
}

PackedElement ZiplistReader::element(uint8_t first) {
  if (first < 0x40) return PackedElement::of(reader_.take(first));
  if (first < 0x80) {
    const uint64_t high = uint64_t{first & 0x3FU} << 8;
    return PackedElement::of(reader_.take(high | reader_.byte()));
  }
  if (first > 0xF0 && first < 0xFE) return PackedElement::of(int64_t{first} - 0xF1);
  switch (first) {
    case 0x80:
      return PackedElement::of(reader_.take(reader_.big(4)));
    case 0xC0:
      return number(2);
    case 0xD0:
      return number(4);
    case 0xE0:
      return number(8);
    case 0xF0:
      return number(3);
    case 0xFE:
      return number(1);
    default:
      reader_.fail();
      return PackedElement::of(int64_t{0});
  }
}

std::optional<PackedElement> ZiplistReader::next() {
  if (complete_ || reader_.failed()) return std::nullopt;
  const size_t begin = size_ - reader_.left();
  const uint8_t previous = reader_.byte();
  if (reader_.failed()) return std::nullopt;
  if (previous == kEnd) {
    complete_ = true;
    const bool tail_fits = tail_ == (seen_ == 0 ? kHeader : last_begin_);
    if (reader_.left() != 0 || !tail_fits || (announced_ != kUncounted && announced_ != seen_))
      reader_.fail();
    return std::nullopt;
  }
  const uint64_t previous_bytes = previous == kLong ? reader_.little(4) : previous;
  const uint8_t first = reader_.byte();
  const PackedElement element = this->element(first);
  if (reader_.failed() || previous_bytes != last_bytes_) {
    reader_.fail();
    return std::nullopt;
  }
  last_begin_ = begin;
  last_bytes_ = size_ - reader_.left() - begin;
  ++seen_;
  return element;
}

std::optional<PackedElement> ZipmapReader::next() {
  if (complete_ || reader_.failed()) return std::nullopt;
  const uint8_t first = reader_.byte();
  const bool is_value = seen_ % 2 == 1;
  if (first == kEnd) {
    complete_ = true;
    if (is_value || reader_.left() != 0 || (announced_ < kLong && announced_ != seen_ / 2)) reader_.fail();
    return std::nullopt;
  }
  const uint64_t length = first == kLong ? reader_.little(4) : first;
  const uint8_t unused = is_value ? reader_.byte() : 0;
  const std::string_view text = reader_.take(length);
  reader_.take(unused);
  if (reader_.failed()) return std::nullopt;
  ++seen_;
  return PackedElement::of(text);
}

}  // namespace corral::rdb
