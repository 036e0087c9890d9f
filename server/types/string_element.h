// One element of a string table: key and payload in one allocation.
// Threading: none of its own.
// See: README.md of this folder, "String table".
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "server/base/memory.h"
#include "server/base/size_class.h"

namespace corral::types {

/// What stands beside a key: nothing (kNone), a text of any length (kText), or that many bytes.
enum class Payload : int8_t {
  kText = -1,
  kNone = 0,
  kFourBytes = 4,
  kEightBytes = 8,
  kTwelveBytes = 12,
  kSixteenBytes = 16
};

/// A view of an element; it stays where it is until it is erased or its payload gets another length. The payload of a
/// fixed size may be written through; it is not aligned.
struct StringElement {
  std::string_view key;
  char* payload = nullptr;
  size_t payload_size = 0;
  std::string_view payload_text() const { return {payload, payload_size}; }
};

// Layout: length of the key in 7-bit groups, key, [length of the payload,] payload.
namespace string_element {

inline size_t length_size(size_t length) {
  size_t size = 1;
  while ((length >>= 7) != 0) ++size;
  return size;
}

inline char* write_length(char* at, size_t length) {
  for (; length > 0x7F; length >>= 7) *at++ = static_cast<char>(length | 0x80);
  *at++ = static_cast<char>(length);
  return at;
}

inline const char* read_length(const char* at, size_t& length) {
  length = static_cast<uint8_t>(*at) & 0x7FU;
  for (int shift = 7; (static_cast<uint8_t>(*at++) & 0x80) != 0; shift += 7) {
    length |= (static_cast<uint8_t>(*at) & size_t{0x7F}) << shift;
  }
  return at;
}

inline std::string_view key(const char* element) {
  size_t length = 0;
  const char* const text = read_length(element, length);
  return {text, length};
}

inline StringElement read(char* element, Payload kind) {
  StringElement view;
  view.key = key(element);
  const char* at = view.key.data() + view.key.size();
  view.payload_size = static_cast<size_t>(kind);
  if (kind == Payload::kText) at = read_length(at, view.payload_size);
  view.payload = const_cast<char*>(at);
  return view;
}

inline size_t bytes(size_t key_size, size_t payload_size, Payload kind) {
  return length_size(key_size) + key_size + (kind == Payload::kText ? length_size(payload_size) : 0) +
         payload_size;
}
/// What it takes of the heap.
inline size_t heap_bytes(char* element, Payload kind) {
  const StringElement view = read(element, kind);
  return base::size_class(bytes(view.key.size(), view.payload_size, kind));
}

inline void write_payload(char* at, std::string_view payload, Payload kind) {
  if (kind == Payload::kText) at = write_length(at, payload.size());
  if (!payload.empty()) std::memcpy(at, payload.data(), payload.size());
}

// The whole size class is asked for, as a longer payload may be written into it later.
inline char* make(std::string_view key, std::string_view payload, Payload kind) {
  const size_t heap_bytes = base::size_class(bytes(key.size(), payload.size(), kind));
  auto* const element = static_cast<char*>(base::allocate(heap_bytes));
  char* const at = write_length(element, key.size());
  if (!key.empty()) std::memcpy(at, key.data(), key.size());
  write_payload(at + key.size(), payload, kind);
  return element;
}

inline void free(char* element, Payload kind) {
  base::release(element, heap_bytes(element, kind));
}

}  // namespace string_element
}  // namespace corral::types
