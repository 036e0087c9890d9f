// FUNCTION DUMP's payload: Redis' RDB encoding of libraries, its version and checksum.
// Threading: pure functions.
// See: function_libraries.h; https://rdb.fnordig.de/file_format.html for strings and LZF.
#include <array>
#include <optional>

#include "server/scripting/function_libraries.h"

namespace corral::scripting {
namespace {

constexpr unsigned char kFunction = 0xf5;
constexpr unsigned kVersion = 10;  // of Redis 7.0
constexpr size_t kFooter = 10;
constexpr size_t kMostCode = 64 * 1024 * 1024;

// CRC-64 of Jones, reflected, as Redis has it.
uint64_t checksum(std::string_view bytes) {
  static const auto kTable = [] {
    std::array<uint64_t, 256> table{};
    for (uint64_t i = 0; i < 256; ++i) {
      uint64_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x95ac9329ac4bc9b5 : crc >> 1;
      table[i] = crc;
    }
    return table;
  }();
  uint64_t crc = 0;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ crc >> 8;
  return crc;
}

void append_little(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

void append_length(std::string& out, size_t length) {
  if (length < 64) {
    out.push_back(static_cast<char>(length));
  } else if (length < 16384) {
    out.push_back(static_cast<char>(0x40 | length >> 8));
    out.push_back(static_cast<char>(length & 0xff));
  } else {
    out.push_back(static_cast<char>(0x80));
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(length >> shift & 0xff));
  }
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::optional<unsigned char> byte() {
    if (rest_.empty()) return std::nullopt;
    const auto value = static_cast<unsigned char>(rest_[0]);
    rest_.remove_prefix(1);
    return value;
  }
  std::optional<std::string> text() {
    const auto first = byte();
    if (!first) return std::nullopt;
    if (*first == 0xc3) return compressed();
    const auto size = length(*first);
    if (!size || *size > rest_.size()) return std::nullopt;
    return std::string(take(*size));
  }

 private:
  std::string_view take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::optional<size_t> length(unsigned char first) {
    if (first < 0x40) return first;
    int more = 4;
    size_t value = 0;
    if (first < 0x80) {
      more = 1;
      value = first & 0x3f;
    } else if (first != 0x80) {
      return std::nullopt;
    }
    for (; more > 0; --more) {
      const auto next = byte();
      if (!next) return std::nullopt;
      value = value << 8 | *next;
    }
    return value;
  }
  std::optional<size_t> length() {
    const auto first = byte();
    return first ? length(*first) : std::nullopt;
  }
  // LZF: literal runs, and references back into what was written.
  std::optional<std::string> compressed() {
    const auto packed = length();
    const auto whole = packed ? length() : std::nullopt;
    if (!whole || *packed > rest_.size() || *whole > kMostCode) return std::nullopt;
    Reader in(take(*packed));
    std::string out;
    while (!in.at_end()) {
      const unsigned control = *in.byte();
      if (control < 32) {
        if (control + 1 > in.rest_.size()) return std::nullopt;
        out.append(in.take(control + 1));
      } else {
        size_t size = control >> 5;
        if (size == 7) {
          const auto more = in.byte();
          if (!more) return std::nullopt;
          size += *more;
        }
        const auto low = in.byte();
        if (!low) return std::nullopt;
        const size_t back = (control & 31) << 8 | *low;
        if (back + 1 > out.size()) return std::nullopt;
        for (size_t i = 0; i < size + 2; ++i) out.push_back(out[out.size() - back - 1]);
      }
      if (out.size() > *whole) return std::nullopt;
    }
    if (out.size() != *whole) return std::nullopt;
    return out;
  }

  std::string_view rest_;
};

}  // namespace

std::string dump_codes(const std::vector<LibraryRef>& libraries) {
  std::string out;
  for (const LibraryRef& library : libraries) {
    out.push_back(static_cast<char>(kFunction));
    append_length(out, library->code.size());
    out += library->code;
  }
  append_little(out, kVersion, 2);
  append_little(out, checksum(out), 8);
  return out;
}

base::Result<std::vector<std::string>> read_codes(std::string_view payload) {
  const base::Error wrong{"DUMP payload version or checksum are wrong"};
  if (payload.size() < kFooter) return wrong;
  const std::string_view body = payload.substr(0, payload.size() - kFooter);
  const auto byte_at = [&](size_t i) { return static_cast<unsigned char>(payload[body.size() + i]); };
  uint64_t said = 0;
  for (size_t i = 0; i < 8; ++i) said |= uint64_t{byte_at(2 + i)} << (8 * i);
  if ((byte_at(0) | byte_at(1) << 8) > static_cast<int>(kVersion) ||
      said != checksum(payload.substr(0, payload.size() - 8))) {
    return wrong;
  }
  std::vector<std::string> codes;
  Reader reader(body);
  while (!reader.at_end()) {
    if (*reader.byte() != kFunction) return base::Error{"given type is not a function"};
    auto code = reader.text();
    if (!code) return base::Error{"Failed loading library data"};
    codes.push_back(std::move(*code));
  }
  return codes;
}

}  // namespace corral::scripting
