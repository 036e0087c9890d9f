// Loads from a read to its answer: what is asked for, what is stored, what every kind of reader gets.
// Threading: one thread, manual clock.
// See: server/dispatch/README.md, "Loads".
#include <gtest/gtest.h>

#include "server/dispatch/loading.h"
#include "tests/support/test_server.h"

namespace corral {
namespace {

using dispatch::LoadedMessage;
using dispatch::LoadRequest;
using stampede::LoadEnd;
using stampede::LoadFailure;
using test_support::TestServer;
using namespace std::string_view_literals;

class FakeLoader final : public dispatch::Loader {
 public:
  void load(std::vector<LoadRequest> requests) override {
    for (LoadRequest& request : requests) asked.push_back(std::move(request));
  }
  std::vector<std::string> names() const override { return {"catalog"}; }
  std::string words(std::string_view) const override { return "http://127.0.0.1 load \"GET /{0}\""; }
  std::string figures(std::string_view) const override { return "calls:1\r\n"; }
  std::string objection(std::string_view name, size_t) const override { return name == "catalog" ? "" : "no such origin"; }
  bool set_breaker(std::string_view, Breaker mode) override {
    breaker = mode;
    return true;
  }
  std::vector<LoadRequest> asked;
  Breaker breaker = Breaker::kAuto;
};

class Loading : public ::testing::Test {
 protected:
  Loading() { server.services().loader = &loader; }

  LoadedMessage answer_to(size_t which, LoadEnd::Kind kind) {
    const LoadRequest& request = loader.asked.at(which);
    LoadedMessage message;
    message.stripe = request.stripe;
    message.database = request.database;
    message.hash = request.hash;
    message.token = request.token;
    message.key = request.key;
    message.kind = kind;
    return message;
  }
  void bring(LoadedMessage message) {
    server.post(0, std::move(message));
    server.turn();
  }
  void bring_text(size_t which, const std::string& text) {
    LoadedMessage message = answer_to(which, LoadEnd::Kind::kValue);
    message.text = text;
    bring(std::move(message));
  }
  void fail(size_t which, LoadFailure failure) {
    LoadedMessage message = answer_to(which, LoadEnd::Kind::kFailed);
    message.failure = failure;
    bring(std::move(message));
  }

  TestServer server{{}, {"product match product:*:* ttl 10s stale 60s wait 500ms negative 1s exact load catalog"}};
  FakeLoader loader;
};

TEST_F(Loading, AMissIsLoadedOnceStoredAndGivenToAll) {
  TestServer::Client& other = server.connect();
  EXPECT_EQ(server.run("GET product:7:de"), "");
  EXPECT_EQ(other.run("GET product:7:de"), "");
  server.turn();
  ASSERT_EQ(loader.asked.size(), 1u);
  EXPECT_EQ(loader.asked[0].origin, "catalog");
  EXPECT_EQ(loader.asked[0].captures, (std::vector<std::string>{"product:7:de", "7", "de"}));
  bring_text(0, "value");
  EXPECT_EQ(server.client().take(), "$5\r\nvalue\r\n");
  EXPECT_EQ(other.take(), "$5\r\nvalue\r\n");
  EXPECT_EQ(server.run("GET product:7:de"), "$5\r\nvalue\r\n");
  EXPECT_EQ(server.run("PTTL product:7:de"), ":10000\r\n");
}

TEST_F(Loading, ThePolicysTtlYieldsToTheOrigins) {
  server.run("GET product:7:de");
  server.turn();
  LoadedMessage message = answer_to(0, LoadEnd::Kind::kValue);
  message.text = "v";
  message.ttl_ms = 3000;
  message.tags = {"shop"};
  bring(std::move(message));
  EXPECT_EQ(server.client().take(), "$1\r\nv\r\n");
  EXPECT_EQ(server.run("PTTL product:7:de"), ":3000\r\n");
  EXPECT_EQ(server.run("CACHE.INVALIDATE HARD TAG shop"), ":1\r\n");
  EXPECT_EQ(server.run("EXISTS product:7:de"), ":0\r\n");
}

TEST_F(Loading, AStaleValueIsServedWhileItIsLoaded) {
  server.run("SET product:7:de old EX 10");
  server.advance_ms(11'000);
  EXPECT_EQ(server.run("GET product:7:de"), "$3\r\nold\r\n");
  EXPECT_EQ(server.run("GET product:7:de"), "$3\r\nold\r\n");
  server.turn();
  ASSERT_EQ(loader.asked.size(), 1u);
  bring_text(0, "new");
  EXPECT_EQ(server.run("GET product:7:de"), "$3\r\nnew\r\n");
}

TEST_F(Loading, AFailureIsAnErrorOrTheStaleValue) {
  server.run("SET product:8:de old EX 10");
  server.advance_ms(11'000);
  EXPECT_EQ(server.run("GET product:8:de"), "$3\r\nold\r\n");
  EXPECT_EQ(server.run("GET product:7:de"), "");
  server.turn();
  ASSERT_EQ(loader.asked.size(), 2u);
  fail(0, LoadFailure::kUnreachable);
  fail(1, LoadFailure::kUnreachable);
  EXPECT_EQ(server.client().take(), "-LOADFAIL the origin cannot be reached\r\n");
  EXPECT_EQ(server.run("GET product:7:de"), "-LOADFAIL the origin cannot be reached\r\n");
  EXPECT_EQ(server.run("GET product:8:de"), "$3\r\nold\r\n");
  server.turn();
  EXPECT_EQ(loader.asked.size(), 2u);
}

TEST_F(Loading, AbsenceIsNil) {
  EXPECT_EQ(server.run("GET product:7:de"), "");
  server.turn();
  bring(answer_to(0, LoadEnd::Kind::kAbsent));
  EXPECT_EQ(server.client().take(), "$-1\r\n");
  EXPECT_EQ(server.run("GET product:7:de"), "$-1\r\n");
}

TEST_F(Loading, PatienceThatEndsIsAnErrorAndTheLoadGoesOn) {
  EXPECT_EQ(server.run("GET product:7:de"), "");
  server.advance_ms(501);
  EXPECT_EQ(server.client().take(), "-LOADFAIL the value is still being loaded\r\n");
  ASSERT_EQ(loader.asked.size(), 1u);
  bring_text(0, "late");
  EXPECT_EQ(server.run("GET product:7:de"), "$4\r\nlate\r\n");
}

TEST_F(Loading, ManyKeysAreLoadedTogetherAndAnsweredTogether) {
  server.run("SET plain x");
  EXPECT_EQ(server.run("MGET product:1:de plain product:2:de"), "");
  server.turn();
  ASSERT_EQ(loader.asked.size(), 2u);
  bring_text(1, "two");
  EXPECT_EQ(server.client().take(), "");
  bring_text(0, "one");
  EXPECT_EQ(server.client().take(), "*3\r\n$3\r\none\r\n$1\r\nx\r\n$3\r\ntwo\r\n");
}

TEST_F(Loading, OneFailureOfManyIsAnError) {
  EXPECT_EQ(server.run("MGET product:1:de product:2:de"), "");
  server.turn();
  fail(1, LoadFailure::kTimedOut);
  bring_text(0, "one");
  EXPECT_EQ(server.client().take(), "-LOADFAIL the origin did not answer in time\r\n");
  EXPECT_EQ(server.run("MGET product:1:de product:2:de"), "-LOADFAIL the origin did not answer in time\r\n");
  EXPECT_EQ(server.run("MGET product:2:de product:3:de"), "");
}

TEST_F(Loading, AHashIsLoadedForTheCommandsOfHashes) {
  EXPECT_EQ(server.run("HGET product:7:de name"), "");
  server.turn();
  LoadedMessage message = answer_to(0, LoadEnd::Kind::kValue);
  message.is_hash = true;
  message.fields = {{"name", "rope"}, {"price", "3"}};
  bring(std::move(message));
  EXPECT_EQ(server.client().take(), "$4\r\nrope\r\n");
  EXPECT_EQ(server.run("HGETALL product:7:de"), "*4\r\n$4\r\nname\r\n$4\r\nrope\r\n$5\r\nprice\r\n$1\r\n3\r\n");
  EXPECT_EQ(server.run("GET product:7:de").substr(0, 10), "-WRONGTYPE");
}

TEST_F(Loading, AFailedLoadOfAHashIsAnErrorToo) {
  EXPECT_EQ(server.run("HGETALL product:7:de"), "");
  server.turn();
  fail(0, LoadFailure::kRefused);
  EXPECT_EQ(server.client().take(), "-LOADFAIL the origin answered with an error\r\n");
  EXPECT_EQ(server.run("HMGET product:7:de a b"), "-LOADFAIL the origin answered with an error\r\n");
}

TEST_F(Loading, AWriteDuringTheLoadWins) {
  TestServer::Client& writer = server.connect();
  EXPECT_EQ(server.run("GET product:7:de"), "");
  server.turn();
  writer.run("SET product:7:de newer");
  EXPECT_EQ(server.client().take(), "$5\r\nnewer\r\n");
  bring_text(0, "older");
  EXPECT_EQ(server.run("GET product:7:de"), "$5\r\nnewer\r\n");
}

TEST_F(Loading, ADeleteDuringTheLoadWins) {
  TestServer::Client& writer = server.connect();
  EXPECT_EQ(server.run("GET product:7:de"), "");
  server.turn();
  writer.run("DEL product:7:de");
  bring_text(0, "older");
  EXPECT_EQ(server.client().take(), "$5\r\nolder\r\n");
  EXPECT_EQ(server.run("EXISTS product:7:de"), ":0\r\n");
}

TEST_F(Loading, WhatMayNotBeKeptAnswersThoseWhoAsked) {
  EXPECT_EQ(server.run("GET product:7:de"), "");
  server.turn();
  LoadedMessage message = answer_to(0, LoadEnd::Kind::kValue);
  message.text = "once";
  message.keep = false;
  bring(std::move(message));
  EXPECT_EQ(server.client().take(), "$4\r\nonce\r\n");
  EXPECT_EQ(server.run("EXISTS product:7:de"), ":0\r\n");
}

TEST_F(Loading, AValueWithMoreTagsThanCanBeKeptIsNotKept) {
  EXPECT_EQ(server.run("GET product:7:de"), "");
  server.turn();
  LoadedMessage message = answer_to(0, LoadEnd::Kind::kValue);
  message.text = "v";
  for (int i = 0; i < 9; ++i) message.tags.push_back("tag" + std::to_string(i));
  bring(std::move(message));
  EXPECT_EQ(server.client().take(), "$1\r\nv\r\n");
  EXPECT_EQ(server.run("EXISTS product:7:de"), ":0\r\n");
}

TEST_F(Loading, AClientThatGoesDoesNotEndTheLoad) {
  TestServer::Client& gone = server.connect();
  gone.run("GET product:7:de");
  server.turn();
  gone.disconnect();
  bring_text(0, "value");
  EXPECT_EQ(server.run("GET product:7:de"), "$5\r\nvalue\r\n");
}

TEST_F(Loading, WithoutAnyOriginTheReaderIsTold) {
  server.services().loader = nullptr;
  EXPECT_EQ(server.run("GET product:7:de"), "");
  server.turn();
  server.turn();
  EXPECT_EQ(server.client().take(), "-LOADFAIL the policy's origin is not there any more\r\n");
}

TEST_F(Loading, APolicyMayOnlyNameAnOriginThatIsThere) {
  EXPECT_EQ(server.run("CACHE.POLICY SET p match a:* ttl 1s load catlog"), "-ERR policy p: load no such origin\r\n");
  EXPECT_EQ(server.run("CACHE.POLICY SET p match a:* ttl 1s load catalog"), "+OK\r\n");
  server.services().loader = nullptr;
  EXPECT_EQ(server.run("CACHE.POLICY SET p match a:* ttl 1s load catalog").substr(0, 52),
            "-ERR policy p: load catalog: no origin is configured");
}

TEST_F(Loading, OriginsAreListedAndSteered) {
  EXPECT_EQ(server.run("CACHE.ORIGIN LIST"), "*1\r\n$40\r\ncatalog http://127.0.0.1 load \"GET /{0}\"\r\n");
  EXPECT_EQ(server.run("CACHE.ORIGIN INFO catalog"), "$9\r\ncalls:1\r\n\r\n");
  EXPECT_EQ(server.run("CACHE.ORIGIN BREAKER catalog FORCE-OPEN"), "+OK\r\n");
  EXPECT_EQ(loader.breaker, dispatch::Loader::Breaker::kForceOpen);
  EXPECT_EQ(server.run("CACHE.ORIGIN BREAKER catalog OPEN").substr(0, 40), "-ERR CACHE.ORIGIN BREAKER takes a name a");
  EXPECT_EQ(server.run("CACHE.ORIGIN FOO").substr(0, 23), "-ERR CACHE.ORIGIN takes");
}

TEST_F(Loading, CacheGetWaitsForALoadAndSaysWhyItFailed) {
  EXPECT_EQ(server.run("CACHE.GET product:7:de"), "");
  server.turn();
  bring_text(0, "v");
  EXPECT_EQ(server.client().take().substr(0, 16), "*6\r\n$3\r\nHIT\r\n$1\r\n"sv.substr(0, 16));
  EXPECT_EQ(server.run("CACHE.GET product:8:de"), "");
  server.turn();
  fail(1, LoadFailure::kPaused);
  EXPECT_EQ(server.client().take(), "-LOADFAIL the origin is failing and is only probed\r\n");
  EXPECT_EQ(server.run("CACHE.GET product:8:de"), "-LOADFAIL the origin is failing and is only probed\r\n");
}

}  // namespace
}  // namespace corral
