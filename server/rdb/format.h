// The numbers of the RDB format that values need.
// Threading: constants.
// See: README.md of this folder, "Values".
#pragma once

#include <cstdint>

namespace corral::rdb {

/// Of the payloads written here, as Redis 7.0's.
inline constexpr uint16_t kVersion = 10;
/// The newest that is read: Redis 7.2's, whose values are those below.
inline constexpr uint16_t kNewestVersion = 11;

/// What stands in front of a value.
enum class Type : uint8_t {
  kString = 0,
  kList = 1,
  kSet = 2,
  kZsetText = 3,  // scores as text
  kHash = 4,
  kZset = 5,  // scores as doubles
  kHashZipmap = 9,
  kListZiplist = 10,
  kSetIntset = 11,
  kZsetZiplist = 12,
  kHashZiplist = 13,
  kListOfZiplists = 14,
  kStream1 = 15,
  kHashListpack = 16,
  kZsetListpack = 17,
  kListOfListpacks = 18,
  kStream2 = 19,
  kSetListpack = 20,  // these two since version 11
  kStream3 = 21,
};

// First bytes of a length.
inline constexpr uint8_t kLength32 = 0x80;
inline constexpr uint8_t kLength64 = 0x81;
// Forms of a string, in the low bits of a first byte of 0b11......; integers have 1 << form bytes.
inline constexpr uint8_t kInt32 = 2;
inline constexpr uint8_t kLzf = 3;
inline constexpr uint8_t kStringForm = 0xC0;

// Nodes of a list.
inline constexpr uint64_t kPlainNode = 1;
inline constexpr uint64_t kPackedNode = 2;

// Flags of an entry in a stream's listpack.
inline constexpr int64_t kEntryDeleted = 1;
inline constexpr int64_t kEntrySameFields = 2;

}  // namespace corral::rdb
