// What an HTTP server said, line by line, and what that means for a call.
// Threading: value types; pure functions.
// See: README.md of this folder, "Answers of HTTP".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/origin/attempt.h"
#include "server/origin/cache_control.h"

namespace corral::origin {

/// A value with more tags, or longer ones, is not kept at all: an invalidation of a tag that was dropped would not reach it.
inline constexpr size_t kMostTags = 64;
inline constexpr size_t kLongestTag = 256;

/// Status and header lines of one answer; those that mean nothing here are left out.
class HttpReply {
 public:
  /// One line with or without its line end; a status line starts anew (after an interim answer). False: too many lines or
  /// bytes, a length that is none, two lengths that differ.
  bool add_line(std::string_view line);

  int status() const { return status_; }       ///< 0 before the status line
  bool complete() const { return complete_; }  ///< the empty line was there, and the status is no interim one
  bool success() const { return status_ >= 200 && status_ < 300; }
  std::optional<int64_t> content_length() const { return content_length_; }

  /// The answer to a call whose reply is complete(). `conditional`: validators were sent. `body` is the value of a load.
  /// `now_ms`: wall clock.
  Answer answer(Operation operation, bool conditional, std::string body, int64_t now_ms) const;

 private:
  bool add_field(std::string_view name, std::string_view value);
  bool add_length(std::string_view value);
  void add_tags(std::string_view value, char separator);
  Answer load_answer(bool conditional, std::string body, int64_t now_ms) const;
  Answer write_answer(Operation operation) const;
  Answer failure(int64_t now_ms) const;
  void describe(Answer& answer, int64_t now_ms) const;

  int status_ = 0;
  bool complete_ = false;
  size_t bytes_ = 0;
  size_t lines_ = 0;
  std::optional<int64_t> content_length_;
  FreshnessHeaders freshness_;
  std::string retry_after_, etag_, last_modified_, content_encoding_;
  std::vector<std::string> tags_;
  bool too_many_tags_ = false;
};

}  // namespace corral::origin
