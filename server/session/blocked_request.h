// A request that waits until one of its keys has something to give: BLPOP, BZMPOP, XREAD BLOCK, WAIT …
// Threading: constant but for `state`; shared by the owner's session and the queues of the keys it waits for.
// See: server/dispatch/README.md, "Blocking commands".
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/session/client_registry.h"

namespace corral::session {

/// A command with its own copy of the arguments: queued in a transaction, or waiting.
struct QueuedCommand {
  const void* command = nullptr;  // dispatch::Command
  std::string bytes;              // all arguments behind each other
  std::vector<uint32_t> ends;     // end of each argument in `bytes`
};

struct BlockedRequest {
  /// What the client gets when nothing came in time.
  enum class Nothing : uint8_t { kNull, kNullArray, kZero };
  enum State : uint8_t {
    kWaiting,
    kTrying,  // somebody who holds one of its keys runs it right now
    kOver,    // served, timed out or withdrawn: queues drop it when they meet it
  };
  struct WaitedKey {
    std::string key;
    uint64_t hash = 0;
    uint32_t stripe = 0;
  };

  uint64_t ticket = 0;  // order of service: smaller first, server-wide
  uint32_t worker = 0;  // of the connection
  std::shared_ptr<ClientRecord> client;
  int database = 0;
  int resp_version = 2;
  int64_t until_ms = 0;  // 0: for ever
  Nothing nothing = Nothing::kNull;
  bool muted = false;  // by CLIENT REPLY: whatever the answer is, it is not sent
  QueuedCommand call;
  std::vector<WaitedKey> keys;  // each may serve it
  std::atomic<uint8_t> state{kWaiting};
};

}  // namespace corral::session
