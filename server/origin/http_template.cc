// Reads a template once, and fills it for each call.
// Threading: pure functions.
// See: http_template.h; RFC 3986.
#include "server/origin/http_template.h"

#include <algorithm>
#include <span>

#include "server/base/nearest_word.h"
#include "server/config/words.h"

namespace corral::origin {
namespace {

using base::Error;
using base::Status;
using config::quoted;

constexpr size_t kLongestTemplate = 2048;
constexpr size_t kLongestTarget = 8192;

struct Methods {
  Operation operation;
  std::string_view name;
  std::string_view list;
  std::span<const std::string_view> methods;
};
constexpr std::string_view kLoadMethods[] = {"GET"};
constexpr std::string_view kStoreMethods[] = {"PUT", "POST", "PATCH"};
constexpr std::string_view kRemoveMethods[] = {"DELETE", "POST"};
constexpr Methods kMethods[] = {{Operation::kLoad, "load", "GET", kLoadMethods},
                                {Operation::kStore, "store", "PUT, POST or PATCH", kStoreMethods},
                                {Operation::kRemove, "remove", "DELETE or POST", kRemoveMethods}};

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// What may stand in a path or a query as it is; % is looked at by itself.
bool target_byte(char c) {
  return unreserved(c) || std::string_view("/?:@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

bool hex_digit(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

// Whether a segment names something else than meant: nothing, or dots. Servers that undo %2F before they follow dots see
// several segments in it.
bool misleading(std::string_view segment) {
  if (segment.empty()) return true;
  for (size_t at = 0; at <= segment.size();) {
    const size_t end = std::min({segment.find("%2F", at), segment.find("%5C", at), segment.size()});
    const std::string_view piece = segment.substr(at, end - at);
    if (piece == "." || piece == "..") return true;
    at = end + 3;
  }
  return false;
}

}  // namespace

void append_percent_encoded(std::string_view bytes, std::string& out) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : bytes) {
    if (unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

base::Result<HttpTemplate> HttpTemplate::parse(Operation operation, std::string_view text) {
  const Methods& methods = kMethods[static_cast<size_t>(operation)];
  const std::string example = std::string(methods.methods[0]) + " /products/{1}";
  if (text.size() > kLongestTemplate) return Error{"has more than 2048 bytes"};
  const size_t blank = text.find(' ');
  if (blank == std::string_view::npos || blank == 0) {
    return Error{quoted(text) + " is not a method and a path; write them as in \"" + example + "\""};
  }
  const std::string_view method = text.substr(0, blank);
  if (std::find(methods.methods.begin(), methods.methods.end(), method) == methods.methods.end()) {
    return Error{quoted(method) + " is no method of a " + std::string(methods.name) + ", which takes " +
                 std::string(methods.list) + base::did_you_mean(method, methods.methods)};
  }
  HttpTemplate result;
  result.method_ = method;
  const std::string_view target = text.substr(blank + 1);
  if (!target.starts_with('/')) {
    return Error{quoted(target) + " does not begin with a slash; write a path as in \"" + example + "\""};
  }
  if (Status status = result.parse_target(target); !status)
    return Error{quoted(target) + " " + status.error()};
  return result;
}

Status HttpTemplate::parse_target(std::string_view target) {
  parts_.emplace_back();
  for (size_t at = 0; at < target.size(); ++at) {
    const char c = target[at];
    if (c == '{') {
      const size_t end = target.find('}', at);
      const std::string_view inner =
          end == std::string_view::npos ? std::string_view() : target.substr(at + 1, end - at - 1);
      if (inner.size() != 1 || inner[0] < '0' || inner[0] > '9') {
        return Error{"has " + quoted(target.substr(at, end == std::string_view::npos ? end : end - at + 1)) +
                     " where {1} to {9}, the stars of the policy's pattern, or {0}, the key, can stand"};
      }
      parts_.back().capture = static_cast<size_t>(inner[0] - '0');
      most_capture_ = std::max(most_capture_, parts_.back().capture);
      parts_.emplace_back();
      at = end;
      continue;
    }
    if (!target_byte(c)) {
      std::string encoded;
      append_percent_encoded(std::string_view(&c, 1), encoded);
      return Error{"has " + quoted(std::string_view(&c, 1)) + " in it; write it as " + encoded};
    }
    if (c == '%' && (at + 2 >= target.size() || !hex_digit(target[at + 1]) || !hex_digit(target[at + 2]))) {
      return Error{"has a % without two hexadecimal digits behind it; write a percent sign as %25"};
    }
    parts_.back().literal += c;
  }
  return base::Ok{};
}

Status HttpTemplate::append_target(const std::vector<std::string>& captures, std::string& out) const {
  const size_t begin = out.size();
  size_t segment = begin;  // where the segment that is being written begins
  bool captured = false;   // whether it has a capture in it
  bool in_path = true;
  const auto wrong = [&] { return in_path && captured && misleading(std::string_view(out).substr(segment)); };
  for (const Part& part : parts_) {
    for (const char c : part.literal) {
      if (in_path && (c == '/' || c == '?')) {
        if (wrong()) return Error{"what the key holds is no segment of a path"};
        in_path = c == '/';
        segment = out.size() + 1;
        captured = false;
      }
      out += c;
    }
    if (part.capture == kNone) continue;
    captured = true;
    // Three bytes for each of the capture's at most: the bound below holds before they are written, too.
    if (captures[part.capture].size() > kLongestTarget)
      return Error{"the target would have more than 8192 bytes"};
    append_percent_encoded(captures[part.capture], out);
  }
  if (wrong()) return Error{"what the key holds is no segment of a path"};
  if (out.size() - begin > kLongestTarget) return Error{"the target would have more than 8192 bytes"};
  return base::Ok{};
}

}  // namespace corral::origin
