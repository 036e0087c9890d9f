// Bits by the word against bits one by one, at all alignments.
// Threading: one thread.
// See: server/types/bitmap.h.
#include "server/types/bitmap.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/random.h"

namespace corral::types {
namespace {

bool bit_of(std::string_view bytes, uint64_t i) {
  return i / 8 < bytes.size() && ((static_cast<uint8_t>(bytes[i / 8]) >> (7 - i % 8)) & 1) != 0;
}

// Runs of equal bytes, so that searches have a way to go.
std::string some_bytes(base::Random& random, size_t size) {
  std::string out;
  while (out.size() < size) {
    const auto byte =
        static_cast<char>(random.below(3) == 0 ? random.below(256) : (random.below(2) == 0 ? 0xff : 0));
    out.append(1 + random.below(30), byte);
  }
  out.resize(size);
  return out;
}

TEST(Bitmap, CountsAndFindsAsBitByBit) {
  base::Random random(1);
  for (int round = 0; round < 3000; ++round) {
    const std::string bytes = some_bytes(random, 1 + random.below(120));
    const uint64_t last = random.below(bytes.size() * 8);
    const uint64_t first = random.below(last + 1);
    uint64_t ones = 0;
    int64_t found[2] = {-1, -1};
    for (uint64_t i = first; i <= last; ++i) {
      const bool bit = bit_of(bytes, i);
      ones += bit ? 1 : 0;
      if (found[bit] < 0) found[bit] = static_cast<int64_t>(i);
    }
    ASSERT_EQ(count_ones(bytes, first, last), ones) << round;
    ASSERT_EQ(find_bit(bytes, false, first, last), found[0]) << round;
    ASSERT_EQ(find_bit(bytes, true, first, last), found[1]) << round;
    ASSERT_EQ(count_ones(bytes), count_ones(bytes, 0, bytes.size() * 8 - 1)) << round;
  }
  EXPECT_EQ(count_ones(""), 0u);
}

bool combined(BitOperation operation, const std::vector<std::string_view>& sources, uint64_t i) {
  bool out = bit_of(sources[0], i);
  if (operation == BitOperation::kNot) return !out;
  for (size_t n = 1; n < sources.size(); ++n) {
    const bool bit = bit_of(sources[n], i);
    out = operation == BitOperation::kAnd  ? out && bit
          : operation == BitOperation::kOr ? out || bit
                                           : out != bit;
  }
  return out;
}

TEST(Bitmap, CombinesAsBitByBit) {
  base::Random random(2);
  for (const auto operation :
       {BitOperation::kAnd, BitOperation::kOr, BitOperation::kXor, BitOperation::kNot}) {
    for (int round = 0; round < 500; ++round) {
      std::vector<std::string> strings;
      const size_t count = operation == BitOperation::kNot ? 1 : 1 + random.below(5);
      size_t size = 0;
      for (size_t i = 0; i < count; ++i) {
        strings.push_back(some_bytes(random, random.below(70)));
        size = std::max(size, strings.back().size());
      }
      const std::vector<std::string_view> sources(strings.begin(), strings.end());
      std::string out(size, 'x');
      combine_bits(operation, sources, out.data());
      for (uint64_t i = 0; i < size * 8; ++i)
        ASSERT_EQ(bit_of(out, i), combined(operation, sources, i)) << round;
    }
  }
}

TEST(Bitmap, FieldsAreWrittenAndReadAtAnyBit) {
  base::Random random(3);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = some_bytes(random, 24);
    const std::string before = bytes;
    BitField field;
    field.is_signed = random.below(2) == 0;
    field.bits = static_cast<uint8_t>(1 + random.below(field.is_signed ? 64 : 63));
    field.offset = random.below(24 * 8 - field.bits + 1);
    const uint64_t value = random.next();
    write_field(bytes.data(), field, value);
    for (uint64_t i = 0; i < 24 * 8; ++i) {
      const bool inside = i >= field.offset && i < field.offset + field.bits;
      const uint64_t from_the_end = field.offset + field.bits - 1 - i;
      ASSERT_EQ(bit_of(bytes, i), inside ? ((value >> from_the_end) & 1) != 0 : bit_of(before, i)) << round;
    }
    uint64_t expected = value << (64 - field.bits);
    expected = field.is_signed ? static_cast<uint64_t>(static_cast<int64_t>(expected) >> (64 - field.bits))
                               : expected >> (64 - field.bits);
    ASSERT_EQ(read_field(bytes, field), expected) << round;
  }
  EXPECT_EQ(read_field("\xff", {4, 8, false}), 0xf0u);  // zeros go on behind the end
  EXPECT_EQ(read_field("", {1u << 31, 8, true}), 0u);
}

TEST(Bitmap, OverflowWrapsSaturatesOrFails) {
  struct Case {
    BitField field;
    Overflow overflow;
    int64_t base;
    int64_t delta;
    bool fits;
    int64_t result;
  };
  const Case cases[] = {
      {{0, 8, false}, Overflow::kWrap, 250, 10, false, 4},
      {{0, 8, false}, Overflow::kSaturate, 250, 10, false, 255},
      {{0, 8, false}, Overflow::kSaturate, 5, -10, false, 0},
      {{0, 8, false}, Overflow::kWrap, 5, -10, false, 251},
      {{0, 8, false}, Overflow::kSaturate, -1, 0, false, 255},  // SET of a negative number
      {{0, 8, true}, Overflow::kWrap, 127, 1, false, -128},
      {{0, 8, true}, Overflow::kSaturate, -100, -100, false, -128},
      {{0, 16, true}, Overflow::kSaturate, INT64_MIN, 0, false, 32767},  // as Redis does
      {{0, 16, true}, Overflow::kSaturate, 0, INT64_MIN, false, -32768},
      {{0, 16, true}, Overflow::kSaturate, INT64_MIN + 32768, 0, false, -32768},
      {{0, 64, true}, Overflow::kWrap, INT64_MAX, 1, false, INT64_MIN},
      {{0, 64, true}, Overflow::kSaturate, INT64_MIN, -1, false, INT64_MIN},
      {{0, 63, false}, Overflow::kSaturate, INT64_MAX, INT64_MAX, false, INT64_MAX},
      {{0, 1, true}, Overflow::kWrap, 0, 1, false, -1},
      {{0, 8, true}, Overflow::kFail, 100, 27, true, 127},
      {{0, 8, true}, Overflow::kFail, 100, 28, false, 0},
  };
  for (const Case& c : cases) {
    uint64_t result = 0;
    EXPECT_EQ(add_to_field(c.field, c.overflow, static_cast<uint64_t>(c.base), c.delta, result), c.fits)
        << c.base;
    if (c.overflow != Overflow::kFail || c.fits) {
      EXPECT_EQ(static_cast<int64_t>(result), c.result) << c.base << " " << c.delta;
    }
  }
}

}  // namespace
}  // namespace corral::types
