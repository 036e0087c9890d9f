// The program: command line to Server::run.
// Threading: the main thread waits for signals.
// See: server.h.
#include <cstdio>
#include <cstring>
#include <span>

#include "protocol/redis_version.h"
#include "server/config/option_table.h"
#include "server/server.h"

namespace {

constexpr const char* kUsage =
    "usage: corral-server [CONFIG-FILE] [--NAME VALUE]...\n\n"
    "A cache server that speaks the Redis protocol and protects origins from stampedes.\n"
    "Options are redis.conf's names; a policy line protects keys:\n"
    "  corral-server --port 6379 --policy cache match 'cache:*' stale 30s\n\n";

}  // namespace

int main(int argc, char** argv) {
  const std::span<char* const> all(argv + 1, static_cast<size_t>(argc > 0 ? argc - 1 : 0));
  if (all.size() == 1 && (std::strcmp(all[0], "--version") == 0 || std::strcmp(all[0], "-v") == 0)) {
    std::printf("Corral server v=" CORRAL_VERSION " (Redis %s protocol and commands)\n",
                corral::protocol::kRedisVersion.data());
    return 0;
  }
  if (all.size() == 1 && (std::strcmp(all[0], "--help") == 0 || std::strcmp(all[0], "-h") == 0)) {
    std::fputs(kUsage, stdout);
    std::fputs(corral::config::option_help().c_str(), stdout);
    return 0;
  }
  auto server = corral::Server::create(std::span<const char* const>(all.data(), all.size()));
  if (!server) {
    std::fprintf(stderr, "corral-server: %s\n", server.error().c_str());
    return 1;
  }
  return server.value()->run();
}
