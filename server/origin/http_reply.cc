// Header lines into fields, and status and fields into an answer.
// Threading: see http_reply.h.
// See: http_reply.h; RFC 9110.
#include "server/origin/http_reply.h"

#include <algorithm>
#include <utility>

#include "protocol/bytes.h"
#include "protocol/number.h"
#include "server/origin/header_rules.h"

namespace corral::origin {
namespace {

using protocol::equals_ignore_case;

constexpr size_t kMostBytes = 64 << 10;
constexpr size_t kMostLines = 256;
constexpr size_t kLongestValidator = 1024;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

void keep_first(std::string& out, std::string_view value) {
  if (out.empty()) out = value;
}

// What could not be sent back is not kept either.
void keep_validator(std::string& out, std::string_view value) {
  if (value.size() <= kLongestValidator && header_value_ok(value)) keep_first(out, value);
}

}  // namespace

bool HttpReply::add_line(std::string_view line) {
  bytes_ += line.size();
  if (bytes_ > kMostBytes || ++lines_ > kMostLines) return false;
  // Behind the body come trailers, which nothing here is made of.
  if (complete_) return true;
  if (line.starts_with("HTTP/")) {
    HttpReply fresh;
    fresh.bytes_ = bytes_;
    fresh.lines_ = lines_;
    const size_t blank = std::min(line.find(' '), line.size());
    const auto status = protocol::parse_int64(trimmed(line.substr(blank)).substr(0, 3));
    fresh.status_ = static_cast<int>(status.value_or(0));
    *this = std::move(fresh);
    return status_ >= 100 && status_ <= 999;
  }
  if (trimmed(line).empty()) {
    complete_ = status_ >= 200;
    return true;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  return add_field(line.substr(0, colon), trimmed(line.substr(colon + 1)));
}

bool HttpReply::add_field(std::string_view name, std::string_view value) {
  if (equals_ignore_case(name, "cache-control")) {
    if (!freshness_.cache_control.empty()) freshness_.cache_control += ", ";
    freshness_.cache_control += value;
  } else if (equals_ignore_case(name, "content-length")) {
    return add_length(value);
  } else if (equals_ignore_case(name, "etag")) {
    keep_validator(etag_, value);
  } else if (equals_ignore_case(name, "last-modified")) {
    keep_validator(last_modified_, value);
  } else if (equals_ignore_case(name, "date")) {
    keep_first(freshness_.date, value);
  } else if (equals_ignore_case(name, "expires")) {
    // An empty one is no date either, and says the same as 0.
    keep_first(freshness_.expires, value.empty() ? "0" : value);
  } else if (equals_ignore_case(name, "age")) {
    keep_first(freshness_.age, value);
  } else if (equals_ignore_case(name, "retry-after")) {
    keep_first(retry_after_, value);
  } else if (equals_ignore_case(name, "content-encoding")) {
    keep_first(content_encoding_, value);
  } else if (equals_ignore_case(name, "surrogate-key")) {
    add_tags(value, ' ');
  } else if (equals_ignore_case(name, "cache-tag")) {
    add_tags(value, ',');
  }
  return true;
}

// Two lengths that differ are how answers are smuggled past one another: no body can be told from them.
bool HttpReply::add_length(std::string_view value) {
  const bool digits = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
  const size_t zeros = std::min(value.find_first_not_of('0'), value.empty() ? 0 : value.size() - 1);
  const auto length = protocol::parse_int64(digits ? value.substr(zeros) : value);
  if (!digits || !length) return false;
  if (content_length_ && *content_length_ != *length) return false;
  content_length_ = *length;
  return true;
}

void HttpReply::add_tags(std::string_view value, char separator) {
  while (!value.empty()) {
    const size_t end = std::min(value.find(separator), value.size());
    const std::string_view tag = trimmed(value.substr(0, end));
    value.remove_prefix(std::min(end + 1, value.size()));
    if (tag.empty() || std::find(tags_.begin(), tags_.end(), tag) != tags_.end()) continue;
    if (tags_.size() == kMostTags || tag.size() > kLongestTag) {
      too_many_tags_ = true;
      return;
    }
    tags_.emplace_back(tag);
  }
}

Answer HttpReply::answer(Operation operation, bool conditional, std::string body, int64_t now_ms) const {
  Answer answer = operation == Operation::kLoad ? load_answer(conditional, std::move(body), now_ms)
                                                : write_answer(operation);
  if (answer.result == Result::kTransient || answer.result == Result::kPermanent) {
    Answer failed = failure(now_ms);
    failed.result = answer.result;
    if (!answer.reason.empty()) failed.reason = answer.reason;
    failed.maybe_done = answer.maybe_done;
    return failed;
  }
  return answer;
}

Answer HttpReply::load_answer(bool conditional, std::string body, int64_t now_ms) const {
  Answer answer;
  if (success()) {
    const bool encoded = !content_encoding_.empty() && !equals_ignore_case(content_encoding_, "identity");
    if (encoded || status_ == 206) {
      answer.result = Result::kPermanent;
      answer.reason = encoded
                          ? "status " + std::to_string(status_) + " with an encoding that was not asked for"
                          : "status 206: a part, where the whole was asked for";
      return answer;
    }
    answer.result = Result::kValue;
    answer.value.text = std::move(body);
    describe(answer, now_ms);
  } else if (status_ == 404 || status_ == 410) {
    answer.result = Result::kAbsent;
    describe(answer, now_ms);
  } else if (status_ == 304 && conditional) {
    answer.result = Result::kNotModified;
    describe(answer, now_ms);
  } else if (status_ == 304) {
    answer.reason = "status 304, which nothing had asked for";
  } else {
    answer.result = status_ == 408 || status_ == 425 || status_ == 429 || status_ >= 500 ? Result::kTransient
                                                                                         : Result::kPermanent;
  }
  return answer;
}

Answer HttpReply::write_answer(Operation operation) const {
  Answer answer;
  const bool gone = operation == Operation::kRemove && (status_ == 404 || status_ == 410);
  if (success() || gone) {
    answer.result = Result::kDone;
    return answer;
  }
  answer.result = status_ == 408 || status_ == 425 || status_ == 429 || status_ >= 500 ? Result::kTransient
                                                                                       : Result::kPermanent;
  // A server that failed may have failed after the deed, and a gateway does not know what became of what it passed on. Only
  // those that say that nothing was begun are believed.
  answer.maybe_done = status_ >= 500 && status_ != 501 && status_ != 503 && status_ != 505;
  return answer;
}

Answer HttpReply::failure(int64_t now_ms) const {
  Answer answer;
  answer.reason = "status " + std::to_string(status_);
  if (status_ >= 300 && status_ < 400) answer.reason += ": redirects are not followed";
  answer.retry_after_ms = parse_retry_after_ms(retry_after_, now_ms);
  answer.pushed_back = status_ == 429 || (status_ == 503 && answer.retry_after_ms.has_value());
  return answer;
}

void HttpReply::describe(Answer& answer, int64_t now_ms) const {
  const Freshness freshness = freshness_of(freshness_, now_ms);
  answer.ttl_ms = freshness.ttl_ms;
  answer.stale_while_revalidate_ms = freshness.stale_while_revalidate_ms;
  answer.stale_if_error_ms = freshness.stale_if_error_ms;
  answer.no_store = freshness.no_store || too_many_tags_;
  answer.etag = etag_;
  answer.last_modified = last_modified_;
  answer.tags = tags_;
}

}  // namespace corral::origin
