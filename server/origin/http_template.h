// "GET /products/{1}?lang={2}": method and target of an HTTP call, with places for what the key holds.
// Threading: pure functions; a template is immutable.
// See: README.md of this folder, "Templates".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.h"
#include "server/origin/attempt.h"

namespace corral::origin {

class HttpTemplate {
 public:
  /// Errors say what is wrong and what would be right. Loads are GET; stores PUT, POST or PATCH; removes DELETE or POST.
  static base::Result<HttpTemplate> parse(Operation operation, std::string_view text);

  const std::string& method() const { return method_; }
  /// The largest n of a {n}; {0}, the key, counts nothing.
  size_t most_capture() const { return most_capture_; }

  /// Appends the target: captures[n] percent-encoded in place of {n}. Fails, with nothing of the key in the message, when a
  /// segment of the path that has a capture in it would become "", "." or "..", also between slashes of the key's own: those
  /// name something else than meant.
  /// Precondition: more captures than most_capture(). O(length).
  base::Status append_target(const std::vector<std::string>& captures, std::string& out) const;

 private:
  struct Part {
    std::string literal;     // as it stands in the target
    size_t capture = kNone;  // what follows the literal
  };
  static constexpr size_t kNone = static_cast<size_t>(-1);

  base::Status parse_target(std::string_view target);

  std::string method_;
  std::vector<Part> parts_;
  size_t most_capture_ = 0;
};

/// Appends the bytes with all but letters, digits and -._~ as %XX.
void append_percent_encoded(std::string_view bytes, std::string& out);

}  // namespace corral::origin
