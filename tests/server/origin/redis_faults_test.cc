// The Redis endpoint against servers that lie, break off, fall silent or send calls around in circles.
// Threading: the test's thread runs the loop, the endpoint and the servers.
// See: server/origin/README.md, "Redis".
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "server/origin/redis_endpoint.h"
#include "tests/server/origin/endpoint_driver.h"
#include "tests/server/origin/fake_server.h"

namespace corral::origin {
namespace {

using Peer = FakeServer::Peer;

// Answers each piece of a load (PTTL and GET, in one piece) alike.
Peer::Heard always(std::string reply) {
  return [reply](Peer& peer, std::string_view) { peer.say(reply); };
}

class RedisFaults : public testing::Test {
 protected:
  std::unique_ptr<RedisEndpoint> endpoint(const FakeServer& server,
                                          std::vector<std::string_view> words = {}) {
    const std::string address = "redis://" + server.host_port();
    words.insert(words.begin(), {address, "load", "GET {0}"});
    const bool timed = std::find(words.begin(), words.end(), "timeout") != words.end();
    if (!timed) words.insert(words.end(), {"timeout", "20s", "connect-timeout", "10s"});
    const Definition definition = definition_of(words);
    auto made = RedisEndpoint::make(loop_, definition, definition.urls[0], "");
    if (!made) throw std::runtime_error(made.error());
    return std::move(made.value());
  }

  OriginLoop loop_;
};

TEST_F(RedisFaults, WhatIsNoReplyEndsTheConnection) {
  for (const char* const garbage : {"HTTP/1.1 400 Bad Request\r\n\r\n", "*2\r\n*-5\r\n", "$5\r\nabcdefg",
                                    "!!!\r\n", ":x\r\n", "*1000000000000\r\n"}) {
    FakeServer server(loop_, always(garbage));
    const auto origin = endpoint(server);
    const Answer answer = ask(loop_, *origin, load_of({"k"}));
    EXPECT_EQ(answer.result, Result::kTransient) << garbage;
    EXPECT_EQ(answer.reason, "the server sent what is no reply") << garbage;
    EXPECT_EQ(origin->connections(), 0U);
  }
}

TEST_F(RedisFaults, DeepAndLongRepliesAreBounded) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "*1\r\n";
  FakeServer nested(loop_, always(deep));
  EXPECT_EQ(ask(loop_, *endpoint(nested), load_of({"k"})).reason, "the server sent what is no reply");
  // An array that never ends, of elements that are small.
  std::string piece;
  for (int i = 0; i < 8'000; ++i) piece += ":1\r\n";
  bool heard = false;
  FakeServer endless(loop_, [&](Peer& peer, std::string_view) {
    heard = true;
    peer.say(":-1\r\n*2000000000\r\n");
  });
  const auto origin = endpoint(endless, {"max-value", "1000"});
  Answers answers(loop_);
  origin->start(load_of({"k"}), answers.next(0));
  while (!heard) loop_.turn();
  while (answers.size() == 0) {
    endless.peer(0).say(piece);
    loop_.turn();
  }
  EXPECT_EQ(answers.of(0).reason, "the value is larger than max-value");
  EXPECT_EQ(answers.of(0).result, Result::kPermanent);
}

TEST_F(RedisFaults, OnlyTheFirstCallIsToBlame) {
  FakeServer server(loop_, always(":-1\r\n$999999999\r\n"));
  const auto origin = endpoint(server, {"pool", "1"});
  Answers answers(loop_);
  origin->start(load_of({"a"}), answers.next(0));
  origin->start(load_of({"b"}), answers.next(1));
  origin->start(store_of({"c"}, "v"), answers.next(2));
  answers.await(3);
  EXPECT_EQ(answers.of(0).result, Result::kPermanent);
  EXPECT_EQ(answers.of(1).result, Result::kTransient);
  EXPECT_FALSE(answers.of(1).hard);
  EXPECT_FALSE(answers.of(1).maybe_done);
  EXPECT_EQ(answers.of(2).result, Result::kTransient);
  EXPECT_TRUE(answers.of(2).maybe_done);
}

TEST_F(RedisFaults, BrokenOffInTheMiddleOfAReply) {
  FakeServer server(loop_, [](Peer& peer, std::string_view) {
    peer.say("$10\r\nabc");
    peer.close();
  });
  const auto origin = endpoint(server);
  const Answer load = ask(loop_, *origin, load_of({"k"}));
  EXPECT_EQ(load.result, Result::kTransient);
  EXPECT_TRUE(load.hard);
  EXPECT_EQ(load.reason, "the server closed the connection");
  const Answer store = ask(loop_, *origin, store_of({"k"}, "v"));
  EXPECT_TRUE(store.maybe_done);
  EXPECT_EQ(server.connected(), 2U);
}

TEST_F(RedisFaults, ARepliesPiecesMayComeOneByOne) {
  FakeServer server(loop_, [](Peer& peer, std::string_view) {
    for (const char c : std::string_view(":5\r\n$3\r\nabc\r\n")) peer.say(std::string_view(&c, 1));
  });
  const auto origin = endpoint(server);
  const Answer answer = ask(loop_, *origin, load_of({"k"}));
  EXPECT_EQ(answer.value.text, "abc");
  EXPECT_EQ(answer.ttl_ms, 5);
}

TEST_F(RedisFaults, ALateReplyIsNobodyElses) {
  FakeServer server(loop_, [](Peer&, std::string_view) {});
  const auto origin = endpoint(server, {"pool", "1"});
  Answers answers(loop_);
  Request slow = load_of({"slow"});
  slow.timeout_us = 20'000;
  origin->start(slow, answers.next(0));
  answers.await(1);
  EXPECT_TRUE(answers.of(0).timed_out);
  EXPECT_TRUE(answers.of(0).hard);
  // The one connection there may be is given up, since nobody waits on it.
  origin->start(load_of({"next"}), answers.next(1));
  while (server.connected() < 2) loop_.turn();
  server.peer(0).say(":-1\r\n$4\r\nlate\r\n");
  while (origin->connections() == 0) loop_.turn();
  loop_.turn();
  server.peer(1).say(":-1\r\n$4\r\nnext\r\n");
  answers.await(2);
  EXPECT_EQ(answers.of(1).value.text, "next");
}

TEST_F(RedisFaults, AConnectionThatCatchesUpIsUsedAgain) {
  FakeServer server(loop_, [](Peer&, std::string_view) {});
  const auto origin = endpoint(server, {"pool", "1"});
  Answers answers(loop_);
  Request slow = load_of({"slow"});
  slow.timeout_us = 20'000;
  origin->start(slow, answers.next(0));
  origin->start(load_of({"patient"}), answers.next(1));
  answers.await(1);
  origin->start(load_of({"next"}), answers.next(2));
  loop_.turn();
  server.peer(0).say(":-1\r\n$4\r\nlate\r\n:-1\r\n$7\r\npatient\r\n");
  answers.await(2);
  EXPECT_EQ(answers.of(1).value.text, "patient");
  loop_.turn();
  server.peer(0).say(":-1\r\n$4\r\nnext\r\n");
  answers.await(3);
  EXPECT_EQ(answers.of(2).value.text, "next");
  EXPECT_EQ(server.connected(), 1U);
}

TEST_F(RedisFaults, AServerThatNeverLetsUsIn) {
  FakeServer server(loop_, [](Peer&, std::string_view) {});
  const std::string address = "redis://" + server.host_port() + "/1";
  const Definition definition =
      definition_of({address, "load", "GET {0}", "timeout", "10s", "connect-timeout", "20ms"});
  auto origin = RedisEndpoint::make(loop_, definition, definition.urls[0], "");
  const Answer answer = ask(loop_, *origin.value(), load_of({"k"}));
  EXPECT_TRUE(answer.hard);
  EXPECT_TRUE(answer.timed_out);
  EXPECT_NE(answer.reason.find("longer than connect-timeout"), std::string::npos) << answer.reason;
}

TEST_F(RedisFaults, TooManyClients) {
  FakeServer server(loop_, [](Peer& peer, std::string_view) {
    peer.say("-ERR max number of clients reached\r\n");
    peer.close();
  });
  const Answer answer = ask(loop_, *endpoint(server), store_of({"k"}, "v"));
  EXPECT_TRUE(answer.pushed_back);
  EXPECT_EQ(answer.result, Result::kTransient);
}

TEST_F(RedisFaults, MovedIsFollowedAndRemembered) {
  int asked = 0;
  FakeServer second(loop_, always(":-1\r\n$5\r\nmoved\r\n"));
  const std::string moved = "-MOVED " + std::to_string(cluster_slot("k")) + " " + second.host_port() + "\r\n";
  FakeServer first(loop_, [&](Peer& peer, std::string_view) {
    ++asked;
    peer.say(moved + moved);
  });
  const auto origin = endpoint(first);
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, "moved");
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, "moved");
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(origin->nodes(), 2U);
}

TEST_F(RedisFaults, AskGoesThereOnce) {
  std::string heard;
  FakeServer second(loop_, [&](Peer& peer, std::string_view bytes) {
    heard += bytes;
    peer.say("+OK\r\n:-1\r\n+OK\r\n$5\r\nasked\r\n");
  });
  const std::string ask_there =
      "-ASK " + std::to_string(cluster_slot("k")) + " " + second.host_port() + "\r\n";
  int asked = 0;
  FakeServer first(loop_, [&](Peer& peer, std::string_view) {
    ++asked;
    peer.say(ask_there + ask_there);
  });
  const auto origin = endpoint(first);
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, "asked");
  EXPECT_EQ(heard,
            "*1\r\n$6\r\nASKING\r\n*2\r\n$4\r\nPTTL\r\n$1\r\nk\r\n*1\r\n$6\r\nASKING\r\n*2\r\n$3\r\nGET\r\n$"
            "1\r\nk\r\n");
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, "asked");
  EXPECT_EQ(asked, 2) << "ASK says nothing about the next time";
}

TEST_F(RedisFaults, CirclesEnd) {
  std::string to_second;
  FakeServer first(loop_, [&](Peer& peer, std::string_view) { peer.say(to_second + to_second); });
  const std::string to_first =
      "-MOVED " + std::to_string(cluster_slot("k")) + " " + first.host_port() + "\r\n";
  FakeServer second(loop_, always(to_first + to_first));
  to_second = "-MOVED " + std::to_string(cluster_slot("k")) + " " + second.host_port() + "\r\n";
  const Answer answer = ask(loop_, *endpoint(first), load_of({"k"}));
  EXPECT_EQ(answer.result, Result::kTransient);
  EXPECT_EQ(answer.reason, "the cluster sends the call from node to node");
}

TEST_F(RedisFaults, ANodeThatIsGoneIsForgotten) {
  auto second = std::make_unique<FakeServer>(loop_, always(":-1\r\n$3\r\ntwo\r\n"));
  const std::string moved =
      "-MOVED " + std::to_string(cluster_slot("k")) + " " + second->host_port() + "\r\n";
  bool moves = true;
  FakeServer first(
      loop_, [&](Peer& peer, std::string_view) { peer.say(moves ? moved + moved : ":-1\r\n$3\r\none\r\n"); });
  const auto origin = endpoint(first);
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, "two");
  second.reset();
  moves = false;
  while (origin->connections() > 1) loop_.turn();
  EXPECT_TRUE(ask(loop_, *origin, load_of({"k"})).hard);
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, "one");
}

TEST_F(RedisFaults, KeysOfSeveralSlotsAreLoadedOneByOne) {
  int pieces = 0;
  FakeServer server(loop_, [&](Peer& peer, std::string_view) {
    peer.say(++pieces == 1 ? ":-1\r\n:-1\r\n-CROSSSLOT Keys in request don't hash to the same slot\r\n"
                           : ":-1\r\n$1\r\na\r\n:-1\r\n$1\r\nb\r\n");
  });
  const auto origin = endpoint(server);
  Answers answers(loop_);
  ASSERT_TRUE(origin->start_many({load_of({"a"}), load_of({"b"})}, {answers.next(0), answers.next(1)}));
  answers.await(2);
  EXPECT_EQ(answers.of(0).value.text, "a");
  EXPECT_EQ(answers.of(1).value.text, "b");
}

TEST_F(RedisFaults, ACertificateThatIsNoneIsRefused) {
  FakeServer server(loop_, always("+OK\r\n"));
  const std::string address = "rediss://" + server.host_port();
  const Definition definition =
      definition_of({address, "load", "GET {0}", "timeout", "10s", "connect-timeout", "9s"});
  auto origin = RedisEndpoint::make(loop_, definition, definition.urls[0], "");
  ASSERT_TRUE(origin);
  const Answer answer = ask(loop_, *origin.value(), load_of({"k"}));
  EXPECT_TRUE(answer.hard);
  EXPECT_TRUE(answer.reason.starts_with("TLS failed")) << answer.reason;
  Definition no_file = definition;
  no_file.tls_ca = "/no/such/file.pem";
  EXPECT_FALSE(RedisEndpoint::make(loop_, no_file, no_file.urls[0], ""));
}

TEST_F(RedisFaults, NobodyListens) {
  auto server = std::make_unique<FakeServer>(loop_, always(""));
  const auto origin = endpoint(*server);
  server.reset();
  const Answer answer = ask(loop_, *origin, load_of({"k"}));
  EXPECT_TRUE(answer.hard);
  EXPECT_EQ(answer.reason, "cannot connect: connection refused");
  const Definition nowhere = definition_of({"redis://no.such.host.invalid", "load", "GET {0}"});
  auto lost = RedisEndpoint::make(loop_, nowhere, nowhere.urls[0], "");
  EXPECT_TRUE(ask(loop_, *lost.value(), load_of({"k"})).hard);
}

TEST_F(RedisFaults, AnEndpointThatGoesTakesItsCallsWithIt) {
  Answers answers(loop_);
  FakeServer server(loop_, always(":-1\r\n$1\r\na\r\n"));
  for (int turns = 0; turns < 6; ++turns) {
    const auto origin = endpoint(server);
    origin->start(load_of({"k"}), answers.next(0));
    for (int i = 0; i < turns && answers.size() == 0; ++i) loop_.turn();
  }
  loop_.next_turn([] {});
  loop_.turn();
}

}  // namespace
}  // namespace corral::origin
