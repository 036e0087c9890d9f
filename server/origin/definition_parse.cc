// The words of an origin, one after the other, into a definition.
// Threading: pure functions.
// See: definition.h.
#include <algorithm>
#include <optional>

#include "protocol/bytes.h"
#include "protocol/number.h"
#include "server/base/duration.h"
#include "server/base/nearest_word.h"
#include "server/config/words.h"
#include "server/origin/definition.h"
#include "server/origin/header_rules.h"
#include "server/origin/http_template.h"

namespace corral::origin {
namespace {

using base::Error;
using base::Status;
using config::quoted;
using protocol::equals_ignore_case;
using Words = std::vector<std::string_view>;

constexpr std::string_view kValidWords[] = {
    "load",          "load-many",    "store",     "remove",      "header", "timeout", "connect-timeout",
    "total-timeout", "pool",         "max-value", "concurrency", "rate",   "retries", "ttl",
    "password-file", "password-env", "tls-ca"};
constexpr size_t kLongestName = 64;
constexpr size_t kMostUrls = 16;
constexpr size_t kMostHeaders = 16;
constexpr int64_t kLongestTimeoutMs = 600'000;
constexpr int64_t kLongestTtlMs = int64_t{3650} * 86'400'000;

std::string in_bounds(std::string_view least, std::string_view most) {
  return " is out of bounds: " + std::string(least) + " to " + std::string(most);
}

base::Result<uint32_t> whole(std::string_view text, uint32_t least, uint32_t most) {
  const auto number = protocol::parse_int64(text);
  if (!number) return Error{quoted(text) + " is not a whole number"};
  if (*number < least || *number > most)
    return Error{quoted(text) + in_bounds(std::to_string(least), std::to_string(most))};
  return static_cast<uint32_t>(*number);
}

base::Result<int64_t> duration(std::string_view text, int64_t least, int64_t most) {
  const base::Result<int64_t> ms = base::parse_duration_ms(text);
  if (!ms) return Error{ms.error()};
  if (ms.value() < least || ms.value() > most) {
    return Error{quoted(text) + in_bounds(base::duration_text(least), base::duration_text(most))};
  }
  return ms.value();
}

template <typename T>
Status keep(base::Result<T> result, T& out) {
  if (!result) return Error{result.error()};
  out = std::move(result.value());
  return base::Ok{};
}

class Reader {
 public:
  Reader(Definition& definition, const Words& words) : definition_(definition), words_(words) {}

  Status read() {
    if (Status status = read_urls(); !status) return status;
    while (at_ < words_.size()) {
      if (Status status = read_word(words_[at_++]); !status) return status;
    }
    derive_times();
    if (Status status = check_times(); !status) return status;
    if (Status status = check_templates(); !status) return status;
    return check_fit();
  }

 private:
  bool seen(std::string_view word) const {
    return std::find(seen_.begin(), seen_.end(), word) != seen_.end();
  }

  static Status in(std::string_view word, const std::string& message) {
    return Error{std::string(word) + ": " + message};
  }

  Status read_urls() {
    for (; at_ < words_.size() && words_[at_].find("://") != std::string_view::npos; ++at_) {
      base::Result<Url> url = parse_url(words_[at_]);
      if (!url) return Error{url.error()};
      if (!definition_.urls.empty() && definition_.urls[0].scheme != url.value().scheme) {
        return Error{"one address is " + definition_.urls[0].scheme + ", another " + url.value().scheme +
                     "; all of an origin are of one scheme"};
      }
      if (std::find(definition_.urls.begin(), definition_.urls.end(), url.value()) !=
          definition_.urls.end()) {
        return Error{quoted(url.value().text) + " is given twice"};
      }
      definition_.urls.push_back(std::move(url.value()));
    }
    if (definition_.urls.empty()) {
      return Error{"needs an address behind its name, such as http://127.0.0.1:8080" +
                   (words_.empty() ? std::string() : "; " + quoted(words_[0]) + " is none")};
    }
    if (definition_.urls.size() > kMostUrls) return Error{"more than 16 addresses"};
    definition_.kind = definition_.urls[0].kind;
    return base::Ok{};
  }

  Status read_word(std::string_view given) {
    std::string_view word;
    for (const std::string_view valid : kValidWords) {
      if (equals_ignore_case(given, valid)) word = valid;
    }
    if (word.empty() && given.find("://") != std::string_view::npos) {
      return Error{"addresses come first, right behind the name"};
    }
    if (word.empty()) return Error{"unknown word " + quoted(given) + base::did_you_mean(given, kValidWords)};
    if (seen(word) && word != "header") return Error{quoted(word) + " is given twice"};
    seen_.push_back(word);
    if (at_ == words_.size()) return Error{quoted(word) + " needs a value behind it"};
    const std::string_view value = words_[at_++];
    if (value.empty()) return in(word, "is empty");
    if (Status status = read_value(word, value); !status) return in(word, status.error());
    return base::Ok{};
  }

  Status read_value(std::string_view word, std::string_view value) {
    Definition& d = definition_;
    if (word == "load") return text(value, d.load);
    if (word == "load-many") return text(value, d.load_many);
    if (word == "store") return text(value, d.store);
    if (word == "remove") return text(value, d.remove);
    if (word == "timeout") return keep(duration(value, 2, kLongestTimeoutMs), d.timeout_ms);
    if (word == "connect-timeout") return keep(duration(value, 1, kLongestTimeoutMs), d.connect_timeout_ms);
    if (word == "total-timeout") return keep(duration(value, 2, kLongestTimeoutMs), d.total_timeout_ms);
    if (word == "retries") return keep(whole(value, 0, 10), d.retries);
    if (word == "password-file") return text(value, d.password_file);
    if (word == "password-env") return text(value, d.password_env);
    if (word == "tls-ca") return text(value, d.tls_ca);
    if (word == "header") return read_header(value);
    if (word == "pool") return read_pool(value);
    if (word == "max-value") return read_max_value(value);
    if (word == "concurrency") return read_concurrency(value);
    if (word == "rate") return read_rate(value);
    return read_ttl(value);
  }

  static Status text(std::string_view value, std::string& out) {
    if (value.find('\0') != std::string_view::npos) return Error{"has a zero byte in it"};
    out = value;
    return base::Ok{};
  }

  Status read_header(std::string_view value) {
    if (definition_.headers.size() == kMostHeaders) return Error{"more than 16 of them"};
    if (Status status = check_header(value); !status)
      return Error{quoted(masked_header(value)) + ": " + status.error()};
    definition_.headers.emplace_back(value);
    return base::Ok{};
  }

  Status read_pool(std::string_view value) {
    const size_t dash = value.find('-');
    uint32_t least = 1;
    uint32_t most = 0;
    if (dash != std::string_view::npos) {
      if (Status status = keep(whole(value.substr(0, dash), 0, 1024), least); !status) return status;
      value.remove_prefix(dash + 1);
    }
    if (Status status = keep(whole(value, 1, 1024), most); !status) return status;
    if (least > most)
      return Error{"the least, " + std::to_string(least) + ", is above the most, " + std::to_string(most)};
    definition_.pool_least = least;
    definition_.pool_most = most;
    return base::Ok{};
  }

  Status read_max_value(std::string_view value) {
    constexpr int64_t kMost = 512 << 20;
    base::Result<int64_t> bytes = base::parse_size_bytes(value);
    if (!bytes) return Error{bytes.error()};
    if (bytes.value() < 1 || bytes.value() > kMost) return Error{quoted(value) + in_bounds("1", "512mb")};
    definition_.max_value_bytes = bytes.value();
    return base::Ok{};
  }

  Status read_concurrency(std::string_view value) {
    definition_.concurrency = 0;
    if (equals_ignore_case(value, "auto")) return base::Ok{};
    if (protocol::parse_int64(value)) return keep(whole(value, 1, 4096), definition_.concurrency);
    constexpr std::string_view kAuto[] = {"auto"};
    return Error{quoted(value) + " is neither auto nor a number" + base::did_you_mean(value, kAuto)};
  }

  Status read_rate(std::string_view value) {
    if (!value.ends_with("/s")) {
      const bool number = protocol::parse_int64(value).has_value();
      return Error{quoted(value) + " is not a rate; write " + (number ? std::string(value) : "100") + "/s"};
    }
    return keep(whole(value.substr(0, value.size() - 2), 1, 1'000'000), definition_.rate_per_s);
  }

  Status read_ttl(std::string_view value) {
    const size_t dash = value.find('-');
    if (dash == std::string_view::npos)
      return Error{quoted(value) + " are not two bounds; write them as in 1s-1h"};
    int64_t least = 0;
    int64_t most = 0;
    if (Status status = keep(duration(value.substr(0, dash), 0, kLongestTtlMs), least); !status)
      return status;
    if (Status status = keep(duration(value.substr(dash + 1), 1, kLongestTtlMs), most); !status)
      return status;
    if (least > most) return Error{quoted(value) + " has its least above its most"};
    definition_.ttl_least_ms = least;
    definition_.ttl_most_ms = most;
    return base::Ok{};
  }

  // What is not given follows from what is, so that shortening one time takes one word.
  void derive_times() {
    Definition& d = definition_;
    if (!seen("connect-timeout")) d.connect_timeout_ms = std::min(d.connect_timeout_ms, d.timeout_ms / 2);
    if (!seen("total-timeout"))
      d.total_timeout_ms = std::min(std::max(d.total_timeout_ms, 3 * d.timeout_ms), kLongestTimeoutMs);
  }

  Status check_times() const {
    const Definition& d = definition_;
    const auto text_of = [](int64_t ms) { return base::duration_text(ms); };
    if (d.connect_timeout_ms >= d.timeout_ms) {
      return Error{"connect-timeout " + text_of(d.connect_timeout_ms) + " is not less than timeout " +
                   text_of(d.timeout_ms) + ": a failure to connect would never be seen as one"};
    }
    if (d.total_timeout_ms < d.timeout_ms) {
      return Error{"total-timeout " + text_of(d.total_timeout_ms) + " is less than timeout " +
                   text_of(d.timeout_ms)};
    }
    return base::Ok{};
  }

  Status check_templates() const {
    const Definition& d = definition_;
    if (d.load.empty() && d.store.empty())
      return Error{"needs a load or a store, or there is nothing to ask it"};
    if (!d.load_many.empty() && d.load.empty())
      return Error{"load-many needs a load beside it, for keys that come alone"};
    if (!d.remove.empty() && d.store.empty()) return Error{"remove needs a store beside it"};
    if (d.kind != Kind::kHttp) return base::Ok{};
    struct Given {
      Operation operation;
      std::string_view word;
      const std::string& text;
    };
    for (const Given& given :
         {Given{Operation::kLoad, "load", d.load}, Given{Operation::kStore, "store", d.store},
          Given{Operation::kRemove, "remove", d.remove}}) {
      if (given.text.empty()) continue;
      const auto parsed = HttpTemplate::parse(given.operation, given.text);
      if (!parsed) return in(given.word, parsed.error());
    }
    return base::Ok{};
  }

  // Words that mean nothing for this kind of origin.
  Status check_fit() const {
    const Definition& d = definition_;
    const std::string kind(kind_name(d.kind));
    if (d.kind != Kind::kHttp && !d.headers.empty()) return Error{"header is for http, not for " + kind};
    if (d.kind == Kind::kHttp && !d.load_many.empty())
      return Error{"load-many is for postgres and redis, not for http"};
    if (d.kind == Kind::kHttp && d.pool_least > 1) {
      return Error{"pool: connections of http are opened when they are needed; write pool " +
                   std::to_string(d.pool_most)};
    }
    if (d.kind == Kind::kAmqp && !(d.load.empty() && d.load_many.empty()))
      return Error{"a load cannot come from amqp, which takes stores only"};
    if (!d.password_file.empty() && !d.password_env.empty()) {
      return Error{"password-file and password-env are both given; leave one of them out"};
    }
    const bool password = !d.password_file.empty() || !d.password_env.empty();
    for (const Url& url : d.urls) {
      if (d.kind == Kind::kHttp && password && url.user.empty()) {
        return Error{"a password is given, but no user in " + quoted(url.text) + "; write " + url.scheme +
                     "://USER@" + url.authority() + url.path};
      }
    }
    const bool plain = (d.kind == Kind::kHttp || d.kind == Kind::kRedis) && !d.urls[0].tls;
    if (!d.tls_ca.empty() && (plain || d.kind == Kind::kAmqp)) {
      return Error{"tls-ca is given, but " + d.urls[0].scheme + " is not encrypted" +
                   (plain ? "; write " + d.urls[0].scheme + "s" : std::string())};
    }
    return base::Ok{};
  }

  Definition& definition_;
  const Words& words_;
  size_t at_ = 0;
  std::vector<std::string_view> seen_;
};

}  // namespace

base::Result<Definition> Definition::parse(std::string_view name, const Words& words) {
  if (name.empty()) return Error{"an origin needs a name"};
  if (name.size() > kLongestName) return Error{"the name " + quoted(name) + " has more than 64 bytes"};
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == 127) {
      return Error{"the name " + quoted(name) + " may hold neither spaces nor quotes"};
    }
  }
  Definition definition;
  definition.name = name;
  Status status = Reader(definition, words).read();
  if (!status) return Error{"origin " + std::string(name) + ": " + status.error()};
  return definition;
}

}  // namespace corral::origin
