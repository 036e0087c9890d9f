// curl's options for a call, its callbacks, and its errors in words.
// Threading: see http_call.h.
// See: http_call.h; curl's manual, curl_easy_setopt(3).
#include "server/origin/http_call.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "protocol/number.h"
#include "server/base/check.h"
#include "server/origin/hash_json.h"
#include "server/origin/header_rules.h"

namespace corral::origin {
namespace {

using base::Error;
using base::Status;

constexpr size_t kKeptBytes = 64 << 10;
// So much of an error's page, or of the answer to a store, is read to keep the connection; then it is cheaper to close it.
constexpr size_t kMostUnread = 256 << 10;
constexpr size_t kReserved = 1 << 20;

bool of_tls(CURLcode code) {
  switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
      return true;
    default:
      return false;
  }
}

void shrink(std::string& text) {
  text.clear();
  if (text.capacity() > kKeptBytes) text.shrink_to_fit();
}

std::string one_lower_line(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (c < ' ' || c == 127) c = ' ';
  }
  return out;
}

}  // namespace

HttpCall::HttpCall(const HttpSetup& setup, Operation operation, const std::string& method)
    : setup_(setup), operation_(operation), method_(method), easy_(curl_easy_init()) {
  CHECK(easy_ != nullptr);
  set_constant_options();
}

HttpCall::~HttpCall() {
  curl_easy_cleanup(easy_);
}

void HttpCall::set_constant_options() {
  const auto set = [this](CURLoption option, auto value) {
    const CURLcode code = curl_easy_setopt(easy_, option, value);
    CHECK(code == CURLE_OK);
  };
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, &error_[0]);
  set(CURLOPT_HEADERFUNCTION, &HttpCall::header_came);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &HttpCall::body_came);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_NOSIGNAL, 1L);
  // A cancelled call must not wait for the thread that looks up a name.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROXY, "");  // whatever the environment says
  set(CURLOPT_USERAGENT, "corral");
  if (setup_.tls) {
    set(CURLOPT_PIPEWAIT, 1L);
    if (!setup_.tls_ca.empty()) {
      set(CURLOPT_CAINFO, setup_.tls_ca.c_str());
      set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    }
  }
  if (!setup_.user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, setup_.user.c_str());
    set(CURLOPT_PASSWORD, setup_.password.c_str());
  }
  if (operation_ == Operation::kLoad) {
    set(CURLOPT_HTTPGET, 1L);
  } else if (operation_ == Operation::kStore || method_ == "POST") {
    set(CURLOPT_POST, 1L);
  }
  set(CURLOPT_CUSTOMREQUEST, method_.c_str());
}

Status HttpCall::prepare(const HttpTemplate& target, const Request& request) {
  if (request.captures.size() <= target.most_capture())
    return Error{"the key has fewer captures than the template"};
  url_ = setup_.base;
  if (Status status = target.append_target(request.captures, url_); !status) return status;
  if (Status status = set_body(request); !status) return status;
  if (Status status = add_headers(request); !status) return status;
  timeout_ms_ = std::clamp<uint64_t>(request.timeout_us / 1000, 1, 86'400'000);
  // Less than the whole time, or a failure to connect would not be seen as one.
  const int64_t connect_ms =
      std::clamp<int64_t>(static_cast<int64_t>(timeout_ms_) - 1, 1, setup_.connect_timeout_ms);
  curl_easy_setopt(easy_, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, &headers_[0]);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_ms));
  return base::Ok{};
}

Status HttpCall::set_body(const Request& request) {
  if (operation_ == Operation::kLoad) return base::Ok{};
  if (operation_ == Operation::kStore && request.value.is_hash) {
    auto json = hash_json(request.value.fields);
    if (!json) return Error{json.error()};
    sent_ = std::move(json.value());
  } else if (operation_ == Operation::kStore) {
    sent_ = request.value.text;
  }
  curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sent_.size()));
  // Setting it makes a POST of whatever it was, which a remove by DELETE is not to be.
  if (operation_ == Operation::kStore) curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, sent_.data());
  return base::Ok{};
}

Status HttpCall::add_header(std::string_view name, std::string_view value) {
  if (value.empty()) return base::Ok{};
  if (!header_value_ok(value))
    return Error{std::string(name) + " has control characters, or more than 4096 bytes"};
  std::string& line = lines_.emplace_back(name);
  line += ": ";
  line += value;
  return base::Ok{};
}

Status HttpCall::add_headers(const Request& request) {
  lines_.clear();
  // Whoever asked for nothing gets any encoding.
  Status status = add_header("Accept-Encoding", "identity");
  const auto add = [&](std::string_view name, std::string_view value) {
    if (status) status = add_header(name, value);
  };
  add("traceparent", request.traceparent);
  add("X-Corral-Attempt", protocol::int64_text(request.attempt));
  conditional_ = operation_ == Operation::kLoad && !(request.etag.empty() && request.last_modified.empty());
  if (operation_ == Operation::kLoad) {
    add("If-None-Match", request.etag);
    add("If-Modified-Since", request.last_modified);
  } else {
    add("X-Corral-Version", std::to_string(request.epoch) + "." + std::to_string(request.version));
    if (!request.idempotency_key.empty()) add("Idempotency-Key", "\"" + request.idempotency_key + "\"");
    if (request.expires_at_ms) add("Corral-Expires-At", protocol::int64_text(*request.expires_at_ms));
    lines_.emplace_back("Expect:");  // curl would wait a second for a go-ahead before a large body
  }
  if (operation_ == Operation::kStore && !setup_.content_type) {
    add("Content-Type", request.value.is_hash ? "application/json" : "application/octet-stream");
  } else if (operation_ == Operation::kRemove) {
    lines_.emplace_back("Content-Type:");  // curl would call the empty body of a POST a form
  }
  if (!status) return status;
  // curl only reads the list, so it need not come from curl's own allocations.
  headers_.clear();
  headers_.reserve(setup_.headers.size() + lines_.size());
  const std::vector<std::string>* const lists[] = {&setup_.headers, &lines_};
  for (const auto* list : lists) {
    for (const std::string& line : *list) headers_.push_back({const_cast<char*>(line.c_str()), nullptr});
  }
  for (size_t i = 0; i + 1 < headers_.size(); ++i) headers_[i].next = &headers_[i + 1];
  return base::Ok{};
}

size_t HttpCall::header_came(char* data, size_t size, size_t count, void* self) {
  return static_cast<HttpCall*>(self)->take_header({data, size * count}) ? size * count
                                                                         : CURL_WRITEFUNC_ERROR;
}

size_t HttpCall::body_came(char* data, size_t size, size_t count, void* self) {
  return static_cast<HttpCall*>(self)->take_body({data, size * count}) ? size * count : CURL_WRITEFUNC_ERROR;
}

bool HttpCall::take_header(std::string_view line) {
  malformed_ = !reply_.add_line(line);
  if (malformed_) return false;
  if (operation_ != Operation::kLoad || !reply_.complete() || !reply_.success() || !body_.empty())
    return true;
  const int64_t length = reply_.content_length().value_or(0);
  too_large_ = length > static_cast<int64_t>(setup_.max_value_bytes);
  // Not more than that on the strength of a claim.
  if (!too_large_) body_.reserve(std::min(static_cast<size_t>(length), kReserved));
  return !too_large_;
}

bool HttpCall::take_body(std::string_view bytes) {
  if (operation_ != Operation::kLoad || !reply_.success()) {
    unread_ += bytes.size();
    return unread_ <= kMostUnread;
  }
  too_large_ = bytes.size() > setup_.max_value_bytes - body_.size();
  if (!too_large_) body_ += bytes;
  return !too_large_;
}

Answer HttpCall::answer(CURLcode code, int64_t now_ms) {
  // Once the status is known, only the value of a load needs what comes behind it.
  const bool said = reply_.complete() && !malformed_ && (operation_ != Operation::kLoad || !reply_.success());
  if (code != CURLE_OK && !said) return transport_failure(code);
  if (!reply_.complete()) {
    Answer answer;
    answer.reason = "an answer without a status";
    answer.maybe_done = operation_ != Operation::kLoad;
    return answer;
  }
  return reply_.answer(operation_, conditional_, std::move(body_), now_ms);
}

Answer HttpCall::transport_failure(CURLcode code) const {
  Answer answer;
  long sent = 0;
  // Also of what curl sent on an idle connection that turned out to be closed, before it took a fresh one.
  if (state == State::kRunning) curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &sent);
  answer.maybe_done = operation_ != Operation::kLoad && sent > 0;
  answer.timed_out = code == CURLE_OPERATION_TIMEDOUT;
  answer.hard =
      answer.timed_out || of_tls(code) || code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
  answer.result = too_large_ ? Result::kPermanent : Result::kTransient;
  if (state == State::kWaiting) {
    answer.hard = false;  // it says nothing about the server
    answer.reason = "timed out waiting for a connection of the pool";
  } else if (answer.timed_out && sent == 0) {
    answer.reason = "timed out while connecting";
  } else {
    answer.reason = transport_reason(code);
  }
  return answer;
}

std::string HttpCall::transport_reason(CURLcode code) const {
  if (too_large_)
    return "the answer is larger than max-value, " + std::to_string(setup_.max_value_bytes) + " bytes";
  if (malformed_) return "the answer's headers are too many, too large or contradict one another";
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "the host's name could not be looked up";
    case CURLE_COULDNT_CONNECT: {
      long number = 0;
      curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &number);
      std::string reason = "could not connect";
      if (number != 0) reason += ": " + one_lower_line(std::strerror(static_cast<int>(number)));
      return reason;
    }
    case CURLE_OPERATION_TIMEDOUT:
      return reply_.status() == 0 ? "timed out waiting for the answer"
                                  : "timed out in the middle of the answer";
    case CURLE_PARTIAL_FILE:
      return "the answer ended too early";
    case CURLE_GOT_NOTHING:
      return "the connection was closed without an answer";
    case CURLE_RECV_ERROR:
      return "the connection broke";
    default:
      break;
  }
  const std::string said = one_lower_line(error_[0] != '\0' ? &error_[0] : curl_easy_strerror(code));
  return of_tls(code) ? "tls: " + said : said;
}

void HttpCall::clear() {
  // curl counts how often it took a fresh connection instead of one that was closed while idle, and after five times gives up,
  // also when they were in different transfers: only a reset takes the count back.
  long connects = 0;
  curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connects);
  if (connects > 0) {
    curl_easy_reset(easy_);
    set_constant_options();
  }
  for (std::string* text : {&url_, &sent_, &body_}) shrink(*text);
  lines_.clear();
  unread_ = 0;
  reply_ = HttpReply();
  conditional_ = too_large_ = malformed_ = false;
  error_[0] = '\0';
  id = 0;
  done = nullptr;
  failed = Answer();
  state = State::kWaiting;
}

}  // namespace corral::origin
