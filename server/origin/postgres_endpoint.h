// One PostgreSQL server as an endpoint: a few connections, statements prepared on each.
// Threading: the origin thread only.
// See: README.md of this folder, "PostgreSQL".
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/base/result.h"
#include "server/origin/attempt.h"
#include "server/origin/deadlines.h"
#include "server/origin/definition.h"
#include "server/origin/origin_loop.h"
#include "server/origin/postgres_connection.h"

namespace corral::origin {

class PostgresEndpoint final : public Endpoint, private PostgresConnection::Owner {
  struct Private {};

 public:
  using Checked = std::function<void(base::Status)>;

  /// Opens nothing yet; the first call or check() does, and then as many connections as the pool has at least. Fails when the address has words behind its question mark that are not understood. `url` is one of the
  /// definition's. The endpoint must not be destroyed from within an answer.
  static base::Result<std::unique_ptr<PostgresEndpoint>> make(OriginLoop& loop, const Definition& definition,
                                                              const Url& url, const std::string& password);
  /// The same for `definition.urls[url]`, with the password that the definition names, read now.
  static base::Result<std::unique_ptr<PostgresEndpoint>> make(OriginLoop& loop, const Definition& definition,
                                                              size_t url);
  PostgresEndpoint(Private, OriginLoop& loop, const Definition& definition, PostgresSettings settings);
  ~PostgresEndpoint() override;

  uint64_t start(const Request& request, Done done) override;
  void cancel(uint64_t id) override;
  bool start_many(const std::vector<Request>& requests, const std::vector<Done>& done) override;

  /// Connects, if need be, and says whether all statements could be prepared: "origin NAME: store does not prepare: …".
  /// `done` comes later, once; not at all if the endpoint goes first.
  void check(Checked done);

  size_t connections() const { return connections_.size(); }

 private:
  using CallPointer = PostgresConnection::CallPointer;
  struct Ticket {
    CallPointer call;
    uint64_t deadline_us = 0;
  };

  void on_ready(PostgresConnection& connection) override;
  void on_finished(const CallPointer& call) override;
  void on_passed_over(const CallPointer& call) override;
  void on_room() override;
  void on_broken(PostgresConnection& connection, const Answer& why,
                 std::vector<CallPointer> unfinished) override;

  void enter(const CallPointer& call);
  void pump_soon();
  void pump();
  PostgresConnection* pick() const;
  void open_one();
  bool make_room();
  void expired(uint64_t id);
  PostgresMember* take_member(uint64_t id, CallPointer& call);
  void answer_checks(const base::Status& status);
  base::Status check_result(const PostgresConnection& connection) const;
  void close_idle();

  OriginLoop& loop_;
  const std::string name_;
  const size_t least_, most_;
  const PostgresSettings settings_;
  std::vector<std::unique_ptr<PostgresConnection>> connections_;
  std::vector<std::unique_ptr<PostgresConnection>> gone_;  // destroyed in the next turn
  std::deque<CallPointer> waiting_;
  std::unordered_map<uint64_t, Ticket> tickets_;  // of members that are live
  std::vector<Checked> checks_;
  uint64_t last_id_ = 0;
  bool pumping_ = false;
  Deadlines deadlines_;
  Timer idle_timer_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace corral::origin
