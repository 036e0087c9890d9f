// Names and values of header lines.
// Threading: pure functions.
// See: header_rules.h.
#include "server/origin/header_rules.h"

#include <algorithm>

#include "protocol/bytes.h"
#include "server/config/words.h"

namespace corral::origin {
namespace {

using base::Error;
using protocol::equals_ignore_case;

constexpr size_t kLongestValue = 4096;
// What a call says by itself, or what would take its message apart.
constexpr std::string_view kOwn[] = {"content-length",
                                     "transfer-encoding",
                                     "connection",
                                     "expect",
                                     "te",
                                     "trailer",
                                     "upgrade",
                                     "accept-encoding",
                                     "range",
                                     "if-none-match",
                                     "if-modified-since",
                                     "idempotency-key",
                                     "traceparent",
                                     "x-corral-attempt",
                                     "x-corral-version",
                                     "corral-expires-at"};
// Parts of names whose values are nobody's business.
constexpr std::string_view kSecret[] = {"auth", "cookie",   "token",      "secret",
                                        "key",  "password", "credential", "signature"};

bool token_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

bool header_value_ok(std::string_view value) {
  return value.size() <= kLongestValue && std::all_of(value.begin(), value.end(), [](char c) {
           return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 127);
         });
}

base::Status check_header(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return Error{"is not a header; write \"Name: value\""};
  const std::string_view name = line.substr(0, colon);
  if (name.empty() || name.size() > 128 || !std::all_of(name.begin(), name.end(), token_byte)) {
    return Error{config::quoted(name) + " is not the name of a header"};
  }
  for (const std::string_view own : kOwn) {
    if (equals_ignore_case(name, own))
      return Error{config::quoted(name) + " is a header that Corral sets by itself"};
  }
  if (!header_value_ok(line.substr(colon + 1))) {
    return Error{"has control characters in its value, or more than 4096 bytes"};
  }
  if (line.find_first_not_of(" \t", colon + 1) == std::string_view::npos) return Error{"has no value"};
  return base::Ok{};
}

std::string masked_header(std::string_view line) {
  const size_t colon = std::min(line.find(':'), line.size());
  std::string name(line.substr(0, colon));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  const bool secret = std::any_of(std::begin(kSecret), std::end(kSecret), [&](std::string_view part) {
    return name.find(part) != std::string::npos;
  });
  const bool from_outside = line.find("${", colon) != std::string_view::npos;
  if (!secret || from_outside) return std::string(line);
  return std::string(line.substr(0, colon)) + ": ***";
}

}  // namespace corral::origin
