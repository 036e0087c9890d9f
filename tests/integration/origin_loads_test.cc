// The running server in front of real origins of each kind: one load however many ask, and what readers get of each end.
// Threading: the service's threads answer; one thread drives all clients.
// See: tests/README.md; server/loading/README.md.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/server/origin/http_service.h"
#include "tests/support/postgres_server.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace corral {
namespace {

using origin::HttpService;
using origin::Reply;
using origin::Seen;
using test_support::encode_request;
using test_support::PostgresServer;
using test_support::RawConnection;
using test_support::RedisServer;
using test_support::ServerProcess;

constexpr size_t kConnections = 200;
constexpr size_t kAsksEach = 50;

// Lets requests through when it is opened.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

class Origins : public ::testing::Test {
 protected:
  void start(HttpService::Handler handler) {
    service_ = std::make_unique<HttpService>(std::move(handler));
    start_for(address(*service_), "GET /products/{1}");
  }
  static std::string address(const HttpService& service) { return "http://127.0.0.1:" + std::to_string(service.port()); }
  static std::string as_host(const std::string& path) {
    std::string host;
    for (const char c : path) host += c == '/' ? "%2F" : std::string(1, c);
    return host;
  }
  static std::string url_of(const PostgresServer& postgres) {
    return "postgres://postgres@" + as_host(postgres.socket_directory()) + "/postgres";
  }
  void start_for(const std::string& url, const std::string& load) {
    const std::vector<std::string> arguments = {"--workers", "2", "--policy", "product", "match", "product:*", "ttl", "60s",
                                                "stale", "60s", "wait", "30s", "load", "catalog", "--origin", "catalog",
                                                url, "load", load, "timeout", "20s", "total-timeout", "20s"};
    server_ = std::make_unique<ServerProcess>(ServerProcess::corral_program(), arguments);
    client_ = std::make_unique<RawConnection>(connect());
  }
  RawConnection connect() const { return RawConnection::to_unix(server_->socket_path()); }
  std::string ask(const std::vector<std::string>& words) {
    client_->send(encode_request(words));
    const auto reply = client_->next();
    if (!reply) return "closed";
    return reply->kind == protocol::ReplyKind::kNull ? "(nil)" : reply->text;
  }
  int64_t figure(const std::string& name) {
    client_->send(encode_request({"CACHE.STATS", "product"}));
    const auto stats = client_->next();
    for (size_t i = 0; stats && i + 1 < stats->elements.size(); i += 2) {
      if (stats->elements[i].text == name) return stats->elements[i + 1].integer;
    }
    return -1;
  }

  /// 10,000 reads wait for product:7 before `let_go`, and all of them get `value`.
  void expect_one_load(const std::string& value, const std::function<void()>& let_go) {
    std::string asks;
    for (size_t i = 0; i < kAsksEach; ++i) asks += encode_request({"GET", "product:7"});
    std::vector<RawConnection> herd;
    for (size_t i = 0; i < kConnections; ++i) {
      herd.push_back(connect());
      herd.back().send(asks);
    }
    while (figure("waits") < static_cast<int64_t>(kConnections * kAsksEach)) {
    }
    let_go();
    for (RawConnection& client : herd) {
      for (size_t i = 0; i < kAsksEach; ++i) ASSERT_EQ(client.next()->text, value);
    }
    EXPECT_EQ(figure("loads"), 1);
  }

  std::unique_ptr<HttpService> service_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<RawConnection> client_;
};

TEST_F(Origins, TenThousandAskForOneColdKeyAndTheOriginIsAskedOnce) {
  Gate gate;
  std::atomic<int> requests = 0;
  start([&](const Seen& seen) {
    ++requests;
    gate.pass();
    return Reply{200, "value of " + seen.target, {}, false};
  });
  expect_one_load("value of /products/7", [&] { gate.open(); });
  EXPECT_EQ(requests, 1);
}

TEST_F(Origins, TenThousandAskForOneColdKeyAndPostgresRunsOneQuery) {
  PostgresServer postgres;
  postgres.ask("CREATE SEQUENCE calls");
  postgres.ask("SELECT pg_advisory_lock(7)::text");  // the query below waits for it
  start_for(url_of(postgres), "SELECT 'row ' || $1 || ', query ' || nextval('calls') FROM (SELECT pg_advisory_xact_lock(7)) AS turn");
  expect_one_load("row 7, query 1", [&] { postgres.ask("SELECT pg_advisory_unlock(7)::text"); });
}

TEST_F(Origins, AStatementThatDoesNotPrepareIsReportedAtTheStart) {
  PostgresServer postgres;
  start_for(url_of(postgres), "SELECT body FROM no_such_table WHERE id = $1");
  EXPECT_EQ(ask({"GET", "product:7"}), "LOADFAIL the origin answered with an error");
  const auto reported = [&] { return server_->output().find("relation \"no_such_table\" does not exist") != std::string::npos; };
  for (int tries = 0; tries < 100'000 && !reported(); ++tries) ask({"PING"});
  EXPECT_TRUE(reported()) << server_->output();
}

TEST_F(Origins, TenThousandAskForOneColdKeyAndRedisIsAskedOnce) {
  RedisServer redis;
  RawConnection steering = RawConnection::to_unix(redis.socket_path());
  const auto ask_redis = [&](const std::vector<std::string>& words) {
    steering.send(encode_request(words));
    return steering.next()->text;
  };
  ask_redis({"SET", "product:7", "from redis"});
  ask_redis({"CONFIG", "RESETSTAT"});
  ask_redis({"CLIENT", "PAUSE", "60000", "WRITE"});  // which the load below is to Redis, and so waits
  start_for("redis://" + as_host(redis.socket_path()) + "/0", "GETEX {0} PERSIST");
  expect_one_load("from redis", [&] { ask_redis({"CLIENT", "UNPAUSE"}); });
  EXPECT_NE(ask_redis({"INFO", "commandstats"}).find("cmdstat_getex:calls=1,"), std::string::npos);
}

TEST_F(Origins, WhatTheOriginSaysOfLifeAndTagsHolds) {
  start([](const Seen& seen) {
    if (seen.target == "/products/once") return Reply{200, "once", {{"Cache-Control", "no-store"}}, false};
    return Reply{200, "kept", {{"Cache-Control", "max-age=7"}, {"Surrogate-Key", "shop"}}, false};
  });
  EXPECT_EQ(ask({"GET", "product:1"}), "kept");
  client_->send(encode_request({"TTL", "product:1"}));
  const int64_t ttl = client_->next()->integer;
  EXPECT_GE(ttl, 5);
  EXPECT_LE(ttl, 7);
  EXPECT_EQ(ask({"GET", "product:once"}), "once");
  client_->send(encode_request({"EXISTS", "product:once"}));
  EXPECT_EQ(client_->next()->integer, 0);
  client_->send(encode_request({"CACHE.INVALIDATE", "HARD", "TAG", "shop"}));
  EXPECT_EQ(client_->next()->integer, 1);
  client_->send(encode_request({"EXISTS", "product:1"}));
  EXPECT_EQ(client_->next()->integer, 0);
}

TEST_F(Origins, AbsenceIsNilAndARefusalAnError) {
  start([](const Seen& seen) {
    return seen.target == "/products/none" ? Reply{404, "", {}, false} : Reply{403, "no", {}, false};
  });
  EXPECT_EQ(ask({"GET", "product:none"}), "(nil)");
  EXPECT_EQ(ask({"GET", "product:secret"}), "LOADFAIL the origin answered with an error");
  EXPECT_EQ(ask({"MGET", "product:none", "product:secret"}), "LOADFAIL the origin answered with an error");
}

TEST_F(Origins, AnOriginThatIsAwayIsReportedAndTheServerLives) {
  {
    const HttpService gone([](const Seen&) { return Reply{}; });
    start_for(address(gone), "GET /products/{1}");
  }
  EXPECT_EQ(ask({"GET", "product:1"}), "LOADFAIL the origin cannot be reached");
  EXPECT_EQ(ask({"SET", "product:1", "own"}), "OK");
  EXPECT_EQ(ask({"GET", "product:1"}), "own");
  EXPECT_EQ(ask({"CACHE.ORIGIN", "BREAKER", "catalog", "FORCE-OPEN"}), "OK");
  EXPECT_EQ(ask({"GET", "product:2"}), "LOADFAIL the origin is failing and is only probed");
}

TEST_F(Origins, AValueThatWentStaleIsServedWhileTheOriginWorks) {
  Gate gate;
  std::atomic<int> requests = 0;
  start([&](const Seen&) {
    if (++requests == 1) gate.pass();
    return Reply{200, "new", {}, false};
  });
  EXPECT_EQ(ask({"SET", "product:1", "old", "EX", "100"}), "OK");
  client_->send(encode_request({"CACHE.INVALIDATE", "KEY", "product:1"}));
  EXPECT_EQ(client_->next()->integer, 1);
  EXPECT_EQ(ask({"GET", "product:1"}), "old");
  EXPECT_EQ(ask({"GET", "product:1"}), "old");
  gate.open();
  while (ask({"GET", "product:1"}) != "new") {
  }
  EXPECT_EQ(requests, 1);
}

TEST(OriginStart, WrongLinesStopTheStartWithTheReason) {
  const auto refusal = [](const std::vector<std::string>& arguments) {
    try {
      const ServerProcess server(ServerProcess::corral_program(), arguments);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string("started");
  };
  EXPECT_NE(refusal({"--policy", "p", "match", "p:*", "ttl", "1s", "load", "catlog", "--origin", "catalog", "http://127.0.0.1", "load",
                     "GET /{1}"})
                .find("policy p: load catlog: no origin is called so (did you mean \"catalog\"?)"),
            std::string::npos);
  EXPECT_NE(refusal({"--policy", "p", "match", "p:*", "ttl", "1s", "load", "c", "--origin", "c", "http://127.0.0.1", "load",
                     "GET /{1}/{2}"})
                .find("{2}"),
            std::string::npos);
  EXPECT_NE(refusal({"--policy", "p", "match", "p:*", "ttl", "1s", "load", "c"}).find("no origin is configured"), std::string::npos);
  EXPECT_NE(refusal({"--origin", "c", "ftp://127.0.0.1", "load", "GET /{1}"}).find("origin"), std::string::npos);
}

}  // namespace
}  // namespace corral
