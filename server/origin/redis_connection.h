// One connection to a Redis server: commands out, replies counted back in.
// Threading: the origin thread only.
// See: README.md of this folder, "Redis".
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_reader.h"
#include "server/origin/origin_loop.h"
#include "server/origin/redis_call.h"
#include "server/origin/socket_link.h"

namespace corral::origin {

/// What the connections of an endpoint have in common.
struct RedisSettings {
  std::string user, password;  ///< password empty: no AUTH
  int64_t database = 0;
  int64_t connect_timeout_ms = 0;
  size_t most_value_bytes = 0;
};

class RedisConnection final : private SocketLink::Owner {
 public:
  using CallPointer = std::shared_ptr<RedisCall>;
  enum class Life : uint8_t { kConnecting, kReady, kBroken };

  /// Told from within events of the loop; none of them may destroy the connection.
  class Owner {
   public:
    virtual void on_ready(RedisConnection& connection) = 0;
    /// All replies of a call are in it.
    virtual void on_replied(const CallPointer& call) = 0;
    virtual void on_room() = 0;
    /// No more events come. `first` is for the call whose reply was being read, `others` for those behind it.
    virtual void on_broken(RedisConnection& connection, const Answer& first, const Answer& others,
                           std::vector<CallPointer> unfinished) = 0;

   protected:
    ~Owner() = default;
  };

  RedisConnection(OriginLoop& loop, const RedisSettings& settings, const LinkTarget& target, size_t node,
                  Owner& owner);
  ~RedisConnection();

  void open();
  Life life() const { return life_; }
  bool was_ready() const { return was_ready_; }
  size_t node() const { return node_; }
  size_t in_flight() const { return sent_.size(); }
  bool late() const { return late_; }
  uint64_t idle_since_us() const { return idle_since_us_; }
  bool usable() const;
  bool anybody_waits() const;

  /// usable() is required. Goes out with flush().
  void send(const CallPointer& call);
  void flush() { link_.flush(); }
  /// As PostgresConnection::doubt().
  void doubt(int64_t patience_ms);
  void retire();

 private:
  void on_open() override;
  void on_bytes(std::string_view bytes) override;
  void on_closed(const std::string& reason, bool timed_out) override;

  void take(protocol::Reply reply);
  void take_handshake(const protocol::Reply& reply);
  void become_ready();
  void break_down(Answer first, Answer others);
  void spoil(const std::string& reason, Result first);
  size_t most_reply_bytes() const;

  OriginLoop& loop_;
  const RedisSettings& settings_;
  const size_t node_;
  Owner& owner_;
  Life life_ = Life::kConnecting;
  SocketLink link_;
  protocol::ReplyReader reader_;
  Timer timer_;                        // of the handshake, then of doubt
  std::deque<std::string> handshake_;  // names of the commands whose replies are to come
  std::deque<CallPointer> sent_;
  size_t reply_bytes_ = 0;  // of the reply that is not whole yet
  uint64_t idle_since_us_ = 0;
  bool was_ready_ = false;
  bool late_ = false;
  bool retired_ = false;
};

}  // namespace corral::origin
