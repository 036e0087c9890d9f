// Lengths and strings of the RDB format.
// Threading: see byte_reader.h.
// See: byte_reader.h
#include "server/rdb/byte_reader.h"

#include "protocol/number.h"
#include "server/rdb/format.h"
#include "server/rdb/lzf.h"

namespace corral::rdb {

uint64_t RdbReader::length_or_form(bool& is_form) {
  const uint8_t first = byte();
  is_form = first >> 6 == 3;
  switch (first >> 6) {
    case 0:
      return first;
    case 1:
      return uint64_t{first & 0x3FU} << 8 | byte();
    case 3:
      return first & 0x3F;
    default:
      if (first == kLength32) return big(4);
      if (first == kLength64) return big(8);
      fail();
      return 0;
  }
}

uint64_t RdbReader::length() {
  bool is_form = false;
  const uint64_t length = length_or_form(is_form);
  if (is_form) fail();
  return failed() ? 0 : length;
}

uint64_t RdbReader::count(size_t least_bytes) {
  const uint64_t count = length();
  if (count > left() / least_bytes) fail();
  return failed() ? 0 : count;
}

std::string_view RdbReader::text(std::string& room) {
  bool is_form = false;
  const uint64_t length = length_or_form(is_form);
  if (!is_form) return take(length);
  if (length <= kInt32) {
    const size_t bytes = size_t{1} << length;
    const uint64_t bits = little(bytes);
    if (failed()) return {};
    // The sign is the highest bit of as many bytes as there are.
    const auto shift = static_cast<int>(64 - 8 * bytes);
    return room = protocol::int64_text(static_cast<int64_t>(bits << shift) >> shift);
  }
  if (length != kLzf) {
    fail();
    return {};
  }
  const uint64_t packed = this->length();
  const uint64_t size = this->length();
  unpacked_ += size;
  const std::string_view bytes = take(packed);
  if (failed() || size > kMostStringBytes || unpacked_ > kMostUnpackedBytes ||
      !unpack_lzf(bytes, size, room)) {
    fail();
    return {};
  }
  return room;
}

}  // namespace corral::rdb
