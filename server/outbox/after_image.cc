// A kind byte, then the text; or the number of fields and each name and value behind its length.
// Threading: pure functions.
// See: README.md of this folder, "After-image".
#include "server/outbox/after_image.h"

#include <algorithm>
#include <cstdint>

namespace corral::outbox {
namespace {

constexpr char kString = 's';
constexpr char kHash = 'h';

void put_number(std::string& out, uint64_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}

void put_bytes(std::string& out, std::string_view bytes) {
  put_number(out, bytes.size());
  out.append(bytes);
}

/// Only the shortest form of a number is one, so that equal values have equal images.
bool take_number(std::string_view& in, uint64_t& number) {
  number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (in.empty()) return false;
    const auto byte = static_cast<uint8_t>(in.front());
    in.remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    number |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return byte != 0 || shift == 0;
  }
  return false;
}

bool take_bytes(std::string_view& in, std::string_view& bytes) {
  uint64_t size = 0;
  if (!take_number(in, size) || size > in.size()) return false;
  bytes = in.substr(0, size);
  in.remove_prefix(size);
  return true;
}

}  // namespace

std::string encode_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 1);
  out.push_back(kString);
  out.append(text);
  return out;
}

std::string encode_hash(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string out(1, kHash);
  put_number(out, fields.size());
  for (const auto& [name, value] : fields) {
    put_bytes(out, name);
    put_bytes(out, value);
  }
  return out;
}

std::optional<AfterImage> decode(std::string_view image) {
  if (image.empty()) return std::nullopt;
  AfterImage result;
  const char kind = image.front();
  image.remove_prefix(1);
  if (kind == kString) {
    result.text = image;
    return result;
  }
  uint64_t count = 0;
  // A field takes two bytes at least.
  if (kind != kHash || !take_number(image, count) || count > image.size() / 2) return std::nullopt;
  result.is_hash = true;
  result.fields.reserve(count);
  for (; count > 0; --count) {
    std::pair<std::string_view, std::string_view> field;
    if (!take_bytes(image, field.first) || !take_bytes(image, field.second)) return std::nullopt;
    result.fields.push_back(field);
  }
  if (!image.empty()) return std::nullopt;
  return result;
}

}  // namespace corral::outbox
