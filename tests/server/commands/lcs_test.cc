// LCS against the plain table of lengths.
// Threading: one thread.
// See: server/commands/lcs.cc.
#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/reply_reader.h"
#include "server/base/random.h"
#include "tests/support/test_server.h"

namespace corral::commands {
namespace {

using test_support::TestServer;

// The textbook way, and of several longest ones the one that Redis takes.
std::string plain_lcs(const std::string& a, const std::string& b) {
  std::vector<std::vector<int>> length(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      length[i][j] = a[i - 1] == b[j - 1] ? length[i - 1][j - 1] + 1 : std::max(length[i - 1][j], length[i][j - 1]);
    }
  }
  std::string reversed;
  for (size_t i = a.size(), j = b.size(); i > 0 && j > 0;) {
    if (a[i - 1] == b[j - 1]) {
      reversed += a[i - 1];
      --i;
      --j;
    } else if (length[i - 1][j] > length[i][j - 1]) {
      --i;
    } else {
      --j;
    }
  }
  return {reversed.rbegin(), reversed.rend()};
}

std::string random_text(base::Random& random, uint64_t alphabet) {
  constexpr size_t kSizes[] = {0, 1, 2, 10, 63, 64, 65, 127, 128, 129, 200};  // words have 64 bits
  std::string text(kSizes[random.below(std::size(kSizes))], 'a');
  for (char& c : text) c = static_cast<char>('a' + random.below(alphabet));
  return text;
}

TEST(Lcs, IsTheSameAsWithAPlainTable) {
  TestServer server;
  base::Random random(1);
  for (int round = 0; round < 500; ++round) {
    const uint64_t alphabet = 2 + random.below(20);
    const std::string a = random_text(random, alphabet);
    const std::string b = random_text(random, alphabet);
    server.client().run_words({"SET", "a", a});
    server.client().run_words({"SET", "b", b});
    const std::string expected = plain_lcs(a, b);
    ASSERT_EQ(server.run("LCS a b"), "$" + std::to_string(expected.size()) + "\r\n" + expected + "\r\n") << a << " " << b;
    ASSERT_EQ(server.run("LCS a b LEN"), ":" + std::to_string(expected.size()) + "\r\n");
  }
}

TEST(Lcs, TheRunsSpellTheSubsequence) {
  TestServer server;
  base::Random random(2);
  for (int round = 0; round < 200; ++round) {
    const std::string a = random_text(random, 4);
    const std::string b = random_text(random, 4);
    server.client().run_words({"SET", "a", a});
    server.client().run_words({"SET", "b", b});
    protocol::ReplyReader reader;
    reader.feed(server.run("LCS a b IDX WITHMATCHLEN"));
    const protocol::Reply reply = reader.next().value();
    std::string spelled;
    for (const protocol::Reply& run : reply.elements.at(1).elements) {
      const auto at = [&run](size_t side, size_t end) {
        return static_cast<size_t>(run.elements.at(side).elements.at(end).integer);
      };
      const size_t length = static_cast<size_t>(run.elements.at(2).integer);
      ASSERT_EQ(at(0, 1) - at(0, 0) + 1, length);
      ASSERT_EQ(a.substr(at(0, 0), length), b.substr(at(1, 0), length));
      spelled.insert(0, a.substr(at(0, 0), length));
    }
    ASSERT_EQ(spelled, plain_lcs(a, b)) << a << " " << b;
  }
}

TEST(Lcs, PairsThatWouldNotFitInRedisAreRefused) {
  TestServer server({"proto-max-bulk-len 1mb"});
  server.client().run_words({"SET", "a", std::string(511, 'a')});
  server.client().run_words({"SET", "b", std::string(511, 'a')});
  EXPECT_EQ(server.run("LCS a b LEN"), ":511\r\n");
  server.run("APPEND b a");
  EXPECT_EQ(server.run("LCS a b LEN"),
            "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n");
}

}  // namespace
}  // namespace corral::commands
