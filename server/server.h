// The server: parts, workers, listening sockets; starts them and stops them in reverse order.
// Threading: one object, used by the main thread; request_stop() from any thread.
// See: README.md of this folder.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "server/base/result.h"
#include "server/loading/origin_thread.h"
#include "server/net/listener.h"
#include "server/net/worker.h"
#include "server/origin/definition.h"
#include "server/parts.h"

namespace corral {

class Server {
 public:
  /// Not yet usable: see create().
  Server();
  /// Reads the configuration (`[FILE] [--name value]…`), builds everything and binds the sockets. The error is one line for
  /// the person who started us.
  static base::Result<std::unique_ptr<Server>> create(std::span<const char* const> arguments);
  ~Server();

  /// Serves until SIGTERM, SIGINT or SHUTDOWN; returns the exit status.
  int run();

 private:
  base::Status declare_user(config::Words words);
  base::Status load_users();
  base::Status connect_origins(uint64_t seed);
  base::Status configure(std::span<const char* const> arguments);
  base::Status build();
  void announce() const;
  void notify_systemd(const char* state) const;

  base::SystemClock clock_;
  config::Settings settings_;
  config::OptionTable options_;
  std::vector<stampede::Policy> policies_;
  std::vector<origin::Definition> origins_;
  std::vector<std::vector<std::string>> users_;  // `user` lines of the configuration
  std::unique_ptr<base::Log> log_;
  std::unique_ptr<Parts> parts_;
  std::vector<std::unique_ptr<net::Worker>> workers_;
  std::unique_ptr<net::Listener> listener_;
  std::unique_ptr<loading::OriginThread> loader_;  // talks to the workers until it has stopped
};

}  // namespace corral
