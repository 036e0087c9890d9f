// Sends seeded random programs to redis-server and to a server under test, and compares all replies.
// Threading: one thread; the servers are processes of their own.
// See: README.md of this folder, "Running".
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/number.h"
#include "tests/differential/generator.h"
#include "tests/differential/runner.h"
#include "tests/differential/shrinker.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace {

using namespace corral;

constexpr uint64_t kCommands = 60'000;
constexpr uint64_t kCommandsLong = 1'000'000;
constexpr size_t kProgramCommands = 250;

struct Options {
  uint64_t commands = kCommands;
  uint64_t seed = 1;
  uint64_t disagreements = 1;  // so many different ones end the run
  std::string server;
  std::vector<std::string> without;
  bool is_self_check = false;
};

[[noreturn]] void usage(const std::string& problem) {
  std::fprintf(stderr,
               "%s\nusage: differential_test [--commands N] [--seed S] [--server PROGRAM | --self-check]\n"
               "         [--disagreements N] [--without COMMAND]...\n",
               problem.c_str());
  std::exit(2);
}

uint64_t number(std::string_view text) {
  const auto value = protocol::parse_int64(text);
  if (!value || *value < 0) usage("not a number: " + std::string(text));
  return static_cast<uint64_t>(*value);
}

Options parse(const std::vector<std::string>& words) {
  Options options;
  if (const char* is_long = std::getenv("CORRAL_LONG");
      is_long != nullptr && std::string_view(is_long) == "1") {
    options.commands = kCommandsLong;
  }
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--self-check") {
      options.is_self_check = true;
      continue;
    }
    if (i + 1 == words.size()) usage("what to do with " + words[i] + "?");
    const std::string& value = words[++i];
    if (words[i - 1] == "--commands") {
      options.commands = number(value);
    } else if (words[i - 1] == "--seed") {
      options.seed = number(value);
    } else if (words[i - 1] == "--disagreements") {
      options.disagreements = number(value);
    } else if (words[i - 1] == "--server") {
      options.server = value;
    } else if (words[i - 1] == "--without") {
      options.without.push_back(value);
    } else {
      usage("what is " + words[i - 1] + "?");
    }
  }
  return options;
}

void print_counts(const differential::Runner& runner) {
  uint64_t errors = 0;
  for (const auto& [verb, counts] : runner.counts()) {
    errors += counts.errors;
    if (counts.sent >= 20) {
      std::printf("  %-24s %8llu sent, %7llu errors\n", differential::describe({verb.substr(0, 24)}).c_str(),
                  static_cast<unsigned long long>(counts.sent),
                  static_cast<unsigned long long>(counts.errors));
    }
  }
  std::printf("%llu commands, %llu of them answered by an error\n", static_cast<unsigned long long>(runner.sent()),
              static_cast<unsigned long long>(errors));
}

void print(const differential::Shrunk& shrunk, size_t number_of_it) {
  std::printf("\ndisagreement %zu%s, on %s\n%s  oracle: %s\n  tested: %s\n", number_of_it,
              shrunk.is_reproducible ? "" : " (NOT seen again when run again; whole program)",
              differential::describe(shrunk.disagreement.command).c_str(),
              differential::describe(shrunk.program).c_str(), shrunk.disagreement.oracle.c_str(),
              shrunk.disagreement.tested.c_str());
  std::fflush(stdout);
}

/// The number of different disagreements found.
size_t compare(const Options& options, const std::string& oracle_socket, const std::string& tested_socket) {
  differential::Runner runner(oracle_socket, tested_socket);
  differential::Generator generator(options.seed, options.without);
  std::set<std::string> signatures;  // of disagreements as found
  std::set<std::string> shown;       // of shrunk ones
  while (runner.sent() < options.commands) {
    const differential::Program program = generator.make_program(kProgramCommands);
    runner.count(true);
    const auto found = runner.run(program);
    runner.count(false);
    if (!found || signatures.contains(found->signature())) continue;
    const differential::Shrunk shrunk = differential::shrink(runner, program, *found);
    signatures.insert(found->signature());
    // Shrinking may end at another form of one that was shown before.
    if (!shown.insert(shrunk.disagreement.signature()).second) continue;
    print(shrunk, shown.size());
    if (shown.size() >= options.disagreements) break;
  }
  print_counts(runner);
  return shown.size();
}

size_t run(const Options& options) {
  test_support::RedisServer oracle;
  if (options.is_self_check) {
    test_support::RedisServer second;
    return compare(options, oracle.socket_path(), second.socket_path());
  }
  test_support::ServerProcess server(options.server.empty() ? test_support::ServerProcess::corral_program()
                                                            : options.server);
  try {
    return compare(options, oracle.socket_path(), server.socket_path());
  } catch (const std::runtime_error& error) {
    std::printf("%s; the server's output:\n%s\n", error.what(), server.output().c_str());
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse({argv + 1, argv + argc});
  std::printf("seed %llu, %llu commands\n", static_cast<unsigned long long>(options.seed),
              static_cast<unsigned long long>(options.commands));
  std::fflush(stdout);
  try {
    const size_t found = run(options);
    std::printf("%zu disagreements\n", found);
    return found == 0 ? 0 : 1;
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
