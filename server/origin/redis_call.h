// One request to a Redis server on its way, or several loads in one command.
// Threading: the origin thread only.
// See: README.md of this folder, "Redis".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/reply_reader.h"
#include "server/base/result.h"
#include "server/origin/attempt.h"
#include "server/origin/definition.h"
#include "server/origin/redis_answer.h"
#include "server/origin/redis_template.h"

namespace corral::origin {

class RedisConnection;

/// Who waits for an answer.
struct RedisMember {
  uint64_t id = 0;
  uint64_t deadline_us = 0;
  bool live = true;  ///< false once it has been answered, cancelled or has run out of time
  RedisWords load;   ///< a load's command
  Endpoint::Done done;
};

struct RedisCall {
  enum class Kind : uint8_t { kLoad, kHash, kLoadMany, kWrite };

  Kind kind = Kind::kLoad;
  std::vector<RedisMember> members;
  std::vector<RedisWords> commands;  ///< one reply each
  std::string key;                   ///< by which a cluster finds the node
  bool transaction = false;          ///< the commands are MULTI … EXEC
  bool asking = false;               ///< sent to where a slot is moving to
  int hops = 0;                      ///< redirections followed
  RedisConnection* connection = nullptr;
  size_t node = 0;
  std::vector<protocol::Reply> replies;
  std::optional<Answer> failure;  ///< was never sent

  bool writes() const { return kind == Kind::kWrite; }
  bool live() const;
  /// As it goes to the server, and how many replies come.
  std::string wire() const;
  size_t replies_due() const;
  /// The first error that sends the call elsewhere, when all replies are there.
  std::optional<RedisRedirect> redirect() const;
};

/// What one origin asks: its templates, and what they come to for a request.
class RedisCommands {
 public:
  static base::Result<RedisCommands> make(const Definition& definition);

  /// Without members' ids and answers. The error is for good.
  base::Result<RedisCall> call(const Request& request) const;
  bool can_load_many() const { return plain_get_; }
  /// MGET for these, which are loads of call() with one member each.
  static RedisCall load_many(std::vector<RedisMember> members);
  /// One load alone: as call() makes it.
  RedisCall load(RedisMember member) const;
  /// The load again, of a key that holds no string.
  static RedisCall hash(RedisMember member);

  /// The answer of a kLoad, kHash or kWrite whose replies are there. Nothing: the key may hold a hash, ask for that.
  std::optional<Answer> answer(RedisCall& call, size_t most_bytes) const;

 private:
  RedisCommands(RedisTemplate load, RedisTemplate store, RedisTemplate remove);

  base::Result<RedisCall> write(const Request& request) const;

  RedisTemplate load_, store_, remove_;
  bool plain_get_ = false;  // a key that holds a hash is loaded by HGETALL
  bool life_ = false;       // PTTL says how long the value lives
  bool pairs_ = false;
  bool plain_set_ = false;  // SET key {value}: a hash goes another way
  bool adds_expiry_ = false;
};

}  // namespace corral::origin
