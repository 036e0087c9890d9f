// Servers that lie, stop, drip, break off or talk nonsense: a failure of that call, and of nothing else.
// Threading: the test's thread; the server has threads of its own.
// See: server/origin/README.md, "Answers of HTTP".
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>

#include "tests/server/origin/caller.h"
#include "tests/server/origin/raw_server.h"

namespace corral::origin {
namespace {

constexpr std::string_view kGood = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";

// The first request gets `bytes` and the end of the connection, those on other connections a good answer.
std::function<void(Peer&)> says_once(std::string_view bytes) {
  return [bytes](Peer& peer) {
    if (peer.read_request().empty()) return;
    peer.send(peer.number() == 1 ? bytes : kGood);
  };
}

// The same, but the first connection stays open until the other side closes it.
std::function<void(Peer&)> says_once_and_stops(std::string_view bytes) {
  return [bytes](Peer& peer) {
    if (peer.read_request().empty()) return;
    peer.send(peer.number() == 1 ? bytes : kGood);
    peer.wait_until_closed();
  };
}

void expect_good_afterwards(Caller& caller) {
  const Answer answer = caller.call(load_of("k"));
  EXPECT_EQ(answer.result, Result::kValue) << answer.reason;
  EXPECT_EQ(answer.value.text, "good");
  EXPECT_EQ(caller.endpoint().calls(), 0U);
}

struct Broken {
  const char* name;
  std::string_view bytes;
  Result load;
  const char* reason;  // of the load; empty: any
};

class BrokenAnswer : public testing::TestWithParam<Broken> {};

TEST_P(BrokenAnswer, FailsThatLoadOnly) {
  RawServer server(says_once(GetParam().bytes));
  Caller caller(line_for(server.port(), "max-value 10"));
  const Answer answer = caller.call(load_of("k"));
  EXPECT_EQ(answer.result, GetParam().load) << answer.reason;
  EXPECT_FALSE(answer.reason.empty());
  if (*GetParam().reason != '\0') {
    EXPECT_EQ(answer.reason, GetParam().reason);
  }
  EXPECT_FALSE(answer.hard || answer.timed_out || answer.maybe_done || answer.pushed_back);
  EXPECT_TRUE(answer.value.text.empty());
  expect_good_afterwards(caller);
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, BrokenAnswer,
    testing::Values(
        Broken{"nothing", "", Result::kTransient, "the connection was closed without an answer"},
        Broken{"noise", "\x16\x03\x01 what is this\r\n\r\n", Result::kTransient, ""},
        Broken{"no_status", "HTTP/1.1\r\n\r\n", Result::kTransient, ""},
        Broken{"status_of_letters", "HTTP/1.1 abc\r\n\r\n", Result::kTransient, ""},
        Broken{"half_a_head", "HTTP/1.1 200 OK\r\nContent-Le", Result::kTransient, ""},
        Broken{"too_short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", Result::kTransient,
               "the answer ended too early"},
        Broken{"two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nshort",
               Result::kTransient, "the answer's headers are too many, too large or contradict one another"},
        Broken{"negative_length", "HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nshort", Result::kTransient,
               ""},
        Broken{"length_of_letters", "HTTP/1.1 200 OK\r\nContent-Length: four\r\n\r\nshort",
               Result::kTransient, ""},
        Broken{"huge_length", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nshort",
               Result::kPermanent, "the answer is larger than max-value, 10 bytes"},
        Broken{"length_beyond_numbers",
               "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nshort", Result::kTransient,
               ""},
        Broken{"too_large", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nelevenbytes", Result::kPermanent,
               "the answer is larger than max-value, 10 bytes"},
        Broken{"too_large_in_chunks",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\neleven\r\n5\r\nbytes\r\n0\r\n\r\n",
               Result::kPermanent, "the answer is larger than max-value, 10 bytes"},
        Broken{"too_large_until_closed", "HTTP/1.1 200 OK\r\n\r\nelevenbytes", Result::kPermanent,
               "the answer is larger than max-value, 10 bytes"},
        Broken{"chunk_of_letters",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
               Result::kTransient, ""},
        Broken{"chunks_without_end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
               Result::kTransient, ""},
        Broken{"encoded", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
               Result::kPermanent, "status 200 with an encoding that was not asked for"},
        Broken{"part", "HTTP/1.1 206 Part\r\nContent-Length: 1\r\n\r\nx", Result::kPermanent,
               "status 206: a part, where the whole was asked for"},
        Broken{"not_modified", "HTTP/1.1 304 Not Modified\r\n\r\n", Result::kTransient,
               "status 304, which nothing had asked for"}),
    [](const auto& tested) { return tested.param.name; });

TEST(HttpHostile, BytesBehindAnAnswerNeverBecomeTheNextOne) {
  RawServer server(says_once_and_stops(
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"));
  Caller caller(line_for(server.port()));
  const Answer first = caller.call(load_of("k"));
  EXPECT_EQ(first.value.text, "one");
  expect_good_afterwards(caller);
}

TEST(HttpHostile, HeadersWithoutEndAreCutOff) {
  RawServer server([](Peer& peer) {
    if (peer.read_request().empty()) return;
    if (peer.number() > 1) {
      peer.send(kGood);
      return;
    }
    peer.send("HTTP/1.1 200 OK\r\n");
    while (peer.send("X-Filler: " + std::string(1000, 'x') + "\r\n")) continue;
  });
  Caller caller(line_for(server.port()));
  const Answer answer = caller.call(load_of("k"));
  EXPECT_EQ(answer.result, Result::kTransient);
  EXPECT_EQ(answer.reason, "the answer's headers are too many, too large or contradict one another");
  expect_good_afterwards(caller);
}

TEST(HttpHostile, ABodyWithoutEndIsCutOff) {
  RawServer server([](Peer& peer) {
    if (peer.read_request().empty()) return;
    if (peer.number() > 1) {
      peer.send(kGood);
      return;
    }
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.send(std::string(65'536, 'x'))) continue;
  });
  Caller caller(line_for(server.port(), "max-value 1mb"));
  const Answer answer = caller.call(load_of("k"));
  EXPECT_EQ(answer.result, Result::kPermanent);
  expect_good_afterwards(caller);
}

// An error's page without an end says enough by its status.
TEST(HttpHostile, AnErrorPageWithoutEndIsAnError) {
  RawServer server([](Peer& peer) {
    if (peer.read_request().empty()) return;
    if (peer.number() > 1) {
      peer.send(kGood);
      return;
    }
    peer.send("HTTP/1.1 404 Not Found\r\n\r\n");
    while (peer.send(std::string(65'536, 'x'))) continue;
  });
  Caller caller(line_for(server.port()));
  EXPECT_EQ(caller.call(load_of("k")).result, Result::kAbsent);
  expect_good_afterwards(caller);
}

TEST(HttpHostile, AServerThatStopsIsATimeout) {
  for (const std::string_view bytes : {"", "H", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}) {
    RawServer server(says_once_and_stops(bytes));
    Caller caller(line_for(server.port()));
    const Answer answer = caller.call(load_of("k", 40));
    EXPECT_EQ(answer.result, Result::kTransient);
    EXPECT_TRUE(answer.hard && answer.timed_out);
    EXPECT_EQ(answer.reason, bytes.size() < 2 ? "timed out waiting for the answer"
                                              : "timed out in the middle of the answer");
    EXPECT_FALSE(answer.maybe_done);
    expect_good_afterwards(caller);
  }
}

TEST(HttpHostile, AStoreThatWasSentAndNotAnsweredMayBeDone) {
  for (const std::string_view bytes : {"", "HTTP/1.1 2", "HTTP/1.1 abc\r\n\r\n"}) {
    RawServer server(says_once(bytes));
    Caller caller(line_for(server.port()));
    const Answer answer = caller.call(store_of("k", "v"));
    EXPECT_EQ(answer.result, Result::kTransient) << bytes;
    EXPECT_TRUE(answer.maybe_done) << bytes;
    EXPECT_FALSE(answer.hard) << bytes;
    expect_good_afterwards(caller);
  }
  RawServer silent(says_once_and_stops(""));
  Caller caller(line_for(silent.port()));
  const Answer answer = caller.call(store_of("k", "v", 40));
  EXPECT_TRUE(answer.maybe_done && answer.timed_out && answer.hard);
}

TEST(HttpHostile, AStoreThatWasAnsweredIsDoneWhateverComesBehind) {
  RawServer server(says_once("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"));
  Caller caller(line_for(server.port()));
  EXPECT_EQ(caller.call(store_of("k", "v")).result, Result::kDone);
}

TEST(HttpHostile, AResetIsAFailure) {
  RawServer server([](Peer& peer) {
    if (peer.read_request().empty()) return;
    peer.send(peer.number() == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf" : kGood);
    peer.reset_at_close();
  });
  Caller caller(line_for(server.port()));
  const Answer answer = caller.call(load_of("k"));
  EXPECT_EQ(answer.result, Result::kTransient);
  EXPECT_FALSE(answer.hard);
}

TEST(HttpHostile, NobodyListens) {
  int port = 0;
  {
    port = RawServer([](Peer&) {}).port();
  }
  Caller caller(line_for(port));
  const Answer load = caller.call(load_of("k"));
  EXPECT_EQ(load.result, Result::kTransient);
  EXPECT_EQ(load.reason, "could not connect: connection refused");
  EXPECT_TRUE(load.hard);
  EXPECT_FALSE(load.timed_out);
  const Answer store = caller.call(store_of("k", "v"));
  EXPECT_TRUE(store.hard);
  EXPECT_FALSE(store.maybe_done) << "nothing was sent";
}

TEST(HttpHostile, ANameThatIsNoneIsHard) {
  Caller caller("http://no-such-host.invalid load \"GET /{1}\"");
  const Answer answer = caller.call(load_of("k"));
  EXPECT_EQ(answer.result, Result::kTransient);
  EXPECT_EQ(answer.reason, "the host's name could not be looked up");
  EXPECT_TRUE(answer.hard);
}

TEST(HttpHostile, AConnectionThatWasClosedWhileIdleIsReplaced) {
  RawServer server([](Peer& peer) {
    if (peer.read_request().empty()) return;
    peer.send(kGood);
  });
  Caller caller(line_for(server.port()));
  for (int i = 0; i < 100; ++i) expect_good_afterwards(caller);
}

TEST(HttpHostile, WaitingForThePoolSaysNothingAboutTheServer) {
  RawServer server([](Peer& peer) {
    if (!peer.read_request().empty()) peer.wait_until_closed();
  });
  Caller caller(line_for(server.port(), "pool 1"));
  const uint64_t first =
      caller.endpoint().start(load_of("a"), [](Answer) { ADD_FAILURE() << "it was cancelled"; });
  const Answer second = caller.call(store_of("b", "v", 40));
  EXPECT_EQ(second.reason, "timed out waiting for a connection of the pool");
  EXPECT_TRUE(second.timed_out);
  EXPECT_FALSE(second.hard || second.maybe_done);
  caller.endpoint().cancel(first);
  EXPECT_EQ(caller.endpoint().calls(), 0U);
}

}  // namespace
}  // namespace corral::origin
