// Takes an address apart from left to right.
// Threading: pure functions.
// See: url.h; RFC 3986.
#include "server/origin/url.h"

#include <algorithm>
#include <array>

#include "protocol/number.h"
#include "server/base/nearest_word.h"
#include "server/config/words.h"

namespace corral::origin {
namespace {

using base::Error;
using base::Status;
using config::quoted;

struct Scheme {
  std::string_view name;
  Kind kind;
  bool tls;
  uint16_t port;
};

constexpr Scheme kSchemes[] = {
    {"http", Kind::kHttp, false, 80},           {"https", Kind::kHttp, true, 443},
    {"postgres", Kind::kPostgres, false, 5432}, {"postgresql", Kind::kPostgres, false, 5432},
    {"redis", Kind::kRedis, false, 6379},       {"rediss", Kind::kRedis, true, 6379},
    {"amqp", Kind::kAmqp, false, 5672}};
constexpr size_t kLongest = 2048;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

Status take_scheme(std::string_view& rest, Url& url) {
  const size_t end = rest.find("://");
  if (end == std::string_view::npos) {
    return Error{"is not an address; write one such as http://127.0.0.1:8080"};
  }
  url.scheme = lower_case(rest.substr(0, end));
  rest.remove_prefix(end + 3);
  std::array<std::string_view, std::size(kSchemes)> names;
  std::transform(std::begin(kSchemes), std::end(kSchemes), names.begin(),
                 [](const Scheme& scheme) { return scheme.name; });
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name != url.scheme) continue;
    url.kind = scheme.kind;
    url.tls = scheme.tls;
    url.port = scheme.port;
    return base::Ok{};
  }
  return Error{"begins with an unknown scheme" + base::did_you_mean(url.scheme, names) +
               "; those known are http, https, postgres, redis, rediss and amqp"};
}

Status take_user(std::string_view& authority, Url& url) {
  const size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return base::Ok{};
  const std::string_view user = authority.substr(0, at);
  authority.remove_prefix(at + 1);
  if (user.find(':') != std::string_view::npos) {
    return Error{
        "has a password, and addresses are shown to many; use password-file PATH or password-env NAME"};
  }
  const base::Result<std::string> decoded = percent_decoded(user);
  if (!decoded) return Error{"has a user that " + decoded.error()};
  if (decoded.value().find(':') != std::string::npos) {
    return Error{
        "has a colon in the user, where the password would begin; use password-file PATH or password-env "
        "NAME"};
  }
  url.user = decoded.value();
  return base::Ok{};
}

bool host_byte(char c, bool in_brackets) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  if (in_brackets) return hex_value(c) >= 0 || c == ':' || c == '.';
  return letter || c == '-' || c == '.' || c == '_';
}

Status take_host(std::string_view& authority, Url& url) {
  const bool brackets = authority.starts_with('[');
  const size_t end = brackets ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (end == std::string_view::npos) return Error{"has a [ without its ]"};
  const std::string_view host = authority.substr(brackets ? 1 : 0, end - (brackets ? 1 : 0));
  authority.remove_prefix(end + (brackets ? 1 : 0));
  if (host.empty()) return Error{"names no host"};
  base::Result<std::string> decoded = percent_decoded(host);
  if (!decoded) return Error{"has a host that " + decoded.error()};
  url.host = std::move(decoded.value());
  const bool may_be_socket = url.kind == Kind::kPostgres || (url.kind == Kind::kRedis && !url.tls);
  if (may_be_socket && url.host.starts_with('/')) return base::Ok{};
  for (const char c : url.host) {
    if (!host_byte(c, brackets))
      return Error{"has a host with " + quoted(std::string_view(&c, 1)) + " in it"};
  }
  return base::Ok{};
}

Status take_port(std::string_view text, Url& url) {
  if (text.empty()) return base::Ok{};
  const auto port = protocol::parse_int64(text.substr(1));
  if (text[0] != ':' || !port || *port < 1 || *port > 65'535) {
    return Error{"has the port " + quoted(text.substr(text[0] == ':' ? 1 : 0)) +
                 "; write a number from 1 to 65535"};
  }
  url.port = static_cast<uint16_t>(*port);
  return base::Ok{};
}

Status take_path(std::string_view path, Url& url) {
  if (url.kind == Kind::kHttp) {
    while (path.ends_with('/')) path.remove_suffix(1);
    url.path = path;
    const base::Result<std::string> decoded = percent_decoded(path);
    return decoded ? Status(base::Ok{}) : Error{"has a path that " + decoded.error()};
  }
  if (path.starts_with('/')) path.remove_prefix(1);
  const base::Result<std::string> decoded = percent_decoded(path);
  if (!decoded) return Error{"has a name behind the slash that " + decoded.error()};
  url.path = decoded.value();
  if (url.kind == Kind::kRedis && !url.path.empty()) {
    const auto number = protocol::parse_int64(url.path);
    if (!number || *number < 0 || *number > 1'000'000) {
      return Error{"has " + quoted(url.path) + " behind the slash, where the number of a database belongs"};
    }
  }
  return base::Ok{};
}

Status take_all(std::string_view rest, Url& url) {
  if (Status status = take_scheme(rest, url); !status) return status;
  const size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);
  if (Status status = take_user(authority, url); !status) return status;
  if (Status status = take_host(authority, url); !status) return status;
  if (Status status = take_port(authority, url); !status) return status;
  if (path.find('#') != std::string_view::npos) return Error{"has a # in it, which no server ever sees"};
  if (const size_t mark = path.find('?'); mark != std::string_view::npos) {
    if (url.kind != Kind::kPostgres) {
      return Error{std::string("has a question mark; ") + (url.kind == Kind::kHttp
                                                               ? "a query belongs into the templates"
                                                               : "this scheme has no options")};
    }
    url.query = path.substr(mark + 1);
    path = path.substr(0, mark);
  }
  return take_path(path, url);
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kHttp:
      return "http";
    case Kind::kPostgres:
      return "postgres";
    case Kind::kRedis:
      return "redis";
    case Kind::kAmqp:
      return "amqp";
  }
  return {};
}

std::string Url::authority() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

base::Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
    const int low = high < 0 ? -1 : hex_value(text[at + 2]);
    if (low < 0)
      return Error{"has a % without two hexadecimal digits behind it; a percent sign itself is %25"};
    if (high == 0 && low == 0) return Error{"has a zero byte (%00)"};
    out += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return out;
}

base::Result<Url> parse_url(std::string_view text) {
  if (text.size() > kLongest) return Error{"an address has more than 2048 bytes"};
  Url url;
  url.text = text;
  // Shown back without what may be a password.
  const size_t scheme = text.find("://");
  const size_t at = text.rfind('@');
  const bool hide = scheme != std::string_view::npos && at != std::string_view::npos && at > scheme;
  const std::string shown =
      hide ? std::string(text.substr(0, scheme + 3)) + "***" + std::string(text.substr(at)) : url.text;
  for (const char c : text) {
    if (c <= ' ' || c == 127 || c == '"' || c == '\\')
      return Error{quoted(shown) + " has bytes in it that no address has; write them as %XX"};
  }
  if (Status status = take_all(text, url); !status) return Error{quoted(shown) + " " + status.error()};
  return url;
}

}  // namespace corral::origin
