// The format of packed elements, and changes in the middle of the block.
// Threading: see packed_list.h.
// See: README.md of this folder, "Packed list".
#include "server/types/packed_list.h"

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/base/size_class.h"

namespace corral::types {
namespace {

// An element is a body and, behind it, the body's length in 7-bit groups to be read backwards. Bodies:
//   0vvvvvvv                 0 … 127
//   10llllll text            up to 63 bytes
//   110vvvvv v               -4,096 … 4,095
//   1110llll l text          up to 4,095 bytes
//   11110000 llll text       longer
//   1111wwww v…              integer in w = 2 … 8 bytes, little endian
// Every value has one form only, so that equal elements are equal bytes.
constexpr uint8_t kText6 = 0x80;
constexpr uint8_t kInt13 = 0xC0;
constexpr uint8_t kText12 = 0xE0;
constexpr uint8_t kText32 = 0xF0;
constexpr size_t kLongestHead = 9;

uint8_t byte_at(const char* at) {
  return static_cast<uint8_t>(*at);
}

struct Body {
  char head[kLongestHead];
  uint8_t head_size = 0;
  std::string_view text;
  size_t size() const { return head_size + text.size(); }
};

int integer_width(int64_t number) {
  for (int width = 2; width < 8; ++width) {
    const int64_t limit = int64_t{1} << (8 * width - 1);
    if (number >= -limit && number < limit) return width;
  }
  return 8;
}

Body encode_number(int64_t number) {
  Body body;
  if (number >= 0 && number <= 127) {
    body.head[0] = static_cast<char>(number);
    body.head_size = 1;
  } else if (number >= -4096 && number <= 4095) {
    const auto bits = static_cast<uint64_t>(number) & 0x1FFF;
    body.head[0] = static_cast<char>(kInt13 | (bits >> 8));
    body.head[1] = static_cast<char>(bits & 0xFF);
    body.head_size = 2;
  } else {
    const int width = integer_width(number);
    body.head[0] = static_cast<char>(kText32 | width);
    const auto bits = static_cast<uint64_t>(number);
    for (int i = 0; i < width; ++i) body.head[1 + i] = static_cast<char>(bits >> (8 * i));
    body.head_size = static_cast<uint8_t>(1 + width);
  }
  return body;
}

Body encode_text(std::string_view text) {
  Body body;
  body.text = text;
  const size_t size = text.size();
  if (size <= 63) {
    body.head[0] = static_cast<char>(kText6 | size);
    body.head_size = 1;
  } else if (size <= 4095) {
    body.head[0] = static_cast<char>(kText12 | (size >> 8));
    body.head[1] = static_cast<char>(size & 0xFF);
    body.head_size = 2;
  } else {
    CHECK(size < PackedList::kMaxBytes);
    body.head[0] = static_cast<char>(kText32);
    const auto length = static_cast<uint32_t>(size);
    std::memcpy(body.head + 1, &length, sizeof length);
    body.head_size = 5;
  }
  return body;
}

// Bytes of the head and the text's length behind it; the length is 0 for a number.
struct Shape {
  uint32_t head = 0;
  uint32_t text = 0;
  uint32_t body() const { return head + text; }
};

Shape shape_at(const char* at) {
  const uint8_t first = byte_at(at);
  if (first < kText6) return {1, 0};
  if (first < kInt13) return {1, static_cast<uint32_t>(first & 0x3F)};
  if (first < kText12) return {2, 0};
  if (first < kText32) return {2, static_cast<uint32_t>((first & 0x0F) << 8 | byte_at(at + 1))};
  if (first > kText32) return {1 + static_cast<uint32_t>(first & 0x0F), 0};
  uint32_t length = 0;
  std::memcpy(&length, at + 1, sizeof length);
  return {5, length};
}

uint32_t trailer_size(size_t body) {
  uint32_t size = 1;
  while ((body >>= 7) != 0) ++size;
  return size;
}

// The lowest group stands last; a set high bit says that another one stands before.
void write_trailer(char* at, size_t body, uint32_t size) {
  for (uint32_t i = size; i-- > 0; body >>= 7) {
    at[i] = static_cast<char>((body & 0x7F) | (i > 0 ? 0x80 : 0));
  }
}

uint32_t whole_size(const char* at) {
  const uint8_t first = byte_at(at);  // most elements are short ones
  if (first < kText6) return 2;
  if (first < kInt13) return 2 + (first & 0x3FU);
  const uint32_t body = shape_at(at).body();
  return body + trailer_size(body);
}

int64_t number_at(const char* at) {
  const uint8_t first = byte_at(at);
  if (first < kText6) return first;
  if (first < kText12) {
    const int64_t bits = (first & 0x1F) << 8 | byte_at(at + 1);
    return bits >= 4096 ? bits - 8192 : bits;
  }
  const int width = first & 0x0F;
  uint64_t bits = 0;
  for (int i = 0; i < width; ++i) bits |= static_cast<uint64_t>(byte_at(at + 1 + i)) << (8 * i);
  const int unused = 64 - 8 * width;
  return static_cast<int64_t>(bits << unused) >> unused;
}

bool is_number_at(const char* at) {
  const uint8_t first = byte_at(at);
  return first < kText6 || (first >= kInt13 && first < kText12) || first > kText32;
}

bool same(const char* at, const Body& body) {
  // The first byte holds the kind and a short text's length, the last byte is where numbered names differ: few elements
  // get as far as memcmp().
  if (*at != body.head[0]) return false;
  if (body.head_size > 1 && std::memcmp(at, body.head, body.head_size) != 0) return false;
  if (body.text.empty()) return true;
  const char* const text = at + body.head_size;
  return text[body.text.size() - 1] == body.text.back() &&
         std::memcmp(text, body.text.data(), body.text.size()) == 0;
}

Body encode(const PackedElement& element) {
  if (element.is_number()) return encode_number(element.number());
  PackedElement::Buffer unused;
  return encode_text(element.text(unused));
}

void write(char* at, const Body& body) {
  std::memcpy(at, body.head, body.head_size);
  if (!body.text.empty()) std::memcpy(at + body.head_size, body.text.data(), body.text.size());
  write_trailer(at + body.size(), body.size(), trailer_size(body.size()));
}

}  // namespace

size_t PackedList::stored_size(const PackedElement& element) {
  const size_t body = encode(element).size();
  return body + trailer_size(body);
}

PackedList PackedList::clone() const {
  PackedList copy;
  copy.append_all(*this);
  return copy;
}

PackedList::Position PackedList::next(Position at) const {
  const Position behind = at + whole_size(data() + at);
  return behind == bytes_ ? kNone : behind;
}

PackedList::Position PackedList::before(Position end) const {
  uint32_t body = 0;
  uint32_t shift = 0;
  uint8_t group = 0;
  do {
    group = byte_at(data() + --end);
    body |= static_cast<uint32_t>(group & 0x7F) << shift;
    shift += 7;
  } while ((group & 0x80) != 0);
  return end - body;
}

PackedList::Position PackedList::at(int64_t index) const {
  if (index < 0) index += count_;
  if (index < 0 || index >= count_) return kNone;
  if (index <= count_ / 2) {
    Position position = 0;
    for (; index > 0; --index) position += whole_size(data() + position);
    return position;
  }
  Position position = last();
  for (int64_t i = count_ - 1; i > index; --i) position = before(position);
  return position;
}

PackedElement PackedList::get(Position at) const {
  const char* const element = data() + at;
  if (is_number_at(element)) return PackedElement(number_at(element));
  const Shape shape = shape_at(element);
  return PackedElement(std::string_view(element + shape.head, shape.text));
}

PackedList::Position PackedList::find(const PackedElement& element, Position from, uint32_t skip) const {
  if (from == kNone) return kNone;
  const Body body = encode(element);
  const char* const begin = data();
  Position at = from;
  while (at < bytes_) {
    if (same(begin + at, body)) return at;
    for (uint32_t i = 0; i <= skip && at < bytes_; ++i) at += whole_size(begin + at);
  }
  return kNone;
}

bool PackedList::equals(Position at, const PackedElement& element) const {
  return same(data() + at, encode(element));
}

// Makes room for `added` bytes in place of `removed` ones. One size class at a time is a quarter more at least, so
// growing stays amortised; it shrinks when half would do.
char* PackedList::splice(Position at, uint32_t removed, size_t added) {
  const size_t bytes = bytes_ - removed + added;
  CHECK(bytes <= kMaxBytes);
  if (bytes == 0) {
    clear();
    return nullptr;
  }
  const size_t wanted = base::size_class(kBlockHeader + bytes);
  const size_t tail = bytes_ - removed - at;
  if (block_ != nullptr && wanted <= capacity() && wanted > capacity() / 2) {
    if (tail > 0 && removed != added) std::memmove(data() + at + added, data() + at + removed, tail);
  } else {
    auto* const block = static_cast<char*>(base::allocate(wanted));
    const auto capacity_now = static_cast<uint32_t>(wanted);
    std::memcpy(block, &capacity_now, sizeof capacity_now);
    if (at > 0) std::memcpy(block + kBlockHeader, data(), at);
    if (tail > 0) std::memcpy(block + kBlockHeader + at + added, data() + at + removed, tail);
    if (block_ != nullptr) base::release(block_, capacity());
    block_ = block;
  }
  bytes_ = static_cast<uint32_t>(bytes);
  return data() + at;
}

PackedList::Position PackedList::insert(Position at, const PackedElement& element) {
  if (at == kNone) at = bytes_;
  const Body body = encode(element);
  write(splice(at, 0, body.size() + trailer_size(body.size())), body);
  ++count_;
  return at;
}

void PackedList::replace(Position at, const PackedElement& element) {
  const Body body = encode(element);
  write(splice(at, whole_size(data() + at), body.size() + trailer_size(body.size())), body);
}

PackedList::Position PackedList::erase(Position at, uint32_t elements) {
  Position behind = at;
  uint32_t erased = 0;
  for (; erased < elements && behind < bytes_; ++erased) behind += whole_size(data() + behind);
  count_ -= erased;
  splice(at, behind - at, 0);
  return at < bytes_ ? at : kNone;
}

PackedList PackedList::split(Position at) {
  PackedList rest;
  if (at == kNone || at >= bytes_) return rest;
  uint32_t moved = 0;
  for (Position walk = at; walk < bytes_; ++moved) walk += whole_size(data() + walk);
  const uint32_t size = bytes_ - at;
  std::memcpy(rest.splice(0, 0, size), data() + at, size);
  rest.count_ = moved;
  count_ -= moved;
  splice(at, size, 0);
  return rest;
}

void PackedList::append_all(const PackedList& other) {
  if (other.empty()) return;
  std::memcpy(splice(bytes_, 0, other.bytes_), other.data(), other.bytes_);
  count_ += other.count_;
}

void PackedList::clear() {
  if (block_ != nullptr) base::release(block_, capacity());
  block_ = nullptr;
  bytes_ = 0;
  count_ = 0;
}

}  // namespace corral::types
