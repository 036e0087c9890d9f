// One worker: its loop, its connections, and what a turn does.
// Threading: everything on the worker's thread but deliver(), adopt(), stop() and start().
// See: README.md of this folder, "Turn".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "server/dispatch/dispatcher.h"
#include "server/dispatch/housekeeping.h"
#include "server/net/connection.h"
#include "server/net/pipeline.h"
#include "server/runtime/loop.h"
#include "server/runtime/mailbox.h"

namespace corral::net {

/// A socket on its way to the worker that will own it.
struct NewConnection {
  int fd = -1;
  std::string address;
  std::string local_address;
  bool unix_socket = false;
};

class Worker final : public runtime::TurnHandler, public dispatch::MessagePort {
 public:
  static constexpr size_t kReadArenaBytes = 256 * 1024;
  static constexpr size_t kReadAtOnce = 16 * 1024;  // per connection and turn, as Redis

  Worker(dispatch::Services& services, metrics::WorkerStats& stats, uint32_t index, uint64_t seed,
         std::vector<std::unique_ptr<Worker>>& peers);
  ~Worker();

  void start(int pin_to_cpu);  ///< -1: not pinned
  void stop();                 ///< any thread; then join()
  void join();

  /// Messages from a thread that is no worker; any thread.
  void deliver(std::vector<dispatch::Message>& messages);
  /// Hands over an accepted socket; any thread.
  void adopt(NewConnection connection);
  runtime::Loop& loop() { return loop_; }
  /// Worker 0 only, on its thread: the listener turned a client away.
  void count_rejected() { stats_.rejected_connections.add(); }
  /// Called on the worker's thread when the loop stops, before its connections close.
  void set_on_stop(std::function<void()> hook) { on_stop_ = std::move(hook); }

  // MessagePort: collected now, posted at the end of the turn.
  void post(uint32_t worker, dispatch::Message message) override;

 private:
  void turn() override;
  void stopping() override;

  void open(NewConnection incoming);
  void receive_messages();
  void handle(dispatch::Message& message);
  static bool takes_locks(const dispatch::Message& message);
  void resume_script();
  void release(Connection& connection);
  void release_resumed();
  void on_ready(Connection& connection, int status, int events);
  void serve_ready();
  void serve(Connection& connection);
  enum class Input : uint8_t { kNothing, kArena, kTail };
  Input read_input(Connection& connection, protocol::Bytes& input);
  ssize_t receive(Connection& connection, char* into, size_t room);
  void ingest(Connection& connection, protocol::Bytes input, Input where);
  void send_dirty();
  void send(Connection& connection);
  bool over_output_limit(Connection& connection);
  void watch_events(Connection& connection, int events);
  void close(Connection& connection);
  void publish(Connection& connection);
  void recount(Connection& connection, uint64_t held);
  void publish_replies(const Connection& connection);
  void flush_outgoing();
  void tick();
  void check_idle_clients();
  bool keep_house(bool requests_wait, uint64_t now);
  int64_t milliseconds_to_next_turn(bool more_work);
  int64_t microseconds(uint64_t cycles) const {
    return static_cast<int64_t>(static_cast<double>(static_cast<int64_t>(cycles)) * us_per_cycle_);
  }

  dispatch::Services& services_;
  metrics::WorkerStats& stats_;
  uint32_t index_;
  std::vector<std::unique_ptr<Worker>>& peers_;
  runtime::Loop loop_;
  dispatch::WorkerState state_;
  dispatch::Dispatcher dispatcher_;
  dispatch::Housekeeper housekeeper_;
  Pipeline pipeline_;

  runtime::Mailbox<dispatch::Message> mailbox_;
  runtime::Mailbox<NewConnection> arrivals_;
  std::vector<dispatch::Message> inbox_;
  std::vector<dispatch::Message> postponed_;  // until no script is in the way, as the next
  std::vector<uint64_t> closing_;             // clients
  std::vector<std::vector<dispatch::Message>> outgoing_;  // by worker

  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> ready_;
  std::vector<Connection*> serving_;
  std::vector<Connection*> again_;  // input left over: served in the next turn without waiting for the socket
  std::unique_ptr<char[]> read_arena_;
  size_t read_used_ = 0;
  std::function<void()> on_stop_;
  int64_t last_tick_ms_ = 0;
  int64_t housekeeping_credit_us_ = 0;
  uint64_t last_turn_end_ = 0;   // cycles
  double us_per_cycle_ = 0;
  bool posted_ = false;          // something lies in outgoing_
  int busy_turns_ = 0;  // with housekeeping left over
  uint64_t last_commands_ = 0, last_input_ = 0, last_output_ = 0;
  std::thread thread_;
};

}  // namespace corral::net
