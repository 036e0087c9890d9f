// The whole server without threads and sockets: clients are objects, time moves only when told to.
// Threading: one thread.
// See: tests/README.md.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/config/option_table.h"
#include "server/dispatch/dispatcher.h"
#include "server/dispatch/housekeeping.h"
#include "server/parts.h"

namespace corral::test_support {

/// One worker, one dispatcher. `TestServer server; EXPECT_EQ(server.run("SET a 1"), "+OK\r\n");`
class TestServer final : public dispatch::MessagePort {
 public:
  static constexpr int64_t kStartMs = 1'700'000'000'000;

  /// `options`: "maxmemory 10mb" …; `policies`: "cache match cache:* stale 30s" …. Throws std::invalid_argument on a wrong one.
  explicit TestServer(const std::vector<std::string>& options = {}, const std::vector<std::string>& policies = {});
  ~TestServer();

  /// A connection. Requests run at once; a read that waits gives no output until it is answered.
  class Client {
   public:
    /// Runs one request, words split at spaces, and returns the output that is ready. While a blocking command of the client
    /// waits, what it sends is kept; it runs in the turn after the wait.
    std::string run(std::string_view line);
    std::string run_words(const std::vector<std::string>& words);
    /// What became ready since.
    std::string take();
    /// As if all lines had come in one read: marks the connection pipelined first.
    std::string pipeline(const std::vector<std::string>& lines);
    /// The socket closes: leases are given back, waiters withdrawn.
    void disconnect();
    session::Session& session() { return session_; }
    bool closed() const { return closed_; }

   private:
    friend class TestServer;
    explicit Client(TestServer& server) : server_(server) {}
    dispatch::After execute(const std::vector<std::string>& words);
    void run_behind();
    TestServer& server_;
    session::Session session_;
    std::deque<std::vector<std::string>> behind_;
    bool closed_ = false;
  };

  Client& client() { return *clients_.front(); }  ///< the first one, made with the server
  Client& connect();
  std::string run(std::string_view line) { return client().run(line); }

  /// Moves time and runs a loop turn: messages, timers, answers, who waits no more, housekeeping.
  void advance_ms(int64_t ms);
  /// A turn without time passing.
  void turn() { advance_ms(0); }

  dispatch::Services& services() { return parts_->services(); }
  dispatch::WorkerState& worker() { return *state_; }
  metrics::WorkerStats& stats() { return parts_->stats(0); }
  int64_t now_ms() const { return clock_.wall_ms(); }

  void post(uint32_t worker, dispatch::Message message) override;

 private:
  void handle(dispatch::Message& message);
  void run_resumed();

  base::ManualClock clock_{kStartMs};
  base::Log log_{clock_, base::LogLevel::kWarning, ""};
  config::Settings settings_;
  config::OptionTable options_{settings_};
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<dispatch::WorkerState> state_;
  std::unique_ptr<dispatch::Dispatcher> dispatcher_;
  std::unique_ptr<dispatch::Housekeeper> housekeeper_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<dispatch::Message> mailbox_;
};

}  // namespace corral::test_support
