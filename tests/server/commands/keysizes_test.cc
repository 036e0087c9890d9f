// INFO keysizes: histograms of the sizes of keys.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

std::string info(test_support::TestServer& server, const std::string& section) {
  const std::string reply = server.run("INFO " + section);
  const size_t begin = reply.find("\r\n") + 2;
  return reply.substr(begin, reply.size() - begin - 2);
}

TEST(Keysizes, NothingIsToldOfEmptyDatabases) {
  test_support::TestServer server;
  EXPECT_EQ(info(server, "keysizes"), "# Keysizes\r\n");
}

TEST(Keysizes, StringsAreCountedByBytesInPowersOfTwo) {
  test_support::TestServer server;
  server.client().run_words({"SET", "empty", ""});
  for (const int size : {1, 2, 3, 4, 7, 8, 1023, 1024, 2047, 2048, 5000}) {
    server.client().run_words(
        {"SET", "s" + std::to_string(size), std::string(static_cast<size_t>(size), 'x')});
  }
  server.run("SET number 12345");
  EXPECT_EQ(info(server, "keysizes"),
            "# Keysizes\r\ndb0_distrib_strings_sizes:0=1,1=1,2=2,4=3,8=1,512=1,1K=2,2K=1,4K=1\r\n");
  server.run("DEL s1 s2");
  server.run("APPEND s3 xxxxx");
  EXPECT_EQ(info(server, "keysizes"),
            "# Keysizes\r\ndb0_distrib_strings_sizes:0=1,4=3,8=2,512=1,1K=2,2K=1,4K=1\r\n");
}

TEST(Keysizes, OtherTypesAreCountedByItemsAndByDatabase) {
  test_support::TestServer server;
  server.run("RPUSH l a b c");
  server.run("SADD s a");
  server.run("SADD s2 1 2 3 4");
  server.run("ZADD z 1 a 2 b");
  server.run("HSET h a 1 b 2 c 3 d 4 e 5 f 6 g 7 h 8");
  server.run("XADD x * a 1");
  server.run("SELECT 3");
  server.run("SET a 1");
  EXPECT_EQ(info(server, "keysizes"),
            "# Keysizes\r\ndb0_distrib_lists_items:2=1\r\ndb0_distrib_sets_items:1=1,4=1\r\n"
            "db0_distrib_zsets_items:2=1\r\ndb0_distrib_hashes_items:8=1\r\n"
            "db3_distrib_strings_sizes:1=1\r\n");
}

TEST(Keysizes, EveryKeyIsCountedOnceHoweverManyThereAre) {
  test_support::TestServer server;
  for (int i = 0; i < 20000; ++i) server.run("SET key:" + std::to_string(i) + " abc");
  EXPECT_EQ(info(server, "keysizes"), "# Keysizes\r\ndb0_distrib_strings_sizes:2=20000\r\n");
  EXPECT_EQ(server.run("MULTI"), "+OK\r\n");
  server.run("INFO keysizes");
  EXPECT_NE(server.run("EXEC").find("2=20000"), std::string::npos);
}

TEST(Keysizes, IsToldOnlyByName) {
  test_support::TestServer server;
  server.run("SET a 1");
  for (const char* sections : {"", "all", "everything", "default"}) {
    EXPECT_EQ(info(server, sections).find("distrib"), std::string::npos) << sections;
  }
}

}  // namespace
}  // namespace corral::commands
