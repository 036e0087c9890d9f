// Command line of the light load client: one plain struct, checked once.
// Threading: single-threaded program; the struct is constant after parsing.
// See: bench/README.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace corral::bench {

enum class Mode { kClosedLoop, kPreload, kProbe, kIdle };
enum class Protocol { kResp, kMemcachedMeta, kMemcachedText };
enum class Command { kPing, kGet, kSet, kSetex, kMget10, kDel, kIncr, kMixed };
enum class KeyOrder { kRandom, kSequential };

struct Options {
  Mode mode = Mode::kClosedLoop;
  Protocol protocol = Protocol::kResp;
  Command command = Command::kGet;
  KeyOrder order = KeyOrder::kRandom;
  std::string host = "127.0.0.1";
  std::string unix_path;  // set: used instead of host and port
  uint16_t port = 6379;
  uint32_t connections = 50;
  uint32_t pipeline = 1;      // requests per write
  uint64_t keys = 1'000'000;  // size of the key space
  uint64_t first_key = 0;     // number of the first key of that space
  uint32_t key_bytes = 16;    // whole key, 8..250
  uint32_t value_bytes = 32;  // value of SET; also what GET expects
  uint64_t requests = 0;      // stop after so many, rounded up to whole batches; 0: use seconds
  double seconds = 0;         // stop after so long
  uint64_t seed = 1;
  double rate_per_s = 0;      // open loop only
  uint32_t ttl_s = 3600;      // SETEX
  uint64_t expire_at_ms = 0;  // SET ... PXAT, spread over the span by key number; 0: no expiry
  uint64_t expire_span_ms = 0;
};

// Returns nothing after having written the reason to stderr.
std::optional<Options> parse_options(int argc, char** argv);

// The text printed for --help.
const char* usage();

}  // namespace corral::bench
