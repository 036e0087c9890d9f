// CONFIG, INFO, SLOWLOG, LATENCY, LOLWUT, SHUTDOWN and MONITOR beside a real redis-server.
// Threading: one thread, manual clock.
// See: server/commands/README.md.
#include <set>

#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

class ServerOracle : public SideBySide {};
INSTANTIATE_TEST_SUITE_P(Resp, ServerOracle, testing::Values(2, 3));

TEST_P(ServerOracle, Config) {
  same({"CONFIG", "CONFIG foo", "CONFIG GET", "CONFIG GET nosuch", "CONFIG GET MaxMemory", "CONFIG GET maxmemory maxmemory",
        "CONFIG GET SAVE", "CONFIG GET appendonly", "CONFIG SET", "CONFIG SET a", "CONFIG SET nosuch 1", "CONFIG SET \"no\\x00such\" 1",
        "CONFIG SET maxmemory 1 nosuch", "CONFIG SET maxmemory 1mb maxmemory 2mb", "CONFIG SET databases 3",
        "CONFIG SET dir /tmp", "CONFIG SET maxmemory xx", "CONFIG SET timeout 1 hz x", "CONFIG GET timeout",
        "CONFIG SET timeout 7 slowlog-max-len 9", "CONFIG GET timeout", "CONFIG GET slowlog-max-len",
        "CONFIG REWRITE", "CONFIG REWRITE x", "CONFIG RESETSTAT", "CONFIG RESETSTAT x", "CONFIG HELP x"});
}

TEST_P(ServerOracle, Slowlog) {
  same({"CONFIG SET slowlog-log-slower-than -1", "SLOWLOG RESET", "SLOWLOG", "SLOWLOG foo", "SLOWLOG GET", "SLOWLOG GET x",
        "SLOWLOG GET -2", "SLOWLOG GET -1", "SLOWLOG GET 0", "SLOWLOG GET 1 2", "SLOWLOG LEN", "SLOWLOG LEN x",
        "SLOWLOG RESET x", "SLOWLOG HELP x"});
}

TEST_P(ServerOracle, Latency) {
  same({"LATENCY", "LATENCY foo", "LATENCY LATEST", "LATENCY HISTORY", "LATENCY HISTORY x", "LATENCY GRAPH",
        "LATENCY GRAPH x", "LATENCY GRAPH \"x\\x00y\"", "LATENCY RESET", "LATENCY RESET x y", "LATENCY RESET \"\"", "LATENCY DOCTOR x",
        "LATENCY HISTOGRAM nosuch", "LATENCY HISTOGRAM dbsize"});
}

TEST_P(ServerOracle, TheRest) {
  same({"TIME x", "LOLWUT VERSION x", "LOLWUT VERSION 5 x", "LOLWUT VERSION 6 1 x", "SHUTDOWN foo", "SHUTDOWN ABORT",
        "SHUTDOWN NOSAVE SAVE", "SHUTDOWN ABORT NOW", "SHUTDOWN FORCE ABORT", "DEBUG", "MONITOR x", "MULTI",
        "SHUTDOWN NOSAVE", "MONITOR", "DISCARD", "MULTI", "MONITOR", "EXEC"});
}

TEST_P(ServerOracle, SmallSectionsOfInfo) {
  same({"INFO foo", "INFO cluster", "INFO CLUSTER modules", "INFO modules cluster foo", "INFO keyspace", "SET a 1",
        "INFO keyspace"});
  same("CONFIG RESETSTAT");
  same("INFO errorstats");
  same({"GET", "INCRBY a x", "INFO errorstats"});
  same({"CONFIG SET latency-tracking no", "INFO latencystats"});
}

// --- the fields of INFO -------------------------------------------------------------------------------------------

// What a bulk or verbatim reply holds, as lines.
std::vector<std::string> lines_of(std::string_view encoded) {
  protocol::ReplyReader reader;
  reader.feed(encoded);
  const auto reply = reader.next();
  std::vector<std::string> lines;
  if (!reply) return lines;
  std::string_view text = reply->text;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\r\n"), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return lines;
}

std::vector<std::string> names_of(const std::vector<std::string>& lines) {
  std::vector<std::string> names;
  for (const std::string& line : lines) names.push_back(line.substr(0, line.find(':')));
  return names;
}

// Fields of Redis that would say nothing here: no build identification, no forks, no defragmentation, no
// figures about an expiry cycle that does not exist.
const std::set<std::string> kLeftOut = {
    "redis_build_id", "monotonic_clock", "atomicvar_api", "lru_clock", "io_threads_active", "current_cow_peak", "current_cow_size", "current_cow_size_age", "current_fork_perc",
    "current_save_keys_processed", "current_save_keys_total", "expired_stale_perc", "expired_time_cap_reached_count",
    "expire_cycle_cpu_milliseconds", "total_eviction_exceeded_time", "current_eviction_exceeded_time",
    "total_active_defrag_time", "current_active_defrag_time", "reply_buffer_shrinks", "reply_buffer_expands",
    "used_cpu_sys_main_thread", "used_cpu_user_main_thread"};
// Names of later versions of Redis, or of its relatives, and our version.
const std::set<std::string> kAdded = {"server_name", "corral_version", "pubsub_clients", "watching_clients",
                                      "total_watched_keys", "client_query_buffer_limit_disconnections",
                                      "client_output_buffer_limit_disconnections"};

TEST_P(ServerOracle, FieldsOfInfoStandInRedisOrder) {
  const std::string sections = "INFO server clients memory persistence stats replication cpu modules cluster keyspace";
  std::vector<std::string> here = names_of(lines_of(ours.run(sections)));
  std::vector<std::string> there = names_of(lines_of(theirs(sections)));
  ASSERT_GT(there.size(), 100u);
  std::erase_if(here, [](const std::string& name) { return kAdded.contains(name); });
  std::erase_if(there, [](const std::string& name) { return kLeftOut.contains(name); });
  EXPECT_EQ(here, there);
}

TEST_P(ServerOracle, SectionsThatCountHaveRedisShape) {
  // Digits differ; everything else is the same.
  const auto shape = [](std::vector<std::string> lines) {
    for (std::string& line : lines) {
      std::string out;
      for (const char c : line) {
        if (c >= '0' && c <= '9') {
          if (!out.ends_with('#')) out += '#';
        } else {
          out += c;
        }
      }
      line = out;
    }
    return lines;
  };
  for (const std::string line : {"CONFIG RESETSTAT", "SET a 1", "SET", "INCRBY a x"}) same(line);
  for (const std::string line : {"INFO commandstats", "INFO latencystats"}) {
    auto here = shape(lines_of(ours.run(line)));
    auto there = shape(lines_of(theirs(line)));
    std::ranges::sort(here);
    std::ranges::sort(there);
    EXPECT_EQ(here, there);
  }
}

TEST_P(ServerOracle, InfoByNames) {
  const auto headings = [](const std::vector<std::string>& lines) {
    std::vector<std::string> found;
    for (const std::string& line : lines) {
      const bool is_ours = line.starts_with("# Corral") || line == "# Stampede";
      if (line.starts_with("# ") && !is_ours) found.push_back(line);
    }
    return found;
  };
  for (const std::string line : {"INFO", "INFO default", "INFO all", "INFO everything", "INFO ALL", "INFO keyspace server",
                                 "INFO commandstats default", "INFO nothing cpu"}) {
    EXPECT_EQ(headings(lines_of(ours.run(line))), headings(lines_of(theirs(line)))) << line;
  }
}

}  // namespace
}  // namespace corral::commands
