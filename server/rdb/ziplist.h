// The compact forms before the listpack: ziplist and zipmap. They are only read.
// Threading: none of its own.
// See: README.md of this folder, "Compact forms".
#pragma once

#include <optional>
#include <string_view>

#include "server/rdb/byte_reader.h"
#include "server/types/packed_list.h"

namespace corral::rdb {

/// Strings and integers; as ListpackReader.
class ZiplistReader {
 public:
  explicit ZiplistReader(std::string_view block);
  std::optional<types::PackedElement> next();
  bool complete() const { return complete_ && !reader_.failed(); }

 private:
  types::PackedElement element(uint8_t first);
  types::PackedElement number(size_t bytes);

  ByteReader reader_;
  size_t size_ = 0;
  uint64_t tail_ = 0;  // where the last entry is said to begin
  uint64_t announced_ = 0;
  uint64_t seen_ = 0;
  size_t last_begin_ = 0;
  size_t last_bytes_ = 0;
  bool complete_ = false;
};

/// Keys and values in turn.
class ZipmapReader {
 public:
  explicit ZipmapReader(std::string_view block) : reader_(block), announced_(reader_.byte()) {}
  std::optional<types::PackedElement> next();
  bool complete() const { return complete_ && !reader_.failed(); }

 private:
  ByteReader reader_;
  uint64_t announced_;  // pairs, if less than 254
  uint64_t seen_ = 0;
  bool complete_ = false;
};

}  // namespace corral::rdb
