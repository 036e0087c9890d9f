// CRC-64 by tables, eight bytes at a time.
// Threading: pure functions; the tables are constant.
// See: crc64.h
#include "server/rdb/crc64.h"

#include <array>

namespace corral::rdb {
namespace {

constexpr uint64_t kReflectedPolynomial = 0x95ac9329ac4bc9b5;

using Tables = std::array<std::array<uint64_t, 256>, 8>;

// Table n moves a byte n places further.
constexpr Tables make_tables() {
  Tables tables{};
  for (uint64_t byte = 0; byte < 256; ++byte) {
    uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t n = 1; n < tables.size(); ++n) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint64_t before = tables[n - 1][byte];
      tables[n][byte] = tables[0][before & 0xFF] ^ (before >> 8);
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

uint64_t crc64(std::string_view bytes) {
  uint64_t crc = 0;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    uint64_t next = 0;
    for (size_t i = 0; i < 8; ++i) {
      const uint64_t byte = (crc >> (8 * i) & 0xFF) ^ static_cast<uint8_t>(bytes[i]);
      next ^= kTables[7 - i][byte];
    }
    crc = next;
  }
  for (const char byte : bytes) crc = kTables[0][(crc ^ static_cast<uint8_t>(byte)) & 0xFF] ^ (crc >> 8);
  return crc;
}

}  // namespace corral::rdb
