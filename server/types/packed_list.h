// A list of short strings and integers in one block of bytes, walked both ways.
// Threading: none of its own; belongs to the container that holds it.
// See: README.md of this folder, "Packed list".
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/number.h"

namespace corral::types {

/// One element, seen or to be stored: an integer whose decimal text is canonical, or any other bytes. Owns nothing.
class PackedElement {
 public:
  /// Room that text() needs for the digits of a number.
  using Buffer = char[protocol::kMaxInt64Chars];

  /// Text that is exactly what an int64 prints as becomes that number ("7", "-1"; not "007", "+1", "-0"). O(1).
  static PackedElement of(std::string_view text) {
    if (text.size() <= protocol::kMaxInt64Chars && !text.empty() && text[0] <= '9') {
      if (const std::optional<int64_t> number = protocol::parse_int64(text)) return PackedElement(*number);
    }
    return PackedElement(text);
  }
  static PackedElement of(int64_t number) { return PackedElement(number); }
  /// The bytes without a look at what they are: to be read, not to be stored or compared.
  static PackedElement view(std::string_view text) { return PackedElement(text); }

  bool is_number() const { return is_number_; }
  int64_t number() const { return number_; }
  /// The bytes as they were given; a number's digits go to `buffer`.
  std::string_view text(Buffer& buffer) const {
    if (!is_number_) return text_;
    return {buffer, static_cast<size_t>(protocol::write_int64(buffer, number_) - buffer)};
  }
  /// Length of the text.
  size_t size() const {
    Buffer buffer;
    return text(buffer).size();
  }
  bool operator==(const PackedElement& other) const {
    return is_number_ == other.is_number_ && number_ == other.number_ && text_ == other.text_;
  }

 private:
  friend class PackedList;
  explicit PackedElement(std::string_view text) : text_(text) {}
  explicit PackedElement(int64_t number) : number_(number), is_number_(true) {}

  std::string_view text_;
  int64_t number_ = 0;
  bool is_number_ = false;
};

/// Elements behind each other; a position is an offset, valid until the next change before or at it. Changes cost
/// O(bytes behind the position); the block is always about the size class of its content. An element that is stored
/// must not point into the list itself.
class PackedList {
 public:
  using Position = uint32_t;
  static constexpr Position kNone = UINT32_MAX;
  /// More than this is refused by a failed check: containers stop far below it.
  static constexpr size_t kMaxBytes = size_t{3} << 30;

  PackedList() = default;
  PackedList(PackedList&& other) noexcept { swap(other); }
  PackedList& operator=(PackedList&& other) noexcept {
    PackedList moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~PackedList() { clear(); }
  PackedList clone() const;
  void swap(PackedList& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(bytes_, other.bytes_);
    std::swap(count_, other.count_);
  }

  uint32_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  /// Bytes of all elements as stored.
  uint32_t bytes() const { return bytes_; }
  /// Of the block alone, 0 when empty. O(1).
  size_t memory_bytes() const { return block_ == nullptr ? 0 : capacity(); }
  /// Bytes the element would take.
  static size_t stored_size(const PackedElement& element);
  /// Bytes that a block takes beside its elements.
  static constexpr size_t kBlockHeader = sizeof(uint32_t);

  /// kNone when there is none. O(1).
  Position first() const { return count_ == 0 ? kNone : 0; }
  Position last() const { return count_ == 0 ? kNone : before(bytes_); }
  Position next(Position at) const;
  Position previous(Position at) const { return at == 0 ? kNone : before(at); }
  /// From the nearer end; negative counts from the last. O(count); kNone outside.
  Position at(int64_t index) const;
  PackedElement get(Position at) const;

  /// First equal element at or after `from`, looking at every (skip + 1)th only. O(bytes).
  Position find(const PackedElement& element, Position from, uint32_t skip = 0) const;
  bool equals(Position at, const PackedElement& element) const;

  /// Puts it before the element at `at` (kNone: at the end); returns where it is now.
  Position insert(Position at, const PackedElement& element);
  void append(const PackedElement& element) { insert(kNone, element); }
  void prepend(const PackedElement& element) { insert(first(), element); }
  void replace(Position at, const PackedElement& element);
  /// Erases up to `elements` of them; returns the position of the one behind, or kNone.
  Position erase(Position at, uint32_t elements = 1);
  /// Cuts the list before `at` and returns the rest. O(bytes of the rest).
  PackedList split(Position at);
  void append_all(const PackedList& other);
  void clear();

 private:
  const char* data() const { return block_ + kBlockHeader; }
  char* data() { return block_ + kBlockHeader; }
  uint32_t capacity() const {
    uint32_t capacity = 0;
    std::memcpy(&capacity, block_, sizeof capacity);
    return capacity;
  }
  Position before(Position end) const;
  char* splice(Position at, uint32_t removed, size_t added);

  char* block_ = nullptr;  // its capacity, then the elements
  uint32_t bytes_ = 0;
  uint32_t count_ = 0;
};

}  // namespace corral::types
