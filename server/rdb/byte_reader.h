// Reading foreign bytes from the front: numbers, and the lengths and strings of the RDB format.
// Threading: none of its own.
// See: README.md of this folder, "Strings".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace corral::rdb {

/// Never reads behind the end: what is not there makes it fail, for good, and everything after that is 0 or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }
  size_t left() const { return rest_.size(); }
  void fail() {
    failed_ = true;
    rest_ = {};
  }

  uint8_t byte() { return static_cast<uint8_t>(little(1)); }
  uint64_t little(size_t bytes) { return number(take(bytes), false); }
  uint64_t big(size_t bytes) { return number(take(bytes), true); }
  std::string_view take(uint64_t bytes) {
    if (bytes > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

 private:
  static uint64_t number(std::string_view bytes, bool big) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
      const auto byte = static_cast<uint8_t>(bytes[i]);
      value = big ? value << 8 | byte : value | uint64_t{byte} << (8 * i);
    }
    return value;
  }

  std::string_view rest_;
  bool failed_ = false;
};

/// The bytes of one dumped value.
class RdbReader : public ByteReader {
 public:
  /// All that strings of one value may become when they are unpacked.
  static constexpr uint64_t kMostUnpackedBytes = uint64_t{2} << 30;
  /// And one of them: what a string may have at most.
  static constexpr uint64_t kMostStringBytes = uint64_t{512} << 20;

  using ByteReader::ByteReader;

  /// A plain length, fails on a special one.
  uint64_t length();
  /// A length of things that take at least `least_bytes` each, so that no more of them are believed than can follow.
  uint64_t count(size_t least_bytes = 1);
  /// A string in any form: a view of the payload, or of `room`.
  std::string_view text(std::string& room);

 private:
  uint64_t length_or_form(bool& is_form);
  uint64_t unpacked_ = 0;
};

}  // namespace corral::rdb
