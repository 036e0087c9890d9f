// Fuzz target of the numbers in commands: integers and floating point.
// Threading: none.
// See: README.md of this folder.
#include <cmath>
#include <string_view>

#include "protocol/number.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corral;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto value = protocol::parse_int64(input)) {
    fuzz::require(protocol::int64_text(*value) == input, "an integer has one text", input);
  }
  if (const auto value = protocol::parse_uint64(input); value && *value <= INT64_MAX) {
    fuzz::require(protocol::parse_int64(input) == static_cast<int64_t>(*value), "signed and unsigned agree", input);
  }
  if (const auto value = protocol::parse_double(input)) {
    const auto again = protocol::parse_double(protocol::double_text(*value));
    fuzz::require(again && *again == *value, "a double reads back", input);
  }
  if (const auto value = protocol::parse_long_double(input); value && std::isfinite(*value)) {
    const auto again = protocol::parse_long_double(protocol::long_double_text(*value));
    fuzz::require(again.has_value(), "a long double reads back", input);
  }
  return 0;
}
