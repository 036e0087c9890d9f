// From a host's name to its addresses, without holding up the loop.
// Threading: the origin thread only; libuv's pool does the waiting.
// See: README.md of this folder, "Deadlines, Connections".
#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/origin/origin_loop.h"

namespace corral::origin {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
  std::string text() const;  ///< "127.0.0.1", "::1"
};

/// One question. Destroying it takes the question back.
class NameLookup {
 public:
  /// At most 16 addresses, in the order to try them; or none, and why.
  using Done = std::function<void(std::vector<Address> addresses, std::string error)>;

  /// `done` never comes inside of the constructor.
  NameLookup(OriginLoop& loop, const std::string& host, uint16_t port, Done done);
  ~NameLookup();
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace corral::origin
