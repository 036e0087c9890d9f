// Numbers as the C library reads them.
// Threading: pure functions.
// See: c_number.h
#include "protocol/c_number.h"

#include <cmath>
#include <cstdlib>
#include <string>

namespace corral::protocol {

std::optional<double> parse_c_double(Bytes text) {
  const std::string terminated(c_text(text));
  char* end = nullptr;
  const double value = std::strtod(terminated.c_str(), &end);
  if (end != terminated.c_str() + terminated.size() || std::isnan(value)) return std::nullopt;
  return value;
}

const char* read_c_double(const char* text, double& value) {
  char* end = nullptr;
  value = std::strtod(text, &end);
  return end;
}

int read_c_int(Bytes text) {
  const std::string terminated(c_text(text));
  return static_cast<int>(std::strtol(terminated.c_str(), nullptr, 10));
}

}  // namespace corral::protocol
