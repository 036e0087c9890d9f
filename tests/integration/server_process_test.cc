// The program over its socket: clients that behave badly, many of them, waiting herds, start and stop.
// Threading: the test's thread drives several connections.
// See: tests/README.md.
#include "tests/support/server_process.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "protocol/number.h"
#include "tests/support/raw_connection.h"

namespace corral {
namespace {

using protocol::Reply;
using protocol::ReplyKind;
using test_support::encode_request;
using test_support::RawConnection;
using test_support::ServerProcess;

std::string ask(RawConnection& connection, const std::vector<std::string>& words) {
  connection.send(encode_request(words));
  const auto reply = connection.next();
  return reply ? reply->describe() : "(closed)";
}


// As many connections as this process may open, 10,000 at most.
size_t many_connections() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return std::min<size_t>(10'000, limit.rlim_cur - 200);
}

TEST(Server, ServesWhileTenThousandConnectionsIdle) {
  ServerProcess server(ServerProcess::corral_program(), {"--maxclients", "20000", "--workers", "2"});
  std::vector<RawConnection> idle;
  const size_t wanted = many_connections();
  for (size_t i = 0; i < wanted; ++i) {
    idle.push_back(RawConnection::to_unix(server.socket_path()));
    if (i % 100 == 99) {
      ASSERT_EQ(ask(idle.back(), {"PING"}), "+PONG");
    }
  }
  RawConnection busy = RawConnection::to_unix(server.socket_path());
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(ask(busy, {"SET", "k", std::to_string(i)}), "+OK");
  for (size_t i = 0; i < wanted; i += 97) ASSERT_EQ(ask(idle[i], {"PING"}), "+PONG");
}

TEST(Server, AClientThatNeverReadsPausesOnlyItself) {
  ServerProcess server(ServerProcess::corral_program(), {"--workers", "1"});
  RawConnection writer = RawConnection::to_unix(server.socket_path());
  ASSERT_EQ(ask(writer, {"SET", "big", std::string(1 << 20, 'x')}), "+OK");
  RawConnection deaf = RawConnection::to_unix(server.socket_path());
  std::string requests;
  for (int i = 0; i < 64; ++i) requests += encode_request({"GET", "big"});
  deaf.send(requests);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(ask(writer, {"INCR", "n"}), std::to_string(i + 1));
  // CLIENT LIST tells the operator which one it is.
  const int64_t deaf_id = protocol::parse_int64(ask(writer, {"CLIENT", "ID"})).value_or(0) + 1;
  const std::string list = ask(writer, {"CLIENT", "LIST", "ID", std::to_string(deaf_id)});
  const auto figure = [&list](const std::string& name) {
    const size_t at = list.find(" " + name + "=");
    const size_t begin = at + name.size() + 2;
    if (at == std::string::npos) return int64_t{-1};
    return protocol::parse_int64(list.substr(begin, list.find(' ', begin) - begin)).value_or(-1);
  };
  EXPECT_GT(figure("omem"), 256 * 1024) << list;
  EXPECT_EQ(figure("oll"), 1) << list;
  // What it asked for is still there once it listens, whole and in order.
  for (int i = 0; i < 64; ++i) ASSERT_EQ(deaf.next()->text.size(), size_t{1} << 20) << i;
}

TEST(Server, UnsentOutputPastTheLimitEndsTheClient) {
  ServerProcess server(ServerProcess::corral_program(),
                       {"--workers", "1", "--client-output-buffer-limit", "normal 4mb 0 0"});
  RawConnection writer = RawConnection::to_unix(server.socket_path());
  ASSERT_EQ(ask(writer, {"SET", "big", std::string(1 << 20, 'x')}), "+OK");
  RawConnection deaf = RawConnection::to_unix(server.socket_path());
  std::string requests;
  for (int i = 0; i < 64; ++i) requests += encode_request({"GET", "big"});
  deaf.send(requests);
  size_t whole = 0;
  try {
    while (deaf.next()) ++whole;
  } catch (const std::runtime_error&) {
    // The connection was cut in the middle of a reply.
  }
  EXPECT_LT(whole, 64u);
  EXPECT_EQ(ask(writer, {"PING"}), "+PONG");
}

TEST(Server, OneByteAtATimeIsServedAndDisturbsNobody) {
  ServerProcess server(ServerProcess::corral_program(), {"--workers", "1"});
  RawConnection slow = RawConnection::to_unix(server.socket_path());
  RawConnection other = RawConnection::to_unix(server.socket_path());
  const std::string request = encode_request({"SET", "slow", "value"});
  for (const char byte : request) {
    slow.send({&byte, 1});
    ASSERT_EQ(ask(other, {"PING"}), "+PONG");
  }
  EXPECT_EQ(slow.next()->describe(), "+OK");
  EXPECT_EQ(ask(other, {"GET", "slow"}), "\"value\"");
}

TEST(Server, ABrokenRequestEndsItsConnectionOnly) {
  ServerProcess server(ServerProcess::corral_program());
  RawConnection good = RawConnection::to_unix(server.socket_path());
  RawConnection bad = RawConnection::to_unix(server.socket_path());
  bad.send("*2\r\n$3\r\nGET\r\n:1\r\n");
  EXPECT_EQ(bad.read_to_end(), "-ERR Protocol error: expected '$', got ':'\r\n");
  EXPECT_EQ(ask(good, {"PING"}), "+PONG");
}

TEST(Server, AWebPageGetsNoWord) {
  ServerProcess server(ServerProcess::corral_program(), {"--workers", "1"});
  for (const char* request : {"POST / HTTP/1.1\r\nHost: example\r\n\r\n", "Host: example\r\nSET k v\r\n"}) {
    RawConnection page = RawConnection::to_unix(server.socket_path());
    page.send(request);
    EXPECT_EQ(page.read_to_end(), "") << request;
  }
  RawConnection client = RawConnection::to_unix(server.socket_path());
  EXPECT_EQ(ask(client, {"EXISTS", "k"}), "0");
}

TEST(Server, QuotedInlineRequestsKeepTheirArguments) {
  ServerProcess server(ServerProcess::corral_program());
  RawConnection client = RawConnection::to_unix(server.socket_path());
  client.send("SET k 'it\\'s'\r\nSET l \"a b\"\r\nMGET k l\r\n");
  client.end_sending();
  EXPECT_EQ(client.read_to_end(), "+OK\r\n+OK\r\n*2\r\n$4\r\nit's\r\n$3\r\na b\r\n");
}

TEST(Server, TooManyClientsAreTurnedAway) {
  ServerProcess server(ServerProcess::corral_program(), {"--maxclients", "3"});
  std::vector<RawConnection> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(RawConnection::to_unix(server.socket_path()));
    ASSERT_EQ(ask(clients.back(), {"PING"}), "+PONG");
  }
  RawConnection late = RawConnection::to_unix(server.socket_path());
  EXPECT_EQ(late.read_to_end(), "-ERR max number of clients reached\r\n");
}

TEST(Server, AHugePromiseTakesNoMemory) {
  ServerProcess server(ServerProcess::corral_program(), {"--workers", "1"});
  const auto resident_kib = [&] {
    std::ifstream status("/proc/" + std::to_string(server.process()) + "/status");
    std::string line;
    while (std::getline(status, line)) {
      if (!line.starts_with("VmRSS:")) continue;
      const size_t begin = line.find_first_of("0123456789");
      const size_t end = line.find(' ', begin);
      return protocol::parse_int64(std::string_view(line).substr(begin, end - begin)).value_or(0);
    }
    return int64_t{0};
  };
  RawConnection probe = RawConnection::to_unix(server.socket_path());
  ask(probe, {"PING"});
  const int64_t before = resident_kib();
  std::vector<RawConnection> liars;
  for (int i = 0; i < 100; ++i) {
    liars.push_back(RawConnection::to_unix(server.socket_path()));
    liars.back().send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nx");
  }
  ASSERT_EQ(ask(probe, {"PING"}), "+PONG");
  EXPECT_LT(resident_kib() - before, 64 * 1024);
}

// One number of CACHE.STATS.
int64_t cache_figure(RawConnection& connection, const std::string& policy, const std::string& name) {
  connection.send(encode_request({"CACHE.STATS", policy}));
  const auto stats = connection.next();
  for (size_t i = 0; stats && i + 1 < stats->elements.size(); i += 2) {
    if (stats->elements[i].text == name) return stats->elements[i + 1].integer;
  }
  return -1;
}

TEST(Server, TenThousandWaitersGetTheFill) {
  ServerProcess server(ServerProcess::corral_program(),
                       {"--workers", "2", "--maxclients", "20000", "--policy", "c", "match", "cache:*", "wait", "30s"});
  RawConnection filler = RawConnection::to_unix(server.socket_path());
  RawConnection observer = RawConnection::to_unix(server.socket_path());
  std::vector<RawConnection> herd;
  const size_t wanted = many_connections();
  for (size_t i = 0; i < wanted; ++i) herd.push_back(RawConnection::to_unix(server.socket_path()));
  ASSERT_EQ(ask(filler, {"GET", "cache:1"}), "(nil)");
  const std::string request = encode_request({"GET", "cache:1"});
  for (RawConnection& waiter : herd) waiter.send(request);
  // All of them are parked before the fill, unless the filler was too slow and others were sent.
  const auto sent = [&] { return cache_figure(observer, "c", "promotions") + cache_figure(observer, "c", "failed_leases"); };
  for (int tries = 0; tries < 100'000 && sent() == 0; ++tries) {
    if (cache_figure(observer, "c", "waits") == static_cast<int64_t>(wanted)) break;
  }
  ASSERT_EQ(ask(filler, {"SET", "cache:1", "v", "EX", "10"}), "+OK");
  size_t filled = 0;
  for (RawConnection& waiter : herd) {
    const auto reply = waiter.next();
    ASSERT_TRUE(reply.has_value());
    if (reply->text == "v") ++filled;
  }
  // The first lease lasts a second: on a machine too busy to bring 10,000 requests in by then, everyone is answered all
  // the same, but not with the value.
  if (sent() == 0) {
    EXPECT_EQ(filled, wanted);
  }
  std::printf("%zu of %zu waiters got the value\n", filled, wanted);
}

TEST(Server, ReadersOfAHashOnAllWorkersGetTheWholeTransactionThatFillsIt) {
  ServerProcess server(ServerProcess::corral_program(),
                       {"--workers", "2", "--policy", "c", "match", "cache:*", "wait", "30s"});
  RawConnection filler = RawConnection::to_unix(server.socket_path());
  RawConnection observer = RawConnection::to_unix(server.socket_path());
  ASSERT_EQ(ask(filler, {"HGETALL", "cache:1"}), "[]");
  constexpr size_t kReaders = 200;
  std::vector<RawConnection> readers;
  for (size_t i = 0; i < kReaders; ++i) {
    readers.push_back(RawConnection::to_unix(server.socket_path()));
    readers.back().send(i % 2 == 0 ? encode_request({"HMGET", "cache:1", "g", "f"}) : encode_request({"HGET", "cache:1", "g"}));
  }
  const auto sent = [&] { return cache_figure(observer, "c", "promotions") + cache_figure(observer, "c", "failed_leases"); };
  while (sent() == 0 && cache_figure(observer, "c", "waits") < static_cast<int64_t>(kReaders)) {
  }
  filler.send(encode_request({"MULTI"}) + encode_request({"DEL", "cache:1"}) + encode_request({"HSET", "cache:1", "f", "v"}) +
              encode_request({"HSET", "cache:1", "g", "w"}) + encode_request({"EXPIRE", "cache:1", "10"}) +
              encode_request({"EXEC"}));
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(filler.next().has_value());
  size_t filled = 0;
  for (size_t i = 0; i < kReaders; ++i) {
    const auto reply = readers[i].next();
    ASSERT_TRUE(reply.has_value());
    const std::string text = reply->describe();
    const bool whole = text == (i % 2 == 0 ? "[\"w\", \"v\"]" : "\"w\"");
    // Who was sent to fill, because the filler was too slow, gets nil; nobody gets a half.
    EXPECT_TRUE(whole || text == (i % 2 == 0 ? "[(nil), (nil)]" : "(nil)")) << text;
    if (whole) ++filled;
  }
  if (sent() == 0) {
    EXPECT_EQ(filled, kReaders);
  }
}

TEST(Server, AResetConnectionIsClosedAlsoInTheMiddleOfALargeRequest) {
  ServerProcess server(ServerProcess::corral_program(), {"--workers", "1"});
  RawConnection busy = RawConnection::to_unix(server.socket_path());
  std::string id;
  {
    RawConnection dying = RawConnection::to_unix(server.socket_path());
    id = ask(dying, {"CLIENT", "ID"});
    // While the worker sleeps the client dies with a reply unread, which resets the connection, and with more bytes on
    // their way than the worker reads at once.
    dying.send("PING\r\n");
    ASSERT_EQ(ask(busy, {"PING"}), "+PONG");
    busy.send(encode_request({"DEBUG", "SLEEP", "0.3"}));
    dying.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$200000\r\n" + std::string(100'000, 'x'));
  }
  EXPECT_EQ(busy.next()->describe(), "+OK");
  // Read piece by piece up to the error.
  std::string client;
  for (int tries = 0; tries < 1000 && client != "\"\""; ++tries) client = ask(busy, {"CLIENT", "LIST", "ID", id});
  EXPECT_EQ(client, "\"\"");
}

TEST(Server, AnsweredWhatCameBeforeTheClientClosed) {
  ServerProcess server(ServerProcess::corral_program());
  RawConnection client = RawConnection::to_unix(server.socket_path());
  client.send(encode_request({"SET", "a", "1"}) + encode_request({"GET", "a"}));
  client.end_sending();
  EXPECT_EQ(client.read_to_end(), "+OK\r\n$1\r\n1\r\n");
}

TEST(Server, StopsOnSigtermAndOnShutdown) {
  ServerProcess server(ServerProcess::corral_program());
  RawConnection client = RawConnection::to_unix(server.socket_path());
  ASSERT_EQ(ask(client, {"SET", "a", "1"}), "+OK");
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(client.next(), std::nullopt);

  ServerProcess other(ServerProcess::corral_program());
  RawConnection last = RawConnection::to_unix(other.socket_path());
  last.send(encode_request({"SHUTDOWN", "NOSAVE"}));
  EXPECT_EQ(last.next(), std::nullopt);
  EXPECT_EQ(other.stop(), 0);
}

// What the program says when it does not start; "(started)" if it does.
std::string refusal(const std::vector<std::string>& arguments) {
  try {
    ServerProcess server(ServerProcess::corral_program(), arguments);
    return "(started)";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Server, WhatItCannotOpenStopsTheStart) {
  EXPECT_NE(refusal({"--logfile", "/nosuch/x.log"})
                .find("cannot open the log file \"/nosuch/x.log\": No such file"),
            std::string::npos);
  ServerProcess server(ServerProcess::corral_program());
  const std::string precious = server.directory() + "/precious";
  std::ofstream(precious) << "data";
  EXPECT_NE(refusal({"--unixsocket", precious}).find("something that is no socket is there already"),
            std::string::npos);
  EXPECT_TRUE(std::ifstream(precious).good()) << "it is still there";
}

TEST(Server, MoreClientsThanTheSystemHasDescriptorsForAreRefused) {
  ServerProcess server(ServerProcess::corral_program(), {"--maxclients", "100"});
  RawConnection client = RawConnection::to_unix(server.socket_path());
  // No limit of descriptors is that high.
  const std::string reply = ask(client, {"CONFIG", "SET", "maxclients", "4294967295"});
  EXPECT_TRUE(
      reply.find(
          "(possibly related to argument 'maxclients') - The operating system is not able to handle the "
          "specified number of clients, try with ") != std::string::npos)
      << reply;
  EXPECT_EQ(ask(client, {"CONFIG", "GET", "maxclients"}), "[\"maxclients\", \"100\"]");
}

TEST(Server, AWrongConfigurationLineStopsTheStart) {
  try {
    ServerProcess server(ServerProcess::corral_program(), {"--policy", "c", "match", "x:*", "stael", "60s"});
    FAIL() << "the server started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean \"stale\""), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace corral
