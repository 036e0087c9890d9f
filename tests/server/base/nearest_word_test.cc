// The nearest valid word: one edit for short words, up to three for long ones, nothing for what is far away.
// Threading: one thread.
// See: server/base/nearest_word.h.
#include "server/base/nearest_word.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace corral::base {
namespace {

constexpr std::string_view kWords[] = {"stale", "soft", "wait", "negative", "maxmemory-policy", "maxmemory"};

TEST(NearestWord, EditsAndSwapsWithinAThirdOfTheWord) {
  const std::pair<const char*, const char*> cases[] = {{"stael", "stale"},
                                                       {"stal", "stale"},
                                                       {"stalle", "stale"},
                                                       {"stole", "stale"},
                                                       {"STALE", "stale"},
                                                       {"wiat", "wait"},
                                                       {"waiit", "wait"},
                                                       {"negitve", "negative"},
                                                       {"maxmemorypolicy", "maxmemory-policy"},
                                                       {"maxmemori", "maxmemory"},
                                                       {"w", ""},
                                                       {"xyz", ""},
                                                       {"stxyz", ""},
                                                       {"", ""},
                                                       {"jitter", ""}};
  for (const auto& [word, nearest] : cases) EXPECT_EQ(nearest_word(word, kWords), nearest) << word;
}

TEST(NearestWord, TheFirstOfEqualsAndNothingForVeryLongWords) {
  constexpr std::string_view equals[] = {"cat", "car"};
  EXPECT_EQ(nearest_word("caz", equals), "cat");
  EXPECT_EQ(nearest_word(std::string(65, 'a'), kWords), "");
  EXPECT_EQ(nearest_word("stael", {}), "");
}

TEST(NearestWord, HintReadsAsPartOfAMessage) {
  EXPECT_EQ(did_you_mean("stael", kWords), " (did you mean \"stale\"?)");
  EXPECT_EQ(did_you_mean("frobnicate", kWords), "");
}

}  // namespace
}  // namespace corral::base
