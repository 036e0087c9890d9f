// One HTTP call: its request as curl wants it, and what has come back so far.
// Threading: the origin thread only.
// See: http_endpoint.h; README.md of this folder, "HTTP".
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.h"
#include "server/origin/attempt.h"
#include "server/origin/http_reply.h"
#include "server/origin/http_template.h"
#include "server/origin/origin_loop.h"

namespace corral::origin {

/// What all calls of one operation at one address have in common.
struct HttpSetup {
  std::string base;  ///< "http://host:port/path"
  bool tls = false;
  std::string tls_ca;                ///< empty: the system's
  std::string user, password;        ///< empty user: none
  std::vector<std::string> headers;  ///< complete lines
  bool content_type = false;         ///< one of them says what a body is
  int64_t connect_timeout_ms = 0;
  size_t max_value_bytes = 0;
};

/// Can be used for one call after the other of its operation; curl keeps most options in between.
class HttpCall {
 public:
  HttpCall(const HttpSetup& setup, Operation operation, const std::string& method);
  ~HttpCall();
  HttpCall(const HttpCall&) = delete;
  HttpCall& operator=(const HttpCall&) = delete;

  /// Makes ready for a transfer. Fails for good when the request cannot be sent as it is.
  base::Status prepare(const HttpTemplate& target, const Request& request);
  /// From prepare() on; in ms.
  uint64_t timeout_ms() const { return timeout_ms_; }
  /// What became of the transfer, or of the call that never became one (CURLE_OPERATION_TIMEDOUT); `now_ms`: wall clock. To be
  /// called once.
  Answer answer(CURLcode code, int64_t now_ms);
  /// Nothing of the last call is needed any more; memory of large ones is given back.
  void clear();

  CURL* easy() const { return easy_; }
  Operation operation() const { return operation_; }

  /// Where the call is: curl has a time for connecting only, the rest is the endpoint's.
  enum class State : uint8_t { kWaiting, kRunning, kFailed };
  State state = State::kWaiting;
  std::optional<Timer> deadline;
  uint64_t id = 0;
  Endpoint::Done done;
  Answer failed;  ///< kFailed: it could not start, and this is its answer

 private:
  static size_t header_came(char* data, size_t size, size_t count, void* self);
  static size_t body_came(char* data, size_t size, size_t count, void* self);
  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);

  void set_constant_options();
  base::Status add_headers(const Request& request);
  base::Status add_header(std::string_view name, std::string_view value);
  base::Status set_body(const Request& request);
  Answer transport_failure(CURLcode code) const;
  std::string transport_reason(CURLcode code) const;

  const HttpSetup& setup_;
  const Operation operation_;
  const std::string method_;
  CURL* easy_;
  std::string url_;
  std::vector<std::string> lines_;   // of this request alone
  std::vector<curl_slist> headers_;  // the setup's lines and these, chained
  std::string sent_;
  std::string body_;
  uint64_t timeout_ms_ = 0;
  size_t unread_ = 0;  // bytes of a body that nobody wants
  HttpReply reply_;
  bool conditional_ = false;
  bool too_large_ = false;
  bool malformed_ = false;
  char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace corral::origin
