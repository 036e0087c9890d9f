// CONFIG GET and SET of the option table against a real redis-server.
// Threading: one thread.
// See: server/config/option_table.h.
#include <gtest/gtest.h>

#include "server/config/option_table.h"
#include "tests/support/raw_connection.h"
#include "tests/support/redis_server.h"

namespace corral::config {
namespace {

using protocol::Reply;

class OptionOracle : public testing::Test {
 protected:
  test_support::RedisServer server;
  test_support::RawConnection connection = test_support::RawConnection::to_unix(server.socket_path());
  Settings settings;
  OptionTable options{settings};

  std::string ask(const std::vector<std::string>& request) {
    EXPECT_TRUE(connection.send(test_support::encode_request(request)));
    EXPECT_TRUE(connection.next().has_value());
    return std::string(connection.last_encoded());
  }
  std::string here(const std::vector<std::string>& pairs) {
    std::vector<OptionTable::Change> changes;
    for (size_t i = 0; i + 1 < pairs.size(); i += 2) changes.push_back({pairs[i], pairs[i + 1]});
    const auto error = options.set(changes);
    return error ? "-ERR " + *error + "\r\n" : "+OK\r\n";
  }
  std::string there(std::vector<std::string> pairs) {
    pairs.insert(pairs.begin(), {"CONFIG", "SET"});
    return ask(pairs);
  }
  std::string value_there(const std::string& name) {
    const std::string reply = ask({"CONFIG", "GET", name});
    const size_t at = reply.rfind("\r\n", reply.size() - 3);
    return reply.substr(at + 2, reply.size() - at - 4);
  }
};

TEST_F(OptionOracle, SetAnswersTheSame) {
  const std::vector<std::vector<std::string>> requests = {
      {"nosuch", "1"},
      {"maxmemory", "1", "nosuch", "2"},
      {"maxmemory", "1mb", "maxmemory", "2mb"},
      {"maxmemory", "1mb", "MAXmemory", "2mb"},
      {"nosuch", "1", "databases", "2"},
      {"databases", "2", "nosuch", "1"},
      {"databases", "3"},
      {"dir", "/tmp"},
      {"maxmemory", "xx"},
      {"maxmemory", "-1"},
      {"maxmemory", "1.5gb"},
      {"maxmemory", "10%"},
      {"maxmemory", "1Gb"},
      {"timeout", "-1"},
      {"timeout", "1x"},
      {"timeout", ""},
      {"timeout", " 1"},
      {"timeout", "99999999999999999999"},
      {"timeout", "2147483648"},
      {"loglevel", "foo"},
      {"loglevel", "DEBUG"},
      {"loglevel", "notice"},
      {"appendonly", "foo"},
      {"appendonly", "no"},
      {"save", ""},
      {"lazyfree-lazy-expire", "1"},
      {"proto-max-bulk-len", "1"},
      {"client-query-buffer-limit", "1"},
      {"unixsocketperm", "9"},
      {"unixsocket", "x"},
      {"supervised", "systemd"},
      {"daemonize", "yes"},
      {"tcp-backlog", "1"},
      {"logfile", "x"},
      {"cluster-enabled", "yes"},
      {"enable-debug-command", "yes"},
      {"latency-tracking-info-percentiles", "50 a"},
      {"latency-tracking-info-percentiles", "50 101"},
      {"latency-tracking-info-percentiles", "50  99"},
      {"latency-tracking-info-percentiles", "50 99.55555"},
      {"latency-tracking-info-percentiles", ""},
      {"client-output-buffer-limit", "normal 1 2"},
      {"client-output-buffer-limit", "foo 1 2 3"},
      {"client-output-buffer-limit", "normal 1 2 x"},
      {"client-output-buffer-limit", "normal 1 2 -3"},
      {"client-output-buffer-limit", "NORMAL 1mb 2kb 3 replica 1 1 1"},
      {"hz", "1000"},
      {"hz", "0"},
      {"hz", "-1"},
      {"hz", "x"},
      {"maxclients", "0"},
      {"slowlog-max-len", "-1"},
      {"slowlog-log-slower-than", "-2"},
      {"slowlog-log-slower-than", "-1"},
      {"latency-monitor-threshold", "-1"},
      {"latency-tracking", "maybe"},
      {"latency-tracking", "NO"},
      {"tcp-keepalive", "-1"},
      {"maxmemory", "1kb", "hz", "x"},
      {"requirepass", ""},
      {"notify-keyspace-events", "KEA"},  {"notify-keyspace-events", "mnKg$"}, {"notify-keyspace-events", "q"},
      {"protected-mode", "no"},
      {"protected-mode", "yes"},
      {"protected-mode", "maybe"},
      {"hash-max-listpack-entries", "7"},
      {"hash-max-ziplist-entries", "-1"},
      {"hash-max-ziplist-entries", "8"},
      {"hash-max-listpack-value", "1kb"},
      {"hash-max-ziplist-value", "x"},
      {"list-max-listpack-size", "-5"},
      {"list-max-ziplist-size", "128"},
      {"list-max-listpack-size", "2147483648"},
      {"list-compress-depth", "0"},
      {"set-max-intset-entries", "9223372036854775807"},
      {"zset-max-listpack-entries", "1kb"},
      {"zset-max-ziplist-entries", "0"},
      {"zset-max-listpack-value", "-1"},
      {"stream-node-max-bytes", "8kb"},
      {"stream-node-max-entries", "-1"},
  };
  for (const auto& request : requests) {
    EXPECT_EQ(here(request), there(request)) << testing::PrintToString(request);
    for (size_t i = 0; i < request.size(); i += 2) {
      const Option* option = options.find(request[i]);
      // Where the server runs from differs, and so do the facts of each process.
      if (option == nullptr || (option->flags & (kImmutable | kProtected)) != 0) continue;
      if (option->kind == OptionKind::kOnly && option->only == "yes") continue;
      EXPECT_EQ(options.get(*option), value_there(request[i])) << request[i];
    }
  }
}

TEST_F(OptionOracle, DefaultsAreRedisUnlessThereIsAReason) {
  for (const Option& option : option_rows()) {
    const std::string name(option.name);
    if (ask({"CONFIG", "GET", name}) == "*0\r\n") continue;  // ours
    // What the test's server was started with, and what differs by decision: loopback only, freeing outside locks,
    // DEBUG for this machine.
    const bool differs = name == "unixsocket" || name == "port" || name == "dir" || name == "bind" ||
                         name == "enable-debug-command" || name == "unixsocketperm" ||
                         name.starts_with("lazyfree-");
    if (differs) continue;
    EXPECT_EQ(options.get(option), value_there(name)) << name;
  }
}

}  // namespace
}  // namespace corral::config
