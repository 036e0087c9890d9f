// Commands after Redis 7.0 that write or remove under a condition; their words are those of Redis 8.4 and Valkey 9.
// Threading: one thread, manual clock.
// See: server/commands/README.md, "Comparisons".
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

constexpr const char* kOk = "+OK\r\n";
constexpr const char* kNil = "$-1\r\n";
constexpr const char* kYes = ":1\r\n";
constexpr const char* kNo = ":0\r\n";
constexpr const char* kNotADigest = "-ERR must be exactly 16 hexadecimal characters\r\n";

TEST(Conditional, SetComparesWithTheValue) {
  TestServer server;
  EXPECT_EQ(server.run("SET k new IFEQ old"), kNil);
  EXPECT_EQ(server.run("EXISTS k"), kNo);
  EXPECT_EQ(server.run("SET k one IFNE old"), kOk);  // what is not there is not equal
  EXPECT_EQ(server.run("SET k two IFNE one"), kNil);
  EXPECT_EQ(server.run("SET k two ifeq one EX 100"), kOk);
  EXPECT_EQ(server.run("TTL k"), ":100\r\n");
  EXPECT_EQ(server.run("SET k three KEEPTTL IFEQ two"), kOk);
  EXPECT_EQ(server.run("TTL k"), ":100\r\n");
  // GET answers the old value whether or not it was written over.
  EXPECT_EQ(server.run("SET k four IFEQ other GET"), "$5\r\nthree\r\n");
  EXPECT_EQ(server.run("SET k four IFEQ three GET"), "$5\r\nthree\r\n");
  EXPECT_EQ(server.run("GET k"), "$4\r\nfour\r\n");
  for (const char* wrong :
       {"SET k v IFEQ", "SET k v IFEQ a IFEQ a", "SET k v NX IFEQ a", "SET k v IFEQ a XX"}) {
    EXPECT_EQ(server.run(wrong), "-ERR syntax error\r\n") << wrong;
  }
}

// The digests are XXH3's own test values: of nothing, and of "abc".
TEST(Conditional, DigestsAreXxh3InHex) {
  TestServer server;
  server.client().run_words({"SET", "empty", ""});
  server.run("SET abc abc");
  EXPECT_EQ(server.run("DIGEST empty"), "$16\r\n2d06800538d394c2\r\n");
  EXPECT_EQ(server.run("DIGEST abc"), "$16\r\n78af5f94892f3950\r\n");
  EXPECT_EQ(server.run("DIGEST no"), kNil);
  EXPECT_EQ(server.run("SET abc x IFDEQ 78AF5F94892F3951"), kNil);
  EXPECT_EQ(server.run("SET abc x IFDNE 78AF5F94892F3950"), kNil);
  EXPECT_EQ(server.run("SET abc x IFDEQ 78AF5F94892F3950"), kOk);
  EXPECT_EQ(server.run("SET no x IFDEQ 78af5f94892f3950"), kNil);
  EXPECT_EQ(server.run("SET no x IFDNE 78af5f94892f3950"), kOk);
  EXPECT_EQ(server.run("SET abc x IFDEQ 78af"), kNotADigest);
  EXPECT_EQ(server.run("DELEX abc IFDEQ 78af5f94892f395g"), kNotADigest);
}

TEST(Conditional, RemovesWhatIsAsExpected) {
  TestServer server;
  server.run("MSET a 1 b 2 c 3 d 4");
  EXPECT_EQ(server.run("DELEX a"), kYes);
  EXPECT_EQ(server.run("DELEX a"), kNo);
  EXPECT_EQ(server.run("DELEX b IFEQ 3"), kNo);
  EXPECT_EQ(server.run("DELEX b IFEQ 2"), kYes);
  EXPECT_EQ(server.run("DELEX c IFNE 3"), kNo);
  EXPECT_EQ(server.run("DELEX c IFNE 4"), kYes);
  EXPECT_EQ(server.run("DELEX c IFNE 4"), kNo);
  EXPECT_EQ(server.run("DELIFEQ d 5"), kNo);
  EXPECT_EQ(server.run("DELIFEQ d 4"), kYes);
  EXPECT_EQ(server.run("DELIFEQ d 4"), kNo);
  EXPECT_EQ(server.run("DBSIZE"), kNo);
  EXPECT_EQ(server.run("DELEX a IFEQ"), "-ERR wrong number of arguments for 'delex' command\r\n");
  EXPECT_EQ(server.run("DELEX a FOO x"), "-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE\r\n");
}

TEST(Conditional, SetsManyOrNone) {
  TestServer server;
  EXPECT_EQ(server.run("MSETEX 2 a 1 b 2 EX 100"), kYes);
  EXPECT_EQ(server.run("TTL b"), ":100\r\n");
  EXPECT_EQ(server.run("MSETEX 2 a 3 c 4 NX"), kNo);
  EXPECT_EQ(server.run("MSETEX 2 a 3 c 4 XX"), kNo);
  EXPECT_EQ(server.run("MGET a b c"), "*3\r\n$1\r\n1\r\n$1\r\n2\r\n$-1\r\n");
  EXPECT_EQ(server.run("MSETEX 2 a 5 b 6 XX KEEPTTL"), kYes);
  EXPECT_EQ(server.run("TTL a"), ":100\r\n");
  EXPECT_EQ(server.run("MSETEX 1 c 7 NX PX 5000"), kYes);
  EXPECT_EQ(server.run("PTTL c"), ":5000\r\n");
  EXPECT_EQ(server.run("MSETEX 0 a 1"), "-ERR invalid numkeys value\r\n");
  EXPECT_EQ(server.run("MSETEX x a 1"), "-ERR invalid numkeys value\r\n");
  EXPECT_EQ(server.run("MSETEX 2 a 1"), "-ERR wrong number of key-value pairs\r\n");
  EXPECT_EQ(server.run("MSETEX 1 a 1 b 2"), "-ERR syntax error\r\n");
  EXPECT_EQ(server.run("MSETEX 1 a 1 EX 0"), "-ERR invalid expire time in 'msetex' command\r\n");
  EXPECT_EQ(server.run("COMMAND GETKEYS MSETEX 2 a 1 b 2 NX"), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
}

TEST(Conditional, AWriteIsAFillAndWatchersSeeIt) {
  TestServer server({}, {"p match p:* wait 500ms"});
  auto& other = server.connect();
  EXPECT_EQ(server.run("GET p:a"), kNil);  // elected
  EXPECT_EQ(other.run("GET p:a"), "");
  EXPECT_EQ(server.run("MSETEX 1 p:a v EX 10"), kYes);
  EXPECT_EQ(other.take(), "$1\r\nv\r\n");
  server.run("SET w 1");
  server.run("WATCH w");
  other.run("SET w 2 IFEQ 0");
  server.run("MULTI");
  EXPECT_EQ(server.run("EXEC"), "*0\r\n");
  server.run("WATCH w");
  other.run("DELIFEQ w 1");
  server.run("MULTI");
  EXPECT_EQ(server.run("EXEC"), "*-1\r\n");
}

}  // namespace
}  // namespace corral::commands
