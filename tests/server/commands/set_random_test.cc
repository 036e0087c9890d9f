// Random members of sets: which come, how often, and what is left.
// Threading: one thread, the worker's seeded generator.
// See: server/types/README.md, "Chance".
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "protocol/reply_reader.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

std::vector<std::string> texts(const std::string& encoded) {
  protocol::ReplyReader reader;
  reader.feed(encoded);
  const auto reply = reader.next();
  EXPECT_TRUE(reply.has_value()) << encoded;
  std::vector<std::string> out;
  if (!reply) return out;
  if (reply->elements.empty()) return {reply->text};
  for (const auto& element : reply->elements) out.push_back(element.text);
  return out;
}

// A set of `size` members in one of the three forms.
void fill(TestServer& server, const std::string& prefix, int size) {
  server.run("DEL s");
  std::string line = "SADD s";
  for (int i = 0; i < size; ++i) ((line += " ") += prefix) += std::to_string(i);
  server.run(line);
}

constexpr std::pair<const char*, int> kForms[] = {{"", 40}, {"m", 40}, {"m", 500}};

TEST(SetRandom, PoppedOnesAreGoneAndDistinct) {
  TestServer server;
  for (const auto& [prefix, size] : kForms) {
    fill(server, prefix, size);
    std::set<std::string> popped;
    for (const std::string& member : texts(server.run("SPOP s 15"))) popped.insert(member);
    EXPECT_EQ(popped.size(), 15U);
    popped.insert(texts(server.run("SPOP s")).front());
    EXPECT_EQ(popped.size(), 16U);
    for (const std::string& member : popped)
      EXPECT_EQ(server.run("SISMEMBER s " + member), ":0\r\n") << member;
    EXPECT_EQ(server.run("SCARD s"), ":" + std::to_string(size - 16) + "\r\n");
  }
}

TEST(SetRandom, APositiveCountGivesDistinctMembersANegativeOneAsMany) {
  TestServer server;
  for (const auto& [prefix, size] : kForms) {
    fill(server, prefix, size);
    const auto distinct = texts(server.run("SRANDMEMBER s 20"));
    EXPECT_EQ(distinct.size(), 20U);
    EXPECT_EQ(std::set<std::string>(distinct.begin(), distinct.end()).size(), 20U);
    const auto drawn = texts(server.run("SRANDMEMBER s -2000"));
    EXPECT_EQ(drawn.size(), 2000U);
    // 2,000 draws out of 500 miss a member with a chance of e^-4.
    EXPECT_GT(std::set<std::string>(drawn.begin(), drawn.end()).size(), static_cast<size_t>(size) * 9 / 10);
    EXPECT_EQ(server.run("SCARD s"), ":" + std::to_string(size) + "\r\n");
  }
}

TEST(SetRandom, EachMemberIsPoppedWithTheSameChance) {
  TestServer server;
  std::map<std::string, int> first;
  constexpr int kRounds = 4000;
  for (int i = 0; i < kRounds; ++i) {
    fill(server, "m", 8);
    ++first[texts(server.run("SPOP s")).front()];
  }
  ASSERT_EQ(first.size(), 8U);
  // 500 expected each; the standard deviation is 21.
  for (const auto& [member, times] : first) EXPECT_NEAR(times, kRounds / 8, 110) << member;
}

TEST(SetRandom, MoreThanAWorkerCanAnswerIsRefused) {
  TestServer server;
  fill(server, "m", 3);
  EXPECT_EQ(server.run("SRANDMEMBER s -1048577"), "-ERR value is out of range\r\n");
  EXPECT_EQ(server.run("SRANDMEMBER s -9223372036854775807"), "-ERR value is out of range\r\n");
  server.client().run_words({"SADD", "long", std::string(1 << 20, 'x')});
  EXPECT_EQ(server.run("SRANDMEMBER long -1048576"), "-ERR value is out of range\r\n");
}

TEST(SetRandom, AWalkInStepsMeetsEveryMember) {
  TestServer server;
  fill(server, "m", 3000);
  std::set<std::string> seen;
  std::string cursor = "0";
  int calls = 0;
  do {
    protocol::ReplyReader reader;
    reader.feed(server.run("SSCAN s " + cursor + " COUNT 100"));
    const auto reply = reader.next();
    ASSERT_TRUE(reply.has_value());
    cursor = reply->elements[0].text;
    for (const auto& member : reply->elements[1].elements) seen.insert(member.text);
    ASSERT_LT(++calls, 100);
  } while (cursor != "0");
  EXPECT_EQ(seen.size(), 3000U);
  EXPECT_GT(calls, 5);
}

}  // namespace
}  // namespace corral::commands
