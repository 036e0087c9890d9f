// Result<T>: a value or a message for people; for the control plane (start-up, configuration, files).
// Threading: a value type.
// See: README.md of this folder.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace corral::base {

/// What went wrong, in words for the person who has to mend it. Gains context on its way up.
struct Error {
  std::string message;
};

/// Either a T or an Error; must be looked at.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}        // NOLINT: implicit by intent
  Result(Error error) : state_(std::move(error)) {}    // NOLINT: implicit by intent

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<T>(state_); }
  const T& value() const { return std::get<T>(state_); }
  const std::string& error() const { return std::get<Error>(state_).message; }

 private:
  std::variant<T, Error> state_;
};

struct Ok {};
using Status = Result<Ok>;

}  // namespace corral::base
