// Parsing of the load client's command line: `--name value` pairs and four mode switches.
// Threading: single-threaded program.
// See: bench/load/options.h
#include "bench/load/options.h"

#include <charconv>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace corral::bench {
namespace {

template <typename Number>
bool parse_number(std::string_view text, Number& out) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, out);
  return result.ec == std::errc() && result.ptr == end;
}

bool parse_command(std::string_view text, Command& out) {
  struct Row {
    std::string_view name;
    Command command;
  };
  static constexpr Row kRows[] = {{"ping", Command::kPing},     {"get", Command::kGet},
                                  {"set", Command::kSet},       {"setex", Command::kSetex},
                                  {"mget10", Command::kMget10}, {"del", Command::kDel},
                                  {"incr", Command::kIncr},     {"mixed", Command::kMixed}};
  for (const Row& row : kRows) {
    if (row.name == text) {
      out = row.command;
      return true;
    }
  }
  return false;
}

bool parse_protocol(std::string_view text, Protocol& out) {
  if (text == "resp") {
    out = Protocol::kResp;
  } else if (text == "memcached") {
    out = Protocol::kMemcachedMeta;
  } else if (text == "memcached-text") {
    out = Protocol::kMemcachedText;
  } else {
    return false;
  }
  return true;
}

bool parse_order(std::string_view text, KeyOrder& out) {
  if (text != "random" && text != "sequential") return false;
  out = text == "random" ? KeyOrder::kRandom : KeyOrder::kSequential;
  return true;
}

// False when the name is unknown; `valid` says whether its value was understood.
bool apply(Options& options, std::string_view name, std::string_view value, bool& valid) {
  if (name == "--host") {
    options.host = value;
  } else if (name == "--unix") {
    options.unix_path = value;
  } else if (name == "--port") {
    valid = parse_number(value, options.port);
  } else if (name == "--connections") {
    valid = parse_number(value, options.connections);
  } else if (name == "--pipeline") {
    valid = parse_number(value, options.pipeline);
  } else if (name == "--keys") {
    valid = parse_number(value, options.keys);
  } else if (name == "--first-key") {
    valid = parse_number(value, options.first_key);
  } else if (name == "--key-bytes") {
    valid = parse_number(value, options.key_bytes);
  } else if (name == "--value-bytes") {
    valid = parse_number(value, options.value_bytes);
  } else if (name == "--requests") {
    valid = parse_number(value, options.requests);
  } else if (name == "--seconds") {
    valid = parse_number(value, options.seconds);
  } else if (name == "--seed") {
    valid = parse_number(value, options.seed);
  } else if (name == "--rate") {
    valid = parse_number(value, options.rate_per_s);
  } else if (name == "--ttl") {
    valid = parse_number(value, options.ttl_s);
  } else if (name == "--expire-at-ms") {
    valid = parse_number(value, options.expire_at_ms);
  } else if (name == "--expire-span-ms") {
    valid = parse_number(value, options.expire_span_ms);
  } else if (name == "--command") {
    valid = parse_command(value, options.command);
  } else if (name == "--protocol") {
    valid = parse_protocol(value, options.protocol);
  } else if (name == "--order") {
    valid = parse_order(value, options.order);
  } else if (name == "--idle") {
    options.mode = Mode::kIdle;
    valid = parse_number(value, options.connections);
  } else {
    return false;
  }
  return true;
}

uint64_t largest_number_of_digits(uint32_t digits) {
  uint64_t limit = 1;
  for (uint32_t i = 0; i < digits && i < 12; ++i) limit *= 10;
  return limit - 1;
}

// The combinations that make no sense, as the reason to print; nullptr when all is well.
const char* find_contradiction(const Options& options) {
  const bool memcached = options.protocol != Protocol::kResp;
  if (options.connections == 0 || options.pipeline == 0 || options.keys == 0) {
    return "connections, pipeline and keys must be at least 1";
  }
  if (options.connections > 60'000 || options.pipeline > 100'000) {
    return "at most 60000 connections and 100000 requests per write";
  }
  if (options.keys > UINT32_MAX) return "--keys takes at most 4294967295";
  if (options.key_bytes < 8 || options.key_bytes > 250) return "--key-bytes takes 8 to 250";
  if (options.value_bytes == 0 || options.value_bytes > 1'000'000) return "--value-bytes takes 1 to 1000000";
  if (options.first_key + options.keys - 1 > largest_number_of_digits(options.key_bytes - 4)) {
    return "the key numbers do not fit the key's bytes";
  }
  if (options.command == Command::kMget10 && options.protocol == Protocol::kMemcachedMeta) {
    return "the meta protocol has no multi-key get; use memcached-text";
  }
  if (memcached && options.expire_at_ms != 0) return "--expire-at-ms needs RESP";
  if (options.ttl_s == 0) return "--ttl takes at least 1 second";
  const bool bounded = options.requests != 0 || options.seconds > 0;
  if (options.mode == Mode::kClosedLoop && !bounded) return "give --requests or --seconds";
  if (options.mode == Mode::kProbe && !(options.seconds > 0 && options.rate_per_s > 0)) {
    return "--probe needs --rate and --seconds";
  }
  if (options.mode == Mode::kProbe && options.pipeline != 1) return "--probe sends one request at a time";
  return nullptr;
}

}  // namespace

const char* usage() {
  return "usage: corral-load [--host H] [--port N | --unix PATH] [--connections 50] [--pipeline P]\n"
         "  [--protocol resp|memcached|memcached-text]\n"
         "  [--command ping|get|set|setex|mget10|del|incr|mixed] [--order random|sequential]\n"
         "  [--keys N] [--first-key N] [--key-bytes 16] [--value-bytes 32] [--seed N] [--ttl S]\n"
         "  [--expire-at-ms UNIX_MS --expire-span-ms MS]    SET with PXAT\n"
         "  --requests N | --seconds S                      closed loop, one batch in flight per connection\n"
         "  --preload                                       write every key once (10-digit numbers for "
         "incr)\n"
         "  --probe --rate R --seconds S                    open loop on one connection\n"
         "  --idle N [--seconds S]                          open N connections, PING once, hold\n"
         "Prints one line of JSON; exit status 1 when any reply was an error or wrong.\n";
}

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--preload") {
      options.mode = Mode::kPreload;
      continue;
    }
    if (name == "--probe") {
      options.mode = Mode::kProbe;
      continue;
    }
    if (i + 1 == argc) {
      std::fprintf(stderr, "corral-load: %s is unknown or needs a value\n", argv[i]);
      return std::nullopt;
    }
    bool valid = true;
    if (!apply(options, name, argv[i + 1], valid)) {
      std::fprintf(stderr, "corral-load: unknown option %s\n", argv[i]);
      return std::nullopt;
    }
    if (!valid) {
      std::fprintf(stderr, "corral-load: %s does not take '%s'\n", argv[i], argv[i + 1]);
      return std::nullopt;
    }
    ++i;
  }
  if (const char* reason = find_contradiction(options)) {
    std::fprintf(stderr, "corral-load: %s\n", reason);
    return std::nullopt;
  }
  return options;
}

}  // namespace corral::bench
