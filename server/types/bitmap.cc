// Bits of a string, eight bytes at a time.
// Threading: pure functions.
// See: bitmap.h.
#include "server/types/bitmap.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "server/base/check.h"

namespace corral::types {
namespace {

__extension__ using Wide = __int128;

uint64_t word_at(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

uint8_t byte_at(std::string_view bytes, uint64_t i) {
  return static_cast<uint8_t>(bytes[i]);
}

// The bits of a byte from its bit `first` to its bit `last`, 0 being the highest.
uint8_t byte_mask(uint64_t first, uint64_t last) {
  return static_cast<uint8_t>((0xff >> first) & (0xff << (7 - last)));
}

// The first byte from `begin` to `end` (not counted) that is not `skipped`; `end` when there is none.
uint64_t find_other_byte(std::string_view bytes, uint8_t skipped, uint64_t begin, uint64_t end) {
  const uint64_t pattern = skipped * 0x0101010101010101u;
  uint64_t i = begin;
  for (; i + 8 <= end; i += 8) {
    if (word_at(bytes.data() + i) != pattern) break;
  }
  while (i < end && byte_at(bytes, i) == skipped) ++i;
  return i;
}

template <typename Combine>
void fold(std::string_view source, char* out, Combine combine) {
  size_t i = 0;
  for (; i + 8 <= source.size(); i += 8) {
    const uint64_t word = combine(word_at(out + i), word_at(source.data() + i));
    std::memcpy(out + i, &word, sizeof word);
  }
  for (; i < source.size(); ++i) {
    out[i] = static_cast<char>(combine(static_cast<uint8_t>(out[i]), byte_at(source, i)));
  }
}

}  // namespace

uint64_t count_ones(std::string_view bytes) {
  // Four counters: the counts of neighbouring words do not wait for each other.
  uint64_t counts[4] = {};
  size_t i = 0;
  for (; i + 32 <= bytes.size(); i += 32) {
    for (size_t lane = 0; lane < 4; ++lane) {
      counts[lane] += static_cast<uint64_t>(std::popcount(word_at(bytes.data() + i + 8 * lane)));
    }
  }
  for (; i < bytes.size(); ++i) counts[0] += static_cast<uint64_t>(std::popcount(byte_at(bytes, i)));
  return counts[0] + counts[1] + counts[2] + counts[3];
}

uint64_t count_ones(std::string_view bytes, uint64_t first, uint64_t last) {
  DCHECK(first <= last && last / 8 < bytes.size());
  const uint64_t begin = first / 8;
  const uint64_t end = last / 8;
  const auto partial = [&bytes](uint64_t at, uint64_t from, uint64_t to) {
    return static_cast<uint64_t>(
        std::popcount(static_cast<uint8_t>(byte_at(bytes, at) & byte_mask(from, to))));
  };
  if (begin == end) return partial(begin, first % 8, last % 8);
  return partial(begin, first % 8, 7) + count_ones(bytes.substr(begin + 1, end - begin - 1)) +
         partial(end, 0, last % 8);
}

int64_t find_bit(std::string_view bytes, bool value, uint64_t first, uint64_t last) {
  DCHECK(first <= last && last / 8 < bytes.size());
  const uint64_t end = last / 8;
  const uint8_t skipped = value ? 0x00 : 0xff;
  uint64_t at = first / 8;
  uint8_t mask = byte_mask(first % 8, at == end ? last % 8 : 7);
  for (;;) {
    const auto found = static_cast<uint8_t>((byte_at(bytes, at) ^ skipped) & mask);
    if (found != 0) return static_cast<int64_t>(at * 8) + std::countl_zero(found);
    if (at == end) return -1;
    at = find_other_byte(bytes, skipped, at + 1, end);
    mask = at == end ? byte_mask(0, last % 8) : uint8_t{0xff};
  }
}

void combine_bits(BitOperation operation, std::span<const std::string_view> sources, char* out) {
  size_t size = 0;
  for (const std::string_view source : sources) size = std::max(size, source.size());
  if (size == 0) return;
  if (operation == BitOperation::kNot) {
    std::memset(out, 0xff, size);
    return fold(sources[0], out, [](uint64_t a, uint64_t b) { return a ^ b; });
  }
  const std::string_view head = sources[0];
  if (!head.empty()) std::memcpy(out, head.data(), head.size());
  std::memset(out + head.size(), 0, size - head.size());
  for (const std::string_view source : sources.subspan(1)) {
    switch (operation) {
      case BitOperation::kAnd:
        fold(source, out, [](uint64_t a, uint64_t b) { return a & b; });
        std::memset(out + source.size(), 0, size - source.size());
        break;
      case BitOperation::kOr:
        fold(source, out, [](uint64_t a, uint64_t b) { return a | b; });
        break;
      default:
        fold(source, out, [](uint64_t a, uint64_t b) { return a ^ b; });
        break;
    }
  }
}

uint64_t read_field(std::string_view bytes, const BitField& field) {
  const uint64_t begin = field.offset / 8;
  const unsigned shift = field.offset % 8;
  // Nine bytes hold any field: the first eight and what hangs over.
  unsigned char window[9] = {};
  if (begin < bytes.size()) {
    std::memcpy(window, bytes.data() + begin, std::min(sizeof window, bytes.size() - begin));
  }
  uint64_t value = __builtin_bswap64(word_at(reinterpret_cast<const char*>(window)));
  if (shift != 0) value = (value << shift) | (window[8] >> (8 - shift));
  const unsigned unused = 64u - field.bits;
  return field.is_signed ? static_cast<uint64_t>(static_cast<int64_t>(value) >> unused) : value >> unused;
}

void write_field(char* bytes, const BitField& field, uint64_t value) {
  uint64_t at = field.offset;
  unsigned left = field.bits;
  while (left > 0) {
    const unsigned inside = at % 8;
    const unsigned count = std::min(left, 8 - inside);
    const uint8_t mask = byte_mask(inside, inside + count - 1);
    const auto part = static_cast<uint8_t>((value >> (left - count)) << (8 - inside - count));
    char& byte = bytes[at / 8];
    byte = static_cast<char>((static_cast<uint8_t>(byte) & ~mask) | (part & mask));
    at += count;
    left -= count;
  }
}

bool add_to_field(const BitField& field, Overflow overflow, uint64_t base, int64_t delta, uint64_t& result) {
  const unsigned unused = 64u - field.bits;
  const Wide low = field.is_signed ? -(Wide{1} << (field.bits - 1)) : Wide{0};
  const Wide high = (Wide{1} << (field.is_signed ? field.bits - 1 : field.bits)) - 1;
  const Wide start = field.is_signed ? Wide{static_cast<int64_t>(base)} : Wide{base};
  const Wide sum = start + delta;
  result = static_cast<uint64_t>(sum);
  if (sum >= low && sum <= high) return true;
  if (overflow == Overflow::kSaturate) {
    // Redis takes a number further below the field than 63 bits can say for one above it.
    const bool above = sum > high || (field.is_signed && field.bits < 64 && high - start > INT64_MAX);
    result = static_cast<uint64_t>(above ? high : low);
  } else if (field.is_signed) {
    result = static_cast<uint64_t>(static_cast<int64_t>(result << unused) >> unused);
  } else {
    result = result << unused >> unused;
  }
  return false;
}

}  // namespace corral::types
