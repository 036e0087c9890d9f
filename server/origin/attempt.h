// One call of an origin's protocol: what is asked, what came back, and who can ask.
// Threading: the origin thread only.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace corral::origin {

enum class Operation : uint8_t { kLoad, kStore, kRemove };

/// What is stored under a key, as an origin sees it: a string, or the fields of a hash.
struct Value {
  bool is_hash = false;
  std::string text;
  std::vector<std::pair<std::string, std::string>> fields;
};

/// One attempt. `captures[0]` is the whole key, `captures[n]` the n-th capture of the policy's pattern.
struct Request {
  Operation operation = Operation::kLoad;
  std::vector<std::string> captures;
  Value value;                               ///< kStore only
  std::optional<int64_t> expires_at_ms;      ///< kStore: wall clock, when the write has a time to live
  uint64_t epoch = 0;                        ///< kStore, kRemove: (epoch, version) never goes down for a key
  uint64_t version = 0;
  std::string idempotency_key;               ///< the same on every attempt of one call
  std::string traceparent;                   ///< W3C; empty: none
  std::string etag, last_modified;           ///< kLoad: validators of the value that is there, empty: none
  uint32_t attempt = 1;                      ///< 1 for the first
  uint64_t timeout_us = 0;                   ///< from start(); connecting included
};

enum class Result : uint8_t {
  kValue,        ///< kLoad: here it is
  kAbsent,       ///< kLoad: the origin says that there is none
  kNotModified,  ///< kLoad: the validators still hold
  kDone,         ///< kStore, kRemove: it has been done
  kTransient,    ///< may work later
  kPermanent,    ///< will not work however often it is tried
};

/// Exactly one for each start(), unless cancelled.
struct Answer {
  Result result = Result::kTransient;
  std::string reason;           ///< failures: one line, lower case, no value of a customer in it
  bool hard = false;            ///< failures: connecting, TLS or a timeout; what trips a breaker quickly
  bool timed_out = false;
  bool maybe_done = false;      ///< kStore, kRemove: bytes were sent, so the outcome is unknown
  bool pushed_back = false;     ///< the origin asked for less (429, 503 with Retry-After, too many connections)
  std::optional<int64_t> retry_after_ms;
  Value value;                  ///< kValue
  std::optional<int64_t> ttl_ms;                     ///< life as the origin states it, before clamping; none: it does not say
  std::optional<int64_t> stale_while_revalidate_ms;  ///< beyond ttl_ms
  std::optional<int64_t> stale_if_error_ms;          ///< beyond ttl_ms
  bool no_store = false;        ///< may answer who asked, may not be kept
  std::string etag, last_modified;
  std::vector<std::string> tags;
};

/// One address of an origin. start() never calls back before it has returned.
class Endpoint {
 public:
  using Done = std::function<void(Answer)>;
  virtual ~Endpoint() = default;
  /// Starts one attempt; returns its id (never 0).
  virtual uint64_t start(const Request& request, Done done) = 0;
  /// No answer will come. What was sent stays sent. Unknown ids are ignored.
  virtual void cancel(uint64_t id) = 0;
  /// Several loads in one call (same policy, keys in `requests`); answers one by one. False: this origin has no load-many.
  virtual bool start_many(const std::vector<Request>& requests, const std::vector<Done>& done) = 0;
};

}  // namespace corral::origin
