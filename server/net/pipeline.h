// The whole-loop batch: requests of all ready connections in one array, prefetched in groups, executed in order.
// Threading: one per worker.
// See: README.md of this folder, "Batch".
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "server/dispatch/dispatcher.h"
#include "server/net/connection.h"

namespace corral::net {

class Pipeline {
 public:
  /// So many requests are parsed and prefetched before they are executed.
  static constexpr size_t kGroup = 32;
  static constexpr size_t kOutputArenaBytes = 256 * 1024;

  explicit Pipeline(dispatch::Dispatcher& dispatcher);

  /// Parses all whole requests of `input`; executes groups as they fill. Returns how many bytes were used up. Views into
  /// `input` stay in use until run() returns.
  size_t ingest(Connection& connection, protocol::Bytes input, const protocol::ParseLimits& limits);
  /// Executes what is left of the batch.
  void run() {
    if (count_ > 0) run_group();
  }
  /// Ends the loan of output memory: call before output is sent.
  void settle_output();
  /// All lent output memory was sent or copied: it may be used again.
  void reset_output() { output_cursor_ = output_.get(); }
  /// Connections that got output or must be closed, in no order; the worker empties it.
  std::vector<Connection*>& dirty() { return dirty_; }
  void mark_dirty(Connection& connection) {
    if (connection.in_dirty) return;
    connection.in_dirty = true;
    dirty_.push_back(&connection);
  }

 private:
  struct alignas(64) Item {  // two lines: found by a shift
    Connection* connection;
    dispatch::Request request;  // without a session: a protocol error, parser.error() is the reply
    const char* begin;  // of the request's bytes
    const char* end;
    size_t first_argument;
  };
  void add(Connection& connection, const char* begin, const char* end, size_t first_argument);
  void hold(Connection& connection, const char* from);
  void add_error(Connection& connection);
  void bind_arguments();
  void execute(Item& item);
  void answer_error(Connection& connection);
  void switch_output(Connection& connection);
  void run_group();

  dispatch::Dispatcher& dispatcher_;
  std::vector<protocol::Bytes> arguments_;
  std::array<Item, kGroup> items_;  // of which `count_` wait
  size_t count_ = 0;
  std::vector<Connection*> dirty_;
  std::unique_ptr<char[]> output_;
  char* output_cursor_;
  char* output_end_;
  Connection* lent_to_ = nullptr;
};

}  // namespace corral::net
