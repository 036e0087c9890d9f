// Work that is left and gone on with.
// Threading: one thread.
// See: server/base/fiber.h.
#include "server/base/fiber.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace corral::base {
namespace {

constexpr size_t kStack = 256 * 1024;

TEST(Fiber, RunsToTheEnd) {
  Fiber fiber(kStack);
  int runs = 0;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(fiber.run([&] { ++runs; }));
  EXPECT_EQ(runs, 3);
}

TEST(Fiber, GoesOnWhereItWasLeft) {
  Fiber fiber(kStack);
  std::string seen;
  EXPECT_FALSE(fiber.run([&] {
    for (char c = 'a'; c < 'd'; ++c) {
      seen += c;
      fiber.yield();
    }
    seen += '.';
  }));
  seen += '1';
  EXPECT_FALSE(fiber.resume());
  seen += '2';
  EXPECT_FALSE(fiber.resume());
  EXPECT_TRUE(fiber.suspended());
  EXPECT_TRUE(fiber.resume());
  EXPECT_FALSE(fiber.suspended());
  EXPECT_EQ(seen, "a1b2c.");
}

TEST(Fiber, ExceptionsAreCaughtInside) {
  Fiber fiber(kStack);
  bool caught = false;
  EXPECT_FALSE(fiber.run([&] {
    try {
      fiber.yield();
      throw std::runtime_error("inside");
    } catch (const std::runtime_error&) {
      caught = true;
    }
  }));
  EXPECT_TRUE(fiber.resume());
  EXPECT_TRUE(caught);
}

}  // namespace
}  // namespace corral::base
