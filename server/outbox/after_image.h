// The value of a record as bytes: a string, or the fields of a hash.
// Threading: pure functions.
// See: README.md of this folder, "After-image".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corral::outbox {

/// Views into the bytes that were decoded.
struct AfterImage {
  bool is_hash = false;
  std::string_view text;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
};

std::string encode_string(std::string_view text);
/// In the order given.
std::string encode_hash(const std::vector<std::pair<std::string_view, std::string_view>>& fields);

/// Nothing when the bytes are not exactly what an encode_… has made. O(bytes); takes memory only for fields that are there.
std::optional<AfterImage> decode(std::string_view image);

}  // namespace corral::outbox
