// What a Redis server's replies mean for an attempt.
// Threading: pure functions.
// See: README.md of this folder, "Redis".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/reply_reader.h"
#include "server/origin/attempt.h"

namespace corral::origin {

/// "MOVED 3999 127.0.0.1:6381" or "ASK …".
struct RedisRedirect {
  bool ask = false;
  uint16_t slot = 0;
  std::string host;  ///< empty: the one that was asked
  uint16_t port = 0;
};

bool is_error(const protocol::Reply& reply);
/// The first word of an error: "WRONGTYPE".
std::string_view error_code(const protocol::Reply& reply);
std::optional<RedisRedirect> redirect_of(const protocol::Reply& reply);

/// The failure an error reply stands for. Its text is quoted only as far as it is the server's own.
Answer failure_of_redis_error(const protocol::Reply& error);

/// The value in a load's reply. `pairs`: an array is field, value, field, value … `most_bytes` of a value's parts together.
Answer value_of_reply(protocol::Reply reply, bool pairs, size_t most_bytes);

/// Puts what PTTL answered into the answer to a load.
void add_life(const protocol::Reply& pttl, Answer& answer);

}  // namespace corral::origin
