// Many calls at the same time, calls that are cancelled at every stage, and the end of an endpoint with calls under way.
// Threading: the test's thread; the servers have threads of their own, which post to its loop.
// See: server/origin/README.md, "HTTP".
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/server/origin/caller.h"
#include "tests/server/origin/http_service.h"
#include "tests/server/origin/raw_server.h"

namespace corral::origin {
namespace {

constexpr std::string_view kGood = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";

TEST(HttpLoadMany, TenThousandCallsTakeSixteenConnections) {
  constexpr int kCalls = 10'000;
  constexpr int kInFlight = 16;
  RawServer server([](Peer& peer) {
    for (std::string request = peer.read_request(); !request.empty(); request = peer.read_request()) {
      const std::string target = request.substr(4, request.find(' ', 4) - 4);
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(target.size()) + "\r\n\r\n" + target);
    }
  });
  Caller caller(line_for(server.port()));
  int started = 0;
  int answered = 0;
  const std::function<void()> start_next = [&] {
    const std::string key = std::to_string(started++);
    caller.endpoint().start(load_of(key), [&, key](Answer answer) {
      ASSERT_EQ(answer.result, Result::kValue) << answer.reason;
      ASSERT_EQ(answer.value.text, "/items/" + key);
      ++answered;
      if (started < kCalls) start_next();
    });
  };
  for (int i = 0; i < kInFlight; ++i) start_next();
  while (answered < kCalls) caller.loop().turn();
  EXPECT_LE(server.connections(), kInFlight);
  EXPECT_EQ(caller.endpoint().calls(), 0U);
}

TEST(HttpLoadMany, MoreThanThePoolWaitAndTheOldestGoesFirst) {
  HttpService server([](const Seen& seen) { return Reply{200, seen.target, {}, false}; });
  Caller caller(line_for(server.port(), "pool 1"));
  std::string order;
  for (char c = 'a'; c <= 'z'; ++c) {
    caller.endpoint().start(load_of(std::string(1, c)), [&order, c](Answer answer) {
      EXPECT_EQ(answer.value.text, "/items/" + std::string(1, c));
      order += c;
    });
  }
  EXPECT_EQ(caller.endpoint().calls(), 26U);
  while (order.size() < 26) caller.loop().turn();
  EXPECT_EQ(order, "abcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(server.connections(), 1U);
}

TEST(HttpLoadMany, BeyondTheBoundACallFailsAtOnce) {
  RawServer server([](Peer& peer) {
    if (!peer.read_request().empty()) peer.wait_until_closed();
  });
  Caller caller(line_for(server.port()));
  for (size_t i = 0; i < HttpEndpoint::kMostCalls; ++i) {
    caller.endpoint().start(load_of("k"), [](Answer) { ADD_FAILURE() << "nobody answers it"; });
  }
  const Answer answer = caller.call(load_of("k"));
  EXPECT_EQ(answer.result, Result::kTransient);
  EXPECT_EQ(answer.reason, "too many calls at the same time");
  EXPECT_FALSE(answer.hard);
  caller.destroy_endpoint();
}

// Where the server is when it tells the test to cancel.
class HttpCancel : public testing::TestWithParam<std::string_view> {};

TEST_P(HttpCancel, EndsTheCallAndNothingElse) {
  OriginLoop* loop = nullptr;
  std::function<void()> reached;
  RawServer server([&](Peer& peer) {
    if (peer.read_request().empty()) return;
    if (peer.number() > 1) {
      peer.send(kGood);
      return;
    }
    peer.send(GetParam());
    EXPECT_TRUE(loop->post(reached));
    peer.wait_until_closed();
  });
  Caller caller(line_for(server.port()));
  loop = &caller.loop();
  bool cancelled = false;
  uint64_t id = 0;
  reached = [&] {
    caller.endpoint().cancel(id);
    caller.endpoint().cancel(id);
    cancelled = true;
  };
  id = caller.endpoint().start(store_of("k", std::string(100'000, 'x')),
                               [](Answer) { ADD_FAILURE() << "it was cancelled"; });
  EXPECT_NE(id, 0U);
  while (!cancelled) caller.loop().turn();
  EXPECT_EQ(caller.endpoint().calls(), 0U);
  EXPECT_EQ(caller.call(load_of("k")).value.text, "good");
}

INSTANTIATE_TEST_SUITE_P(Stages, HttpCancel,
                         testing::Values("", "HTTP/1.1 200 OK\r\nConte",
                                         "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));

TEST(HttpCancelled, BeforeItsFirstTurnAndBeforeItsFailureIsTold) {
  RawServer server([](Peer& peer) {
    if (!peer.read_request().empty()) peer.send(kGood);
  });
  Caller caller(line_for(server.port()));
  const auto never = [](Answer) { ADD_FAILURE() << "it was cancelled"; };
  caller.endpoint().cancel(caller.endpoint().start(load_of("k"), never));
  caller.endpoint().cancel(caller.endpoint().start(load_of(".."), never));
  caller.endpoint().cancel(0);
  caller.endpoint().cancel(12'345);
  EXPECT_EQ(caller.endpoint().calls(), 0U);
  EXPECT_EQ(caller.call(load_of("k")).value.text, "good");
}

TEST(HttpCancelled, WhileConnectingAndWhileWaiting) {
  HttpService server([](const Seen& seen) { return Reply{200, seen.target, {}, false}; });
  Caller caller(line_for(server.port(), "pool 2"));
  const auto never = [](Answer) { ADD_FAILURE() << "it was cancelled"; };
  std::vector<uint64_t> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(caller.endpoint().start(load_of("k"), never));
  // Curl begins to connect in the first turn.
  caller.loop().turn();
  for (const uint64_t id : {ids[5], ids[0], ids[1], ids[2], ids[4], ids[3]}) caller.endpoint().cancel(id);
  EXPECT_EQ(caller.endpoint().calls(), 0U);
  EXPECT_EQ(caller.call(load_of("z")).value.text, "/items/z");
}

TEST(HttpCancelled, FromWithinAnotherAnswer) {
  HttpService server([](const Seen& seen) { return Reply{200, seen.target, {}, false}; });
  for (const bool failing : {false, true}) {
    Caller caller(line_for(server.port()));
    std::vector<uint64_t> ids;
    int answers = 0;
    for (int i = 0; i < 8; ++i) {
      ids.push_back(caller.endpoint().start(load_of(failing ? ".." : "k"), [&](Answer) {
        ++answers;
        for (const uint64_t id : ids) caller.endpoint().cancel(id);
      }));
    }
    while (answers == 0) caller.loop().turn();
    EXPECT_EQ(caller.endpoint().calls(), 0U);
    EXPECT_EQ(caller.call(load_of("z")).value.text, "/items/z");
    EXPECT_EQ(answers, 1);
  }
}

TEST(HttpEnd, WithCallsUnderWay) {
  int sent = 0;
  OriginLoop* loop = nullptr;
  RawServer server([&](Peer& peer) {
    if (peer.read_request().empty()) return;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    EXPECT_TRUE(loop->post([&] { ++sent; }));
    peer.wait_until_closed();
  });
  Caller caller(line_for(server.port(), "pool 2"));
  loop = &caller.loop();
  const auto never = [](Answer) { ADD_FAILURE() << "the endpoint is gone"; };
  for (int i = 0; i < 4; ++i) caller.endpoint().start(load_of("k"), never);
  caller.endpoint().start(load_of(".."), [](Answer) {});
  while (sent < 2) caller.loop().turn();
  caller.endpoint().start(load_of(".."), never);
  caller.destroy_endpoint();
  Timer end(caller.loop(), [] {});
  end.start_ms(0);
  caller.loop().turn();
}

}  // namespace
}  // namespace corral::origin
