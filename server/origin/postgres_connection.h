// One connection to PostgreSQL in pipeline mode.
// Threading: the origin thread only.
// See: README.md of this folder, "PostgreSQL"; PostgreSQL's manual, "Pipeline Mode".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/origin/name_lookup.h"
#include "server/origin/origin_loop.h"
#include "server/origin/postgres_call.h"

struct pg_conn;

namespace corral::origin {

/// What every connection of an endpoint has in common.
struct PostgresSettings {
  std::string host;  ///< a name, an address or, with a slash in front, a socket's folder
  uint16_t port = 5432;
  std::vector<std::pair<std::string, std::string>>
      words;  ///< libpq's connection words, without host and port
  PostgresStatements statements;
  int64_t connect_timeout_ms = 0;
  int64_t statement_timeout_ms = 0;
  size_t most_value_bytes = 0;
};

class PostgresConnection {
 public:
  using CallPointer = std::shared_ptr<PostgresCall>;
  enum class Life : uint8_t { kConnecting, kReady, kBroken };

  /// Told from within events of the loop. None of them may destroy the connection.
  class Owner {
   public:
    virtual void on_ready(PostgresConnection& connection) = 0;
    /// The call has its answers. Also for calls that nobody waits for any more.
    virtual void on_finished(const CallPointer& call) = 0;
    /// A load that a neighbour's error kept from running: it is to be sent again.
    virtual void on_passed_over(const CallPointer& call) = 0;
    /// There may be room for more.
    virtual void on_room() = 0;
    /// No more events come. `unfinished` have their answers, as far as they have been sent.
    virtual void on_broken(PostgresConnection& connection, const Answer& why,
                           std::vector<CallPointer> unfinished) = 0;

   protected:
    ~Owner() = default;
  };

  PostgresConnection(OriginLoop& loop, const PostgresSettings& settings, Owner& owner);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  /// Once, right behind the constructor.
  void open();

  Life life() const { return life_; }
  /// Whether a call may be sent now.
  bool usable() const {
    return life_ == Life::kReady && !late_ && !retired_ && !failed_ && !unsent_ && in_flight_ < kMostInFlight;
  }
  size_t in_flight() const { return in_flight_; }
  bool late() const { return late_; }
  bool was_ready() const { return was_ready_; }
  /// Whether a call of its is still waited for. O(calls).
  bool anybody_waits() const;
  uint64_t idle_since_us() const { return idle_since_us_; }

  /// Puts it into the pipeline. Loads sent before the next seal() share one transaction. usable() is required.
  void send(const CallPointer& call);
  /// Ends the transaction of what has been sent, and sends it.
  void seal();
  /// A call was not answered in time: nothing more is sent until all results have come, and if they do not within
  /// `patience_ms`, the connection ends.
  void doubt(int64_t patience_ms);
  /// No more calls; it ends when the last one has its answer.
  void retire();

  /// What the server said when it was asked to prepare the statement, empty: it did.
  const std::string& prepare_error(StatementKind kind) const {
    return prepared_[static_cast<size_t>(kind)].error;
  }

 private:
  static constexpr size_t kMostInFlight = 64;

  struct Prepared {
    std::string error;
    std::string sql_state;
    uint64_t failed_at_us = 0;
    std::vector<uint32_t> types;  // of the parameters
  };
  // What lies between two Syncs.
  struct Segment {
    enum class Kind : uint8_t { kSession, kPrepare, kCalls };
    Kind kind = Kind::kCalls;
    StatementKind statement = StatementKind::kLoad;
    std::vector<CallPointer> calls;
    size_t queries = 0;  // results to come
    size_t at = 0;       // results that have come
    bool seen = false;   // something of result `at` has come
    bool sealed = false;
  };
  struct Close {
    void operator()(pg_conn* connection) const;
  };

  void connect(const std::vector<Address>& addresses);
  void connect_step(int wanted);
  void connected();
  void prepare_all();
  void ready_io(int status, int events);
  bool flush();
  void read_soon();
  bool read_results();
  void take_result(const pg_result* result);
  void take_prepare(Segment& segment, const pg_result* result);
  void take_call(PostgresCall& call, const pg_result* result);
  void end_segment();
  base::Status send_query(const PostgresCall& call);
  bool refused(const CallPointer& call);
  void fail_soon();
  void settle();
  void timer_fired();
  void fail_connecting(std::string message);
  void break_down(Answer why);

  OriginLoop& loop_;
  const PostgresSettings& settings_;
  Owner& owner_;
  Life life_ = Life::kConnecting;
  std::unique_ptr<pg_conn, Close> connection_;
  std::unique_ptr<Poll> poll_;  // before the connection it must go: the descriptor is libpq's
  std::optional<NameLookup> lookup_;
  Timer timer_;  // of connecting, then of doubt
  std::array<Prepared, kStatementKinds> prepared_;
  std::deque<Segment> segments_;
  size_t in_flight_ = 0;
  uint64_t idle_since_us_ = 0;
  bool was_ready_ = false;
  bool late_ = false;
  bool retired_ = false;
  bool unsent_ = false;  // the socket did not take everything
  bool failed_ = false;  // while sending; the next turn ends it
  int watched_ = 0;
  size_t sent_bytes_ = 0;      // of parameters, since the last Sync
  std::string session_error_;  // of what every connection is set to
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace corral::origin
