// The checksum behind a dumped value: CRC-64 with Jones' polynomial, as Redis computes it.
// Threading: pure functions.
// See: README.md of this folder, "Payload".
#pragma once

#include <cstdint>
#include <string_view>

namespace corral::rdb {

/// Reflected, polynomial 0xad93d23594c935a9, start 0, no final change: crc64("123456789") is 0xe9c6d914c4b8d9ca. O(n).
uint64_t crc64(std::string_view bytes);

}  // namespace corral::rdb
