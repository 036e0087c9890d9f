// One client's socket: bytes in, bytes out, and the session in between.
// Threading: the worker that accepted it, for life.
// See: README.md of this folder, "Connection".
#pragma once

#include <uv.h>

#include <cstdint>
#include <string>

#include "protocol/request_parser.h"
#include "server/session/session.h"

namespace corral::net {

enum class ConnectionState : uint8_t {
  kOpen,
  kClosing,  // output is still being sent, nothing is read any more
  kClosed,   // handle is closing; the object goes when libuv says so
};

class Worker;

/// Plain data and small steps; the worker drives it (worker.cc) and the pipeline executes its requests (pipeline.cc).
struct Connection {
  uv_poll_t poll{};            // poll.data points back at this connection
  Worker* worker = nullptr;
  int fd = -1;
  int events = 0;              // what the poll handle waits for
  ConnectionState state = ConnectionState::kOpen;
  session::Session session;
  protocol::RequestParser parser;

  std::string tail;            // input that is not a whole request yet, or was held back
  const char* input_end = nullptr;  // end of this turn's input, while its requests are being executed
  bool held_back = false;      // CLIENT PAUSE or a blocking command: what is in `tail` must run later
  bool disconnected = false;   // the client went away while nothing was read from it
  bool in_ready = false;       // on the worker's ready list
  bool in_dirty = false;       // on the worker's write list
  bool closing_soon = false;   // close when the output is sent
  uint32_t data_commands = 0;  // of this turn's input, to notice pipelining
  int64_t soft_limit_since_ms = 0;  // output above the soft limit since, 0 = it is not
  uint64_t memory_counted = 0;      // what the budget has of this one
};

}  // namespace corral::net
