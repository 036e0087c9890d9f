// Broken payloads, many of them: whatever is accepted must be whole.
// Threading: one thread; CORRAL_SEED or 1 is the seed.
// See: server/rdb/README.md.
#include <gtest/gtest.h>

#include <cstdlib>

#include "server/base/random.h"
#include "tests/server/rdb/contents.h"
#include "tests/server/rdb/samples.h"

namespace corral::rdb {
namespace {

uint64_t rounds() {
  return std::getenv("CORRAL_LONG") != nullptr ? 1'000'000 : 20'000;
}

std::string mutated(std::string bytes, const std::vector<std::string>& seeds, base::Random& random) {
  constexpr uint8_t kEdges[] = {0x00, 0x01, 0x3F, 0x40, 0x7F, 0x80, 0x81, 0xC0, 0xC3, 0xF0, 0xF4, 0xFE, 0xFF};
  for (uint64_t left = 1 + random.below(3); left > 0 && !bytes.empty(); --left) {
    const size_t at = random.below(bytes.size());
    const size_t length = 1 + random.below(std::min<size_t>(8, bytes.size() - at));
    switch (random.below(7)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(kEdges[random.below(std::size(kEdges))]);
        break;
      case 2:
        bytes[at] = static_cast<char>(bytes[at] + (random.below(2) == 0 ? 1 : -1));
        break;
      case 3:
        bytes.erase(at, length);
        break;
      case 4:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 5:
        bytes[0] = static_cast<char>(random.below(23));  // another type
        break;
      default: {
        const std::string& other = seeds[random.below(seeds.size())];
        bytes = bytes.substr(0, at) + other.substr(random.below(other.size()));
      }
    }
  }
  return bytes;
}

TEST(Mutation, WhatIsAcceptedCanBeReadWrittenCopiedAndFreed) {
  const base::HashSecret secret = base::HashSecret::from_seed(1);
  const char* const seed = std::getenv("CORRAL_SEED");
  base::Random random(seed == nullptr ? 1 : protocol::parse_uint64(seed).value_or(1));
  // Small thresholds, so that large forms come about as well.
  types::Thresholds thresholds;
  thresholds.hash_max_listpack_entries = thresholds.set_max_intset_entries = 2;
  const std::vector<std::string> seeds = all_forms();
  uint64_t accepted = 0;
  for (uint64_t i = 0; i < rounds(); ++i) {
    if (i % 2 == 1)
      thresholds.zset_max_listpack_entries = thresholds.set_max_listpack_entries = i % 4 == 1 ? 1 : 128;
    const Settings settings{secret, thresholds, 0};
    const std::string bytes = mutated(seeds[random.below(seeds.size())], seeds, random);
    const auto value = restore(bytes, settings);
    if (!value) continue;
    ++accepted;
    if (value->container == nullptr) continue;
    ASSERT_TRUE(value->container->size() > 0 || value->container->type() == types::ValueType::kStream);
    const std::string contents = Contents::of(*value->container);
    ASSERT_EQ(Contents::of(*value->container->clone()), contents) << "round " << i;
    const std::string payload = dump(*value->container, thresholds, 0);
    const auto whole = verified(payload);
    ASSERT_TRUE(whole);
    const auto again = restore(*whole, settings);
    ASSERT_TRUE(again) << "round " << i;
    ASSERT_EQ(Contents::of(*again->container), contents) << "round " << i;
    while (value->container->discard(3) > 0) {
    }
  }
  // Both happen often, or the test tests nothing.
  EXPECT_GT(accepted, rounds() / 50);
  EXPECT_LT(accepted, rounds() * 9 / 10);
}

}  // namespace
}  // namespace corral::rdb
