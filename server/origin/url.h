// The address of an origin: scheme, host, port and what stands behind them.
// Threading: pure functions.
// See: README.md of this folder, "Definition".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/result.h"

namespace corral::origin {

enum class Kind : uint8_t { kHttp, kPostgres, kRedis, kAmqp };

/// What people call it: "http", "postgres", "redis", "amqp".
std::string_view kind_name(Kind kind);

struct Url {
  Kind kind = Kind::kHttp;
  bool tls = false;    ///< https, rediss
  std::string scheme;  ///< lower case, as written: "postgresql" stays that
  std::string user;    ///< percent-decoded; empty: none
  std::string
      host;  ///< percent-decoded, without the brackets of IPv6; postgres: may be a socket's folder, redis: a socket
  uint16_t port = 0;  ///< the scheme's own when none is written
  /// http: "" or "/base", no slash at the end, still percent-encoded. Others: what is behind the slash, percent-decoded
  /// (name of the database, its number, the virtual host).
  std::string path;
  std::string query;  ///< postgres only: "sslmode=require&…", still percent-encoded
  std::string text;   ///< as it was written; there is never a password in it

  /// "host:port" as it goes into a URL and into log lines.
  std::string authority() const;
  bool operator==(const Url&) const = default;
};

/// Errors say what is wrong and what would be right. A password is refused: addresses are shown. O(n).
base::Result<Url> parse_url(std::string_view text);

/// Undoes %XX; nothing when a percent sign is followed by anything else, or a NUL would come out.
base::Result<std::string> percent_decoded(std::string_view text);

}  // namespace corral::origin
