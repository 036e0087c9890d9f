// Redis' listpack: strings and integers behind each other in one block.
// Threading: none of its own.
// See: README.md of this folder, "Compact forms".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/rdb/byte_reader.h"
#include "server/types/packed_list.h"

namespace corral::rdb {

/// Reads foreign bytes: sizes, counts and the lengths for walking back are all checked.
class ListpackReader {
 public:
  explicit ListpackReader(std::string_view block);
  /// The next element, a view of the block; none behind the last, or when it has failed.
  std::optional<types::PackedElement> next();
  /// As above, for a place where only an integer may stand.
  int64_t integer();
  bool failed() const { return reader_.failed(); }
  void fail() { reader_.fail(); }
  /// All was read, and nothing was wrong.
  bool complete() const { return complete_ && !failed(); }

 private:
  types::PackedElement element(uint8_t first, size_t& bytes);
  types::PackedElement number(size_t number_bytes, size_t& bytes);
  types::PackedElement text(uint64_t length, size_t head, size_t& bytes);
  void end();

  ByteReader reader_;
  uint64_t announced_ = 0;
  uint64_t seen_ = 0;
  bool complete_ = false;
};

/// Writes them.
class ListpackWriter {
 public:
  void append(const types::PackedElement& element);
  void append(int64_t number) { append(types::PackedElement::of(number)); }
  uint64_t count() const { return count_; }
  size_t bytes() const { return body_.size(); }
  /// Puts another's elements behind these; the other is empty after it.
  void append_all(ListpackWriter& other);
  /// The whole block; the writer is empty after it.
  std::string take();

 private:
  std::string body_;
  uint64_t count_ = 0;
};

}  // namespace corral::rdb
