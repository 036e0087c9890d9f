// Random numbers, hashes, sizes of allocations.
// Threading: one thread.
// See: server/base/random.h, server/base/hash.h, server/base/memory.h.
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <set>
#include <string>

#include "server/base/hash.h"
#include "server/base/memory.h"
#include "server/base/random.h"

namespace corral::base {
namespace {

TEST(Random, IsTheSameForTheSameSeedAndNotForAnother) {
  Random one(5);
  Random same(5);
  Random other(6);
  int equal = 0;
  for (int i = 0; i < 100; ++i) {
    const uint64_t number = one.next();
    EXPECT_EQ(number, same.next());
    equal += number == other.next() ? 1 : 0;
  }
  EXPECT_EQ(equal, 0);
}

TEST(Random, BelowIsInRangeAndEven) {
  Random random(1);
  int counts[10] = {};
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t number = random.below(10);
    ASSERT_LT(number, 10u);
    ++counts[number];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, UnitIsFromZeroToBelowOne) {
  Random random(2);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double number = random.unit();
    ASSERT_GE(number, 0.0);
    ASSERT_LT(number, 1.0);
    sum += number;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.01);
}

TEST(Random, TheKernelsBytesDiffer) {
  unsigned char one[64] = {};
  unsigned char other[64] = {};
  system_random(one, sizeof one);
  system_random(other, sizeof other);
  EXPECT_NE(std::memcmp(one, other, sizeof one), 0);
}

TEST(Hash, DependsOnTheWholeSecret) {
  // The secret must not be a mere seed: changing any part of it changes hashes of some length.
  const HashSecret secret = HashSecret::from_seed(1);
  const std::string lengths[] = {"a",
                                 "abcdef",
                                 "0123456789abcdef",
                                 std::string(100, 'x'),
                                 std::string(200, 'y'),
                                 std::string(3000, 'z')};
  for (size_t i = 0; i < sizeof secret.bytes; i += 8) {
    HashSecret changed = secret;
    changed.bytes[i] ^= 1;
    bool any = false;
    for (const std::string& text : lengths) any |= hash_bytes(text, secret) != hash_bytes(text, changed);
    EXPECT_TRUE(any) << "byte " << i;
  }
  EXPECT_NE(std::memcmp(HashSecret::random().bytes, HashSecret::random().bytes, sizeof secret.bytes), 0);
}

TEST(Hash, EveryBitOfTheKeyMattersAndSpreads) {
  const HashSecret secret = HashSecret::from_seed(2);
  int flipped = 0;
  int pairs = 0;
  for (const size_t size : {1u, 3u, 8u, 16u, 17u, 100u, 300u}) {
    std::string text(size, 'k');
    const uint64_t before = hash_bytes(text, secret);
    for (size_t bit = 0; bit < size * 8; ++bit) {
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
      const uint64_t after = hash_bytes(text, secret);
      ASSERT_NE(after, before);
      flipped += std::popcount(before ^ after);
      ++pairs;
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    }
  }
  EXPECT_NEAR(static_cast<double>(flipped) / pairs, 32.0, 0.5);
}

TEST(Hash, ManyKeysDoNotCollide) {
  const HashSecret secret = HashSecret::from_seed(3);
  std::set<uint64_t> seen;
  for (int i = 0; i < 100'000; ++i) seen.insert(hash_bytes("key:" + std::to_string(i), secret));
  EXPECT_EQ(seen.size(), 100'000u);
}

TEST(Memory, AllocatedSizeIsNeverLessAndSeldomMuchMore) {
  for (size_t bytes = 1; bytes < 100'000; bytes += 1 + bytes / 50) {
    const size_t real = allocated_size(bytes);
    EXPECT_GE(real, bytes);
    EXPECT_LE(real, bytes + bytes / 4 + 16);
    void* const memory = allocate(bytes);
    std::memset(memory, 1, bytes);
    release(memory, bytes);
  }
}

#if defined(CORRAL_JEMALLOC)
TEST(Memory, FiguresFollowAllocations) {
  const uint64_t before = allocator_figures().allocated;
  constexpr size_t kBytes = 8 << 20;
  void* const memory = allocate(kBytes);
  EXPECT_NEAR(static_cast<double>(allocator_figures().allocated - before), kBytes, 100'000);
  release(memory, kBytes);
  EXPECT_LT(allocator_figures().allocated, before + 100'000);
  EXPECT_GE(allocator_figures().active, allocator_figures().allocated);
  purge_allocator();
}
#endif

}  // namespace
}  // namespace corral::base
