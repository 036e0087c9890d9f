// Sparse against dense, estimates against true counts, and bytes that lie.
// Threading: one thread.
// See: server/types/hyperloglog.h.
#include "server/types/hyperloglog.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "server/base/random.h"

namespace corral::types::hyperloglog {
namespace {

constexpr size_t kMostSparse = 3000;

TEST(HyperLogLog, SparseAndDenseCountTheSame) {
  std::string sparse = make_empty();
  std::string dense = make_empty();
  ASSERT_TRUE(make_dense(dense));
  ASSERT_EQ(dense.size(), kDenseBytes);
  for (int n = 0; n < 20000; ++n) {
    const Observation seen = observe("element:" + std::to_string(n));
    ASSERT_EQ(raise(sparse, seen, kMostSparse), raise(dense, seen, kMostSparse)) << n;
    ASSERT_TRUE(is_hyperloglog(sparse));
    if (n % 500 != 0) continue;
    ASSERT_EQ(estimate(sparse), estimate(dense)) << n;
    std::string copy = sparse;
    ASSERT_TRUE(make_dense(copy));
    forget_estimate(dense.data());
    forget_estimate(copy.data());
    ASSERT_EQ(copy, dense) << n;
  }
  EXPECT_TRUE(is_dense(sparse));
}

TEST(HyperLogLog, EstimatesWithinThreeStandardErrors) {
  Registers registers{};
  std::string bytes = make_empty();
  for (uint64_t n = 1; n <= 300000; ++n) {
    raise(bytes, observe(std::to_string(n)), kMostSparse);
    if (n != 100 && n != 3000 && n != 50000 && n != 300000) continue;
    const auto guess = estimate(bytes);
    ASSERT_TRUE(guess.has_value());
    EXPECT_LT(std::abs(static_cast<double>(*guess) - static_cast<double>(n)),
              3 * 0.0082 * static_cast<double>(n))
        << n;
    ASSERT_TRUE(merge(bytes, registers));
    EXPECT_EQ(estimate(registers), *guess);
  }
}

TEST(HyperLogLog, KeepsItsEstimateUntilChanged) {
  std::string bytes = make_empty();
  EXPECT_EQ(cached_estimate(bytes), 0u);
  raise(bytes, observe("a"), kMostSparse);
  EXPECT_FALSE(cached_estimate(bytes).has_value());
  cache_estimate(bytes.data(), 12345);
  EXPECT_EQ(cached_estimate(bytes), 12345u);
}

TEST(HyperLogLog, TheLastRegisterEndsWithTheBytes) {
  std::string dense = make_empty();
  make_dense(dense);
  EXPECT_TRUE(raise_dense(dense.data(), {kRegisters - 1, kLargestRegister}));
  EXPECT_FALSE(raise_dense(dense.data(), {kRegisters - 1, kLargestRegister}));
  EXPECT_EQ(dense_register(dense, kRegisters - 1), kLargestRegister);
  EXPECT_EQ(dense_register(dense, kRegisters - 2), 0);
}

TEST(HyperLogLog, RunsThatLieAreFoundOut) {
  const std::string header = make_empty().substr(0, kHeaderBytes);
  for (const std::string& runs :
       {std::string(), std::string("\x7f", 1), std::string("\x7f\xff\x00", 3), std::string("\x7f\xfe", 2),
        std::string(20000, '\x80'), std::string(70000, '\0')}) {
    const std::string bytes = header + runs;
    Registers registers{};
    std::string copy = bytes;
    ASSERT_TRUE(is_hyperloglog(bytes));
    EXPECT_FALSE(estimate(bytes).has_value());
    EXPECT_FALSE(merge(bytes, registers));
    EXPECT_FALSE(make_dense(copy));
    EXPECT_EQ(copy, bytes);
    describe_sparse(bytes);
  }
  EXPECT_FALSE(is_hyperloglog("HYLL"));
  EXPECT_FALSE(is_hyperloglog(std::string("HYLX\x01", 5) + std::string(20, '\0')));
  EXPECT_FALSE(is_hyperloglog(std::string("HYLL\x02", 5) + std::string(20, '\0')));
  EXPECT_FALSE(is_hyperloglog(std::string("HYLL\x00", 5) + std::string(20, '\0')));
}

// Whatever the bytes: no step leaves them, and what is not found corrupt stays a HyperLogLog.
TEST(HyperLogLog, MutatedBytesDoNoHarm) {
  base::Random random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = make_empty();
    const uint64_t elements = random.below(200);
    for (uint64_t n = 0; n < elements; ++n) raise(bytes, observe(std::to_string(random.next())), kMostSparse);
    for (uint64_t n = 1 + random.below(4); n > 0; --n) {
      const size_t at = kHeaderBytes + random.below(bytes.size() - kHeaderBytes);
      switch (random.below(4)) {
        case 0:
          bytes[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          bytes.erase(at, 1);
          break;
        case 2:
          bytes.insert(at, 1, static_cast<char>(random.below(256)));
          break;
        default:
          bytes.resize(at);
          break;
      }
      if (bytes.size() <= kHeaderBytes) break;
    }
    Registers registers{};
    const bool whole = merge(bytes, registers);
    ASSERT_EQ(estimate(bytes).has_value(), whole);
    describe_sparse(bytes);
    for (int n = 0; n < 20; ++n) {
      const Observation seen = observe(std::to_string(random.next()));
      const Raised raised = raise(bytes, seen, random.below(2) == 0 ? kMostSparse : 0);
      ASSERT_FALSE(whole && raised == Raised::kCorrupt);
      ASSERT_TRUE(is_hyperloglog(bytes));
    }
    ASSERT_EQ(make_dense(bytes), whole);
  }
}

}  // namespace
}  // namespace corral::types::hyperloglog
