// The PostgreSQL endpoint against a real PostgreSQL: values in all their forms, errors, lost connections, timeouts.
// Threading: the test's thread runs the loop; the server is a process of its own.
// See: server/origin/README.md, "PostgreSQL".
#include "server/origin/postgres_endpoint.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/server/origin/endpoint_driver.h"
#include "tests/support/postgres_server.h"

namespace corral::origin {
namespace {

using test_support::PostgresServer;

constexpr const char* kSchema = R"(
  CREATE TABLE product (id int PRIMARY KEY, name text, price text, life bigint);
  CREATE TABLE blob (id bytea PRIMARY KEY, data bytea);
  CREATE TABLE written (id text PRIMARY KEY, value text, version bigint, epoch bigint, expires bigint);
  CREATE TABLE strict (id text PRIMARY KEY, value text UNIQUE DEFERRABLE INITIALLY DEFERRED);
  INSERT INTO product VALUES (1, 'chair', '10.00', 5000), (2, NULL, '3.50', NULL), (3, NULL, NULL, -7);
  INSERT INTO blob VALUES ('\x00ff', '\x610062'), ('\x', '\x');
)";

class Postgres : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<PostgresServer>();
    server_->ask(kSchema);
  }
  static void TearDownTestSuite() { server_.reset(); }

  static std::string url() {
    std::string host;
    for (const char c : server_->socket_directory())
      host += c == '/' ? std::string("%2F") : std::string(1, c);
    return "postgres://postgres@" + host + "/postgres";
  }

  std::unique_ptr<PostgresEndpoint> endpoint(std::vector<std::string_view> words) {
    const std::string address = url();
    words.insert(words.begin(), address);
    const bool timed = std::find(words.begin(), words.end(), "timeout") != words.end();
    if (!timed) words.insert(words.end(), {"timeout", "20s", "connect-timeout", "10s"});
    Definition definition = definition_of(words);
    definition.connect_timeout_ms = 10'000;  // also where an attempt is to end much sooner
    auto made = PostgresEndpoint::make(loop_, definition, definition.urls[0], "");
    if (!made) throw std::runtime_error(made.error());
    return std::move(made.value());
  }

  std::string check(PostgresEndpoint& endpoint) {
    std::string result;
    bool done = false;
    endpoint.check([&](const base::Status& status) {
      result = status ? "" : status.error();
      done = true;
    });
    EXPECT_FALSE(done);
    while (!done) loop_.turn();
    return result;
  }

  // Waits until the server says so, without sleeping: each question is a round trip.
  static void await_true(const std::string& question) {
    while (server_->ask("SELECT (" + question + ")::int")[0] != "1") {
    }
  }

  static std::unique_ptr<PostgresServer> server_;
  OriginLoop loop_;
};

std::unique_ptr<PostgresServer> Postgres::server_;

using Fields = std::vector<std::pair<std::string, std::string>>;

TEST_F(Postgres, OneColumnIsAString) {
  const auto origin = endpoint({"load", "SELECT name FROM product WHERE id = $1"});
  const Answer chair = ask(loop_, *origin, load_of({"p:1", "1"}));
  EXPECT_EQ(chair.result, Result::kValue) << chair.reason;
  EXPECT_FALSE(chair.value.is_hash);
  EXPECT_EQ(chair.value.text, "chair");
  EXPECT_EQ(chair.ttl_ms, std::nullopt);
  EXPECT_EQ(ask(loop_, *origin, load_of({"p:9", "9"})).result, Result::kAbsent) << "no row";
  EXPECT_EQ(ask(loop_, *origin, load_of({"p:2", "2"})).result, Result::kAbsent) << "NULL";
  EXPECT_EQ(origin->connections(), 1U) << "a connection is used again";
}

TEST_F(Postgres, SeveralColumnsAreAHash) {
  const auto origin = endpoint({"load", "SELECT name, price, id FROM product WHERE id = $1"});
  const Answer chair = ask(loop_, *origin, load_of({"p:1", "1"}));
  EXPECT_EQ(chair.result, Result::kValue);
  EXPECT_TRUE(chair.value.is_hash);
  EXPECT_EQ(chair.value.fields, (Fields{{"name", "chair"}, {"price", "10.00"}, {"id", "1"}}));
  EXPECT_EQ(ask(loop_, *origin, load_of({"p:2", "2"})).value.fields,
            (Fields{{"price", "3.50"}, {"id", "2"}}));
  const auto nothing = endpoint({"load", "SELECT name, price FROM product WHERE id = $1"});
  EXPECT_EQ(ask(loop_, *nothing, load_of({"p:3", "3"})).result, Result::kAbsent) << "a hash without fields";
}

TEST_F(Postgres, AColumnSaysHowLongTheValueLives) {
  const auto origin = endpoint({"load", "SELECT price, life AS corral_ttl_ms FROM product WHERE id = $1"});
  const Answer chair = ask(loop_, *origin, load_of({"p:1", "1"}));
  EXPECT_EQ(chair.value.text, "10.00");
  EXPECT_FALSE(chair.value.is_hash);
  EXPECT_EQ(chair.ttl_ms, 5000);
  EXPECT_EQ(ask(loop_, *origin, load_of({"p:2", "2"})).ttl_ms, std::nullopt) << "NULL says nothing";
  const auto text = endpoint({"load", "SELECT price, 'soon' AS corral_ttl_ms FROM product WHERE id = $1"});
  const Answer wrong = ask(loop_, *text, load_of({"p:1", "1"}));
  EXPECT_EQ(wrong.result, Result::kPermanent);
  EXPECT_EQ(wrong.reason, "corral_ttl_ms is not a whole number");
}

TEST_F(Postgres, BytesAreBinarySafeBothWays) {
  const auto origin = endpoint({"load", "SELECT data FROM blob WHERE id = $1", "load-many",
                                "SELECT id, data FROM blob WHERE id = ANY($1)", "store",
                                "INSERT INTO blob VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET data = $2"});
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", std::string("\0\xff", 2)})).value.text, std::string("a\0b", 3));
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", ""})).value.text, "");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(ask(loop_, *origin, store_of({"k", all}, all + all)).result, Result::kDone);
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", all})).value.text, all + all);
  Answers answers(loop_);
  ASSERT_TRUE(origin->start_many({load_of({"k", all}), load_of({"k", "none"}), load_of({"k", ""})},
                                 {answers.next(0), answers.next(1), answers.next(2)}));
  answers.await(3);
  EXPECT_EQ(answers.of(0).value.text, all + all);
  EXPECT_EQ(answers.of(1).result, Result::kAbsent);
  EXPECT_EQ(answers.of(2).result, Result::kValue);
}

TEST_F(Postgres, ATextWithAZeroByteIsRefusedForGood) {
  const auto origin = endpoint({"load", "SELECT value FROM written WHERE id = $1"});
  const Answer answer = ask(loop_, *origin, load_of({"k", std::string("a\0b", 3)}));
  EXPECT_EQ(answer.result, Result::kPermanent);
  EXPECT_EQ(answer.reason, "load $1: a text holds a zero byte, which only a parameter of type bytea can");
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", "\xff"})).result, Result::kPermanent)
      << "not UTF-8, says the server";
}

TEST_F(Postgres, SeveralLoadsInOneStatement) {
  const auto origin = endpoint({"load", "SELECT name FROM product WHERE id = $1", "load-many",
                                "SELECT id, price FROM product WHERE id = ANY($1)"});
  Answers answers(loop_);
  const std::vector<Request> requests = {load_of({"p:2", "2"}), load_of({"p:7", "7"}), load_of({"p:1", "1"}),
                                         load_of({"p:1", "1"}), load_of({"p:3", "3"})};
  ASSERT_TRUE(origin->start_many(
      requests, {answers.next(0), answers.next(1), answers.next(2), answers.next(3), answers.next(4)}));
  answers.await(5);
  EXPECT_EQ(answers.of(0).value.text, "3.50");
  EXPECT_EQ(answers.of(1).result, Result::kAbsent) << "missing";
  EXPECT_EQ(answers.of(2).value.text, "10.00");
  EXPECT_EQ(answers.of(3).value.text, "10.00") << "the same key twice";
  EXPECT_EQ(answers.of(4).result, Result::kAbsent) << "NULL";
  EXPECT_FALSE(origin->start_many({load_of({"p", "1", "2"})}, {answers.next(5)}))
      << "two captures, one parameter";
  EXPECT_FALSE(endpoint({"load", "SELECT 1"})->start_many({load_of({"p", "1"})}, {answers.next(6)}));
}

TEST_F(Postgres, SeveralLoadsByTwoCaptures) {
  server_->ask(
      "CREATE TABLE pair (a text, b int, v text, w text); INSERT INTO pair VALUES ('x\"\\', 1, 'one', "
      "'ONE'), ('x', 2, 'two', NULL)");
  const auto origin =
      endpoint({"load", "SELECT v FROM pair WHERE a = $1 AND b = $2", "load-many",
                "SELECT a, b, v, w FROM pair JOIN unnest($1::text[], $2::int[]) AS k (a, b) USING (a, b)"});
  Answers answers(loop_);
  ASSERT_TRUE(
      origin->start_many({load_of({"p", "x\"\\", "1"}), load_of({"p", "x", "2"}), load_of({"p", "x", "1"})},
                         {answers.next(0), answers.next(1), answers.next(2)}));
  answers.await(3);
  EXPECT_EQ(answers.of(0).value.fields, (Fields{{"v", "one"}, {"w", "ONE"}})) << answers.of(0).reason;
  EXPECT_EQ(answers.of(1).value.fields, (Fields{{"v", "two"}}));
  EXPECT_EQ(answers.of(2).result, Result::kAbsent);
}

TEST_F(Postgres, StoresAndRemovesWithVersions) {
  const auto origin = endpoint({"store",
                                "INSERT INTO written VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE "
                                "SET value = $2, version = $3 "
                                "WHERE written.version < $3",
                                "remove", "DELETE FROM written WHERE id = $1 AND version <= $2", "load",
                                "SELECT value FROM written WHERE id = $1"});
  Request request = store_of({"w:1", "1"}, "new", 7);
  request.epoch = 3;
  request.expires_at_ms = 1'700'000'000'000;
  EXPECT_EQ(ask(loop_, *origin, request).result, Result::kDone);
  EXPECT_EQ(
      server_->ask("SELECT concat_ws(',', value, version, epoch, expires) FROM written WHERE id = '1'")[0],
      "new,7,3,1700000000000");
  EXPECT_EQ(ask(loop_, *origin, store_of({"w:1", "1"}, "old", 6)).result, Result::kDone) << "superseded";
  EXPECT_EQ(ask(loop_, *origin, load_of({"w:1", "1"})).value.text, "new");
  EXPECT_EQ(ask(loop_, *origin, remove_of({"w:1", "1"}, 6)).result, Result::kDone) << "superseded";
  EXPECT_EQ(ask(loop_, *origin, remove_of({"w:1", "1"}, 8)).result, Result::kDone);
  EXPECT_EQ(ask(loop_, *origin, load_of({"w:1", "1"})).result, Result::kAbsent);
  EXPECT_EQ(ask(loop_, *origin, store_of({"w:1", "2"}, "x")).result, Result::kDone);
  EXPECT_EQ(server_->ask("SELECT expires IS NULL FROM written WHERE id = '2'")[0], "t");
}

TEST_F(Postgres, AHashIsStoredAsJson) {
  server_->ask("CREATE TABLE doc (id text PRIMARY KEY, body jsonb)");
  const auto origin =
      endpoint({"store", "INSERT INTO doc VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = $2"});
  Request request = store_of({"d:1", "1"}, "");
  request.value.is_hash = true;
  request.value.fields = {{"na\"me", "a\\b\n\x01\xc3\xa9"}, {"n", "1"}};
  EXPECT_EQ(ask(loop_, *origin, request).result, Result::kDone);
  EXPECT_EQ(server_->ask("SELECT body->>'na\"me' FROM doc")[0], "a\\b\n\x01\xc3\xa9");
  request.value.fields = {{"a", "\xff"}};
  EXPECT_EQ(ask(loop_, *origin, request).result, Result::kPermanent);
}

TEST_F(Postgres, ConstraintsAreForGoodAlsoWhenTheyAreCheckedAtTheEnd) {
  const auto origin = endpoint({"store", "INSERT INTO strict VALUES ($1, $2)"});
  EXPECT_EQ(ask(loop_, *origin, store_of({"s:1", "1"}, "same")).result, Result::kDone);
  const Answer again = ask(loop_, *origin, store_of({"s:1", "1"}, "other"));
  EXPECT_EQ(again.result, Result::kPermanent);
  EXPECT_EQ(again.reason, "a constraint forbids it (23505), constraint strict_pkey");
  EXPECT_FALSE(again.maybe_done);
  // A deferred constraint fails after the statement itself has been answered.
  const Answer deferred = ask(loop_, *origin, store_of({"s:2", "2"}, "same"));
  EXPECT_EQ(deferred.result, Result::kPermanent);
  EXPECT_EQ(deferred.reason, "a constraint forbids it (23505), constraint strict_value_key");
  EXPECT_EQ(server_->ask("SELECT count(*) FROM strict")[0], "1");
}

TEST_F(Postgres, StatementsThatDoNotPrepareAreReportedAtTheStart) {
  const auto origin = endpoint({"load", "SELECT 1", "store", "INSERT INTO nowhere VALUES ($1)"});
  EXPECT_EQ(check(*origin), "origin o: store does not prepare: relation \"nowhere\" does not exist (42P01)");
  EXPECT_EQ(check(*origin), "origin o: store does not prepare: relation \"nowhere\" does not exist (42P01)");
  const Answer answer = ask(loop_, *origin, store_of({"k", "1"}, "v"));
  EXPECT_EQ(answer.result, Result::kPermanent);
  EXPECT_EQ(answer.reason, "store does not prepare: relation \"nowhere\" does not exist (42P01)");
  EXPECT_EQ(ask(loop_, *origin, load_of({"k"})).value.text, "1") << "the other statement works";
  EXPECT_EQ(check(*endpoint({"load", "SELECT 1"})), "");
}

TEST_F(Postgres, WhatAStatementCannotHaveIsRefused) {
  EXPECT_EQ(ask(loop_, *endpoint({"load", "SELECT $2::text"}), load_of({"k", "1"})).reason,
            "load uses $2, which stands for nothing");
  EXPECT_EQ(ask(loop_, *endpoint({"load", "SELECT 1"}), store_of({"k"}, "v")).reason,
            "the origin has no store");
  const Answer rows = ask(loop_, *endpoint({"load", "SELECT generate_series(1, 1000000)"}), load_of({"k"}));
  EXPECT_EQ(rows.reason, "the load answers several rows; one is wanted");
  EXPECT_EQ(ask(loop_, *endpoint({"load", "DELETE FROM product WHERE id = 99"}), load_of({"k"})).reason,
            "the statement answers no rows");
  const Answer large =
      ask(loop_, *endpoint({"load", "SELECT repeat('x', 1001)", "max-value", "1000"}), load_of({"k"}));
  EXPECT_EQ(large.result, Result::kPermanent);
  EXPECT_EQ(large.reason, "the value is larger than max-value");
  EXPECT_EQ(
      ask(loop_, *endpoint({"load", "SELECT repeat('x', 1000)::bytea", "max-value", "1000"}), load_of({"k"}))
          .result,
      Result::kValue);
}

TEST_F(Postgres, ErrorsInAPipelineDoNotDisturbNeighbours) {
  const auto origin = endpoint({"load", "SELECT (100 / $1::int)::text", "pool", "1"});
  ask(loop_, *origin, load_of({"k", "1"}));
  Answers answers(loop_);
  const std::vector<std::string> divisors = {"1", "0", "2", "abc", "4", "5"};
  for (size_t i = 0; i < divisors.size(); ++i) origin->start(load_of({"k", divisors[i]}), answers.next(i));
  answers.await(divisors.size());
  EXPECT_EQ(answers.of(0).value.text, "100");
  EXPECT_EQ(answers.of(1).reason, "a value does not fit its type (22012)");
  EXPECT_EQ(answers.of(1).result, Result::kPermanent);
  EXPECT_EQ(answers.of(2).value.text, "50");
  EXPECT_EQ(answers.of(3).reason, "a value does not fit its type (22P02)");
  EXPECT_EQ(answers.of(4).value.text, "25");
  EXPECT_EQ(answers.of(5).value.text, "20");
  EXPECT_EQ(origin->connections(), 1U);
}

TEST_F(Postgres, TenThousandLoadsAndEachHasItsOwnAnswer) {
  const auto origin = endpoint({"load", "SELECT $1::text", "pool", "4"});
  constexpr size_t kAll = 10'000;
  size_t begun = 0;
  size_t ended = 0;
  size_t wrong = 0;
  std::function<void()> begin = [&] {
    if (begun == kAll) return;
    const std::string text = "value " + std::to_string(begun++);
    origin->start(load_of({"k", text}), [&, text](const Answer& answer) {
      ++ended;
      if (answer.value.text != text) ++wrong;
      begin();
    });
  };
  for (int i = 0; i < 64; ++i) begin();
  while (ended < kAll) loop_.turn();
  EXPECT_EQ(wrong, 0U);
  EXPECT_LE(origin->connections(), 4U);
  EXPECT_GE(origin->connections(), 2U);
}

TEST_F(Postgres, AsManyConnectionsAsThePoolHasAtLeast) {
  const auto origin = endpoint({"load", "SELECT 1", "pool", "3-5"});
  EXPECT_EQ(origin->connections(), 0U);
  EXPECT_EQ(check(*origin), "");
  while (server_->ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'corral'")[0] != "3")
    loop_.turn();
  EXPECT_EQ(origin->connections(), 3U);
}

TEST_F(Postgres, LargeValuesInBothDirectionsAtOnce) {
  const auto origin = endpoint({"load", "SELECT repeat($1, 4)", "pool", "1"});
  Answers answers(loop_);
  for (size_t i = 0; i < 12; ++i) {
    origin->start(load_of({"k", std::string(1 << 20, static_cast<char>('a' + i))}), answers.next(i));
  }
  answers.await(12);
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(answers.of(i).value.text, std::string(4 << 20, static_cast<char>('a' + i)));
  }
}

constexpr const char* kBackends =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'corral'";
constexpr const char* kAsleep =
    "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'corral' AND wait_event = 'PgSleep'";

TEST_F(Postgres, ABackendKilledInMidQueryFailsWhatWasSent) {
  const auto origin =
      endpoint({"load", "SELECT pg_sleep(100)::text || $1", "store",
                "INSERT INTO written (id, value) SELECT $1, $2 FROM pg_sleep(100)", "pool", "1"});
  for (const bool store : {false, true}) {
    Answers answers(loop_);
    check(*origin);
    origin->start(store ? store_of({"k", "1"}, "v") : load_of({"k", "1"}), answers.next(0));
    origin->start(load_of({"k", "1"}), answers.next(1));
    loop_.turn();
    await_true(kAsleep);
    server_->ask(kBackends);
    answers.await(2);
    for (const size_t i : {0U, 1U}) {
      EXPECT_EQ(answers.of(i).result, Result::kTransient);
      EXPECT_TRUE(answers.of(i).hard);
    }
    EXPECT_EQ(answers.of(0).reason, "the server shuts down, starts or ended the connection (57P01)");
    EXPECT_EQ(answers.of(0).maybe_done, store);
    EXPECT_FALSE(answers.of(1).maybe_done);
  }
}

TEST_F(Postgres, AnIdleBackendThatWasKilledIsReplaced) {
  const auto origin = endpoint({"load", "SELECT $1::text"});
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", "a"})).value.text, "a");
  server_->ask(kBackends);
  await_true("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'corral'");
  while (origin->connections() > 0) loop_.turn();
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", "b"})).value.text, "b");
}

TEST_F(Postgres, AServerThatIsDownFailsAtOnceAndIsUsedAgainWhenItIsBack) {
  const auto origin = endpoint({"load", "SELECT $1::text"});
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", "a"})).value.text, "a");
  server_->stop();
  for (int i = 0; i < 2; ++i) {
    const Answer down = ask(loop_, *origin, load_of({"k", "b"}));
    EXPECT_EQ(down.result, Result::kTransient);
    EXPECT_TRUE(down.hard);
    EXPECT_EQ(down.reason.find('\n'), std::string::npos);
  }
  server_->start();
  while (origin->connections() > 0) loop_.turn();
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", "c"})).value.text, "c");
}

TEST_F(Postgres, ACallThatTakesTooLongEndsAndItsLateAnswerIsNobodyElses) {
  const auto origin = endpoint({"load", "SELECT $2 FROM pg_sleep($1::float8)", "pool", "1", "timeout", "20s",
                                "connect-timeout", "10s"});
  ask(loop_, *origin, load_of({"k", "0", "warm"}));
  Request slow = load_of({"k", "0.2", "late"});
  slow.timeout_us = 50'000;
  const Answer late = ask(loop_, *origin, slow);
  EXPECT_EQ(late.result, Result::kTransient);
  EXPECT_TRUE(late.timed_out);
  EXPECT_TRUE(late.hard);
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", "0", "next"})).value.text, "next");
}

TEST_F(Postgres, TheServerEndsStatementsByItself) {
  const auto origin = endpoint({"load", "SELECT pg_sleep(100)::text", "timeout", "100ms"});
  const Answer answer = ask(loop_, *origin, load_of({"k"}));
  EXPECT_EQ(answer.result, Result::kTransient);
  EXPECT_TRUE(answer.timed_out);
  EXPECT_EQ(answer.reason, "the statement took longer than the timeout (57014)");
}

TEST_F(Postgres, CancelledAtEachStageNoAnswerComes) {
  const auto origin = endpoint({"load", "SELECT $2 FROM pg_sleep($1::float8)", "pool", "1"});
  Answers answers(loop_);
  origin->cancel(12345);
  origin->cancel(origin->start(load_of({"k", "0", "before its turn"}), answers.next(0)));
  const uint64_t connecting = origin->start(load_of({"k", "0", "connecting"}), answers.next(1));
  loop_.turn();
  origin->cancel(connecting);
  EXPECT_EQ(check(*origin), "");
  const uint64_t sent = origin->start(load_of({"k", "0.1", "sent"}), answers.next(2));
  loop_.turn();
  await_true(kAsleep);
  origin->cancel(sent);
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", "0", "mine"})).value.text, "mine");
  origin->cancel(sent);
  EXPECT_EQ(answers.size(), 0U);
}

TEST_F(Postgres, CancelledFromWithinAnAnswer) {
  const auto origin = endpoint({"load", "SELECT $1::text", "pool", "1"});
  Answers answers(loop_);
  uint64_t second = 0;
  origin->start(load_of({"k", "1"}), [&](Answer answer) {
    origin->cancel(second);
    answers.next(1)(std::move(answer));
  });
  second = origin->start(load_of({"k", "2"}), answers.next(2));
  origin->start(load_of({"k", "3"}), answers.next(3));
  answers.await(2);
  EXPECT_EQ(answers.of(3).value.text, "3");
}

TEST_F(Postgres, AnEndpointThatGoesTakesItsCallsWithIt) {
  Answers answers(loop_);
  for (int turns = 0; turns < 6; ++turns) {
    const auto origin = endpoint({"load", "SELECT $1::text"});
    origin->start(load_of({"k", "1"}), answers.next(0));
    for (int i = 0; i < turns && answers.size() == 0; ++i) loop_.turn();
  }
  loop_.next_turn([] {});
  loop_.turn();
}

TEST_F(Postgres, RefusedByThePasswordIsAFailureToConnect) {
  const Definition definition = definition_of({"postgres://nobody@" + url().substr(20), "load", "SELECT 1"});
  auto origin = PostgresEndpoint::make(loop_, definition, definition.urls[0], "");
  const Answer answer = ask(loop_, *origin.value(), load_of({"k"}));
  EXPECT_EQ(answer.result, Result::kTransient);
  EXPECT_TRUE(answer.hard);
  EXPECT_NE(answer.reason.find("role \"nobody\" does not exist"), std::string::npos) << answer.reason;
}

TEST_F(Postgres, TooManyConnectionsPushBack) {
  server_->ask("CREATE ROLE few LOGIN CONNECTION LIMIT 0");
  const Definition definition = definition_of({"postgres://few@" + url().substr(20), "load", "SELECT 1"});
  auto origin = PostgresEndpoint::make(loop_, definition, definition.urls[0], "");
  const Answer answer = ask(loop_, *origin.value(), load_of({"k"}));
  EXPECT_TRUE(answer.pushed_back) << answer.reason;
  EXPECT_EQ(answer.result, Result::kTransient);
}

TEST_F(Postgres, AHostThatDoesNotExistAndAPortThatIsClosed) {
  const Definition definition = definition_of(
      {"postgres://u@127.0.0.1:1/db", "postgres://u@no.such.host.invalid/db", "load", "SELECT 1"});
  for (const Url& url : definition.urls) {
    auto origin = PostgresEndpoint::make(loop_, definition, url, "");
    const Answer answer = ask(loop_, *origin.value(), load_of({"k"}));
    EXPECT_EQ(answer.result, Result::kTransient);
    EXPECT_TRUE(answer.hard);
    EXPECT_FALSE(answer.reason.empty());
  }
}

TEST_F(Postgres, WordsOfTheAddressAreChecked) {
  const Definition definition = definition_of({"postgres://u@h/db?sslmod=require", "load", "SELECT 1"});
  auto origin = PostgresEndpoint::make(loop_, definition, definition.urls[0], "");
  ASSERT_FALSE(origin);
  EXPECT_NE(origin.error().find("sslmode"), std::string::npos) << origin.error();
}

TEST_F(Postgres, AChangedTableIsPreparedAnew) {
  server_->ask("CREATE TABLE shape (id int, a text); INSERT INTO shape VALUES (1, 'a')");
  const auto origin = endpoint({"load", "SELECT * FROM shape WHERE id = $1", "pool", "1"});
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", "1"})).value.fields.size(), 2U);
  server_->ask("ALTER TABLE shape ADD COLUMN b text DEFAULT 'b'");
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", "1"})).result, Result::kTransient) << "may be tried again";
  while (origin->connections() > 0) loop_.turn();
  EXPECT_EQ(ask(loop_, *origin, load_of({"k", "1"})).value.fields.size(), 3U);
}

}  // namespace
}  // namespace corral::origin
