// One Redis server, or a cluster entered by it, as an endpoint.
// Threading: the origin thread only.
// See: README.md of this folder, "Redis".
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
#include "server/origin/redis_connection.h"

namespace corral::origin {

/// Templates that are empty mean GET {0}, SET {0} {value} and DEL {0}.
/// MOVED and ASK are followed to whatever host the server names, with the same user, password and TLS: an origin is trusted with that.
class RedisEndpoint final : public Endpoint, private RedisConnection::Owner {
  struct Private {};

 public:
  using Checked = std::function<void(base::Status)>;

  /// Opens nothing yet. Fails on a wrong template or an unreadable tls-ca. `url` is one of the definition's. The endpoint must
  /// not be destroyed from within an answer.
  static base::Result<std::unique_ptr<RedisEndpoint>> make(OriginLoop& loop, const Definition& definition,
                                                           const Url& url, const std::string& password);
  /// The same for `definition.urls[url]`, with the password that the definition names, read now.
  static base::Result<std::unique_ptr<RedisEndpoint>> make(OriginLoop& loop, const Definition& definition,
                                                           size_t url);
  RedisEndpoint(Private, OriginLoop& loop, const Definition& definition, RedisCommands commands,
                RedisSettings settings, LinkTarget target);
  ~RedisEndpoint() override;

  uint64_t start(const Request& request, Done done) override;
  void cancel(uint64_t id) override;
  /// MGET, when the load is a GET.
  bool start_many(const std::vector<Request>& requests, const std::vector<Done>& done) override;

  /// Connects, if need be, and says whether the server lets us in. `done` comes later, once; not at all if the endpoint goes first.
  void check(Checked done);

  size_t connections() const;  ///< to all nodes
  size_t nodes() const { return nodes_.size(); }

 private:
  using CallPointer = RedisConnection::CallPointer;
  struct Node {
    LinkTarget target;
    std::vector<std::unique_ptr<RedisConnection>> connections;
    std::deque<CallPointer> waiting;
  };
  struct Ticket {
    CallPointer call;
    uint64_t deadline_us = 0;
  };

  void on_ready(RedisConnection& connection) override;
  void on_replied(const CallPointer& call) override;
  void on_room() override;
  void on_broken(RedisConnection& connection, const Answer& first, const Answer& others,
                 std::vector<CallPointer> unfinished) override;

  RedisMember new_member(RedisMember member, const Request& request, Done done);
  void enter(const CallPointer& call);
  void enter_failed(Done done, const Request& request, Answer answer);
  void again(RedisMember member, RedisCall call, size_t node, int hops);
  void replied_many(RedisCall& call);
  void split(RedisCall& call, int hops);
  void redirected(const CallPointer& call, const RedisRedirect& redirect);
  size_t node_of(const RedisRedirect& redirect, size_t asked);
  void pump_soon();
  void pump();
  void pump_node(size_t index);
  bool make_room(Node& node);
  void open_one(size_t index);
  void expired(uint64_t id);
  bool take_ticket(RedisMember& member);
  RedisMember* take_member(uint64_t id, CallPointer& call);
  void answer(RedisMember& member, Answer answer);
  void fail(RedisCall& call, const Answer& answer);
  void answer_checks(const base::Status& status);
  void close_idle();

  OriginLoop& loop_;
  const std::string name_;
  const size_t least_, most_;
  const int64_t timeout_ms_;
  const RedisCommands commands_;
  const RedisSettings settings_;
  std::vector<std::unique_ptr<Node>> nodes_;  // the first is the one that is configured
  std::vector<uint16_t> slots_;               // which node has a slot; empty: no cluster, as far as we know
  std::vector<std::unique_ptr<RedisConnection>> gone_;  // destroyed in the next turn
  std::unordered_map<uint64_t, Ticket> tickets_;        // of members that are live
  std::vector<Checked> checks_;
  uint64_t last_id_ = 0;
  bool pumping_ = false;
  Deadlines deadlines_;
  Timer idle_timer_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace corral::origin
