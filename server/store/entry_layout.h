// The bytes of an entry: how large they get, how they are written, how a key is compared with them.
// Threading: under the lock of the entry's stripe.
// See: entry.h, and README.md of this folder, "Entry".
#pragma once

#include <bit>
#include <cstring>
#include <string_view>

#include "server/base/memory.h"
#include "server/base/size_class.h"
#include "server/store/entry.h"

namespace corral::store {

using base::size_class;

/// Whether n bytes are the same. Most keys are short: two overlapping words beat a call.
inline bool same_bytes(const char* a, const char* b, size_t n) {
  const auto differ = [a, b](size_t at, auto word) {
    auto other = word;
    std::memcpy(&word, a + at, sizeof word);
    std::memcpy(&other, b + at, sizeof other);
    return word ^ other;
  };
  if (__builtin_expect(n >= 8 && n <= 32, 1)) {
    uint64_t any = differ(0, uint64_t{}) | differ(n - 8, uint64_t{});
    if (n > 16) any |= differ(8, uint64_t{}) | differ(n - 16, uint64_t{});
    return any == 0;
  }
  if (n > 32) return std::memcmp(a, b, n) == 0;
  if (n >= 4) return (differ(0, uint32_t{}) | differ(n - 4, uint32_t{})) == 0;
  for (size_t i = 0; i < n; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

/// memmove() that stays inline for short values: all is loaded before anything is stored.
inline void copy_bytes(char* to, const char* from, size_t n) {
  struct Half {
    uint64_t words[2];
  };
  const auto copy_two = [to, from, n](auto first) {
    auto last = first;
    std::memcpy(&first, from, sizeof first);
    std::memcpy(&last, from + n - sizeof last, sizeof last);
    std::memcpy(to, &first, sizeof first);
    std::memcpy(to + n - sizeof last, &last, sizeof last);
  };
  if (n >= 16 && n <= 32) {
    copy_two(Half{});
  } else if (n >= 8 && n < 16) {
    copy_two(uint64_t{});
  } else if (n > 32) {
    std::memmove(to, from, n);
  } else if (n >= 4) {
    copy_two(uint32_t{});
  } else if (n >= 2) {
    copy_two(uint16_t{});
  } else if (n == 1) {
    *to = *from;
  }
}

/// The first `bytes` bytes of a number, lowest first.
inline uint64_t load_le(const char* at, size_t bytes) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t value = 0;
  std::memcpy(&value, at, bytes);
  return value;
}

/// Sizes of an entry before it exists.
struct EntryShape {
  uint16_t flags = 0;       // of the entry, complete
  uint32_t key_offset = 0;  // header with expiry and extension
  uint32_t key_size = 0;
  uint32_t inline_size = 0;  // of the value; 8 for a blob's address
  size_t bytes() const { return size_t{key_offset} + key_size + inline_size; }
};

/// What an entry takes, by purpose.
struct EntryCost {
  int64_t payload = 0;
  int64_t header = 0;
  int64_t waste = 0;
  int64_t total() const { return payload + header + waste; }
};

class EntryLayout {
 public:
  // Bits of the flags. 11..12 (key encoding), 13..14 (value encoding) and 15 are spare and zero.
  static constexpr uint16_t kTypeMask = 7;
  static constexpr int kEncodingShift = 3;  // 2 bits
  static constexpr uint16_t kEncodingMask = 3 << kEncodingShift;
  static constexpr int kShapeShift = 5;  // long key 1, value form 2, expiry form 2, extension 1
  static constexpr uint16_t kLongKey = 1 << 5;
  static constexpr uint16_t kValueLong = 1 << 6;  // two bytes of length
  static constexpr uint16_t kValueBlob = 1 << 7;  // the value is an address: of a blob, or of what the type says
  static constexpr uint16_t kExpiryShort = 1 << 8;
  static constexpr uint16_t kExpiryLong = 1 << 9;
  static constexpr uint16_t kExtension = 1 << 10;
  static constexpr uint16_t kShapeMask = 0x3f << kShapeShift;
  static constexpr uint16_t kExpiryMask = kExpiryShort | kExpiryLong;

  static constexpr int64_t kEpochMs = 1577836800000;  // 2020-01-01, from where five bytes reach to 2054
  static constexpr int64_t kShortExpiryEnd = kEpochMs + (int64_t{1} << 40);
  static constexpr size_t kExtensionBytes = 19;      // policy 2, cost 1, marks 1, three times of 5 bytes
  static constexpr size_t kWideExtensionBytes = 28;  // three times of 8 bytes
  static constexpr size_t kMarksAt = 3;              // inside the extension
  static constexpr size_t kTimesAt = 4;

  /// `value_size` counts only for an inline string.
  static EntryShape shape(size_t key_size, size_t value_size, bool blob, StringEncoding encoding, const Times& times,
                          ValueType type = ValueType::kString);
  static EntryShape shape(size_t key_size, const NewValue& value, const Times& times) {
    if (__builtin_expect(value.container != nullptr, 0)) {
      return shape(key_size, 0, true, StringEncoding::kRaw, times, value.container->type());
    }
    return shape(key_size, value.bytes.size(), value.blob != nullptr, value.encoding, times);
  }
  /// Writes everything but key and value into memory of at least shape.bytes().
  static void write_header(Entry* entry, const EntryShape& shape, const Times& times);
  static void write_value(Entry* entry, const EntryShape& shape, std::string_view bytes);
  static void write_blob(Entry* entry, const EntryShape& shape, base::Blob* blob);
  static void write_container(Entry* entry, const EntryShape& shape, types::Value* container);
  /// Overwrites the times of an entry whose shape has room for exactly these.
  static void write_times(Entry* entry, const Times& times);
  /// The shape of an existing entry.
  static EntryShape shape_of(const Entry* entry);
  static EntryCost cost(const EntryShape& shape, const base::Blob* blob) {
    const auto bytes = static_cast<int64_t>(shape.bytes());
    const int64_t waste = static_cast<int64_t>(size_class(shape.bytes())) - bytes;
    if (__builtin_expect(blob != nullptr, 0)) return cost_with_blob(shape, *blob, waste);
    return {int64_t{shape.key_size} + shape.inline_size, shape.key_offset, waste};
  }
  static EntryCost cost_with_container(const EntryShape& shape, const types::Value& container);
  static EntryCost cost(const Entry* entry) {
    const types::Value* container = entry->container();
    if (__builtin_expect(container != nullptr, 0)) return cost_with_container(shape_of(entry), *container);
    return cost(shape_of(entry), entry->blob());
  }

  static Entry* allocate(const EntryShape& shape) {
    // The whole class is asked for, since values grow inside it.
    return static_cast<Entry*>(base::allocate(size_class(shape.bytes())));
  }
  /// The blob, if there is one, is not released.
  static void release(Entry* entry, const EntryShape& shape) {
    base::release(entry, size_class(shape.bytes()));
  }

  static uint16_t flags(const Entry* entry) { return entry->flags_; }
  static void set_flags(Entry* entry, uint16_t flags) { entry->flags_ = flags; }
  static char* bytes(Entry* entry) { return reinterpret_cast<char*>(entry); }
  static const char* bytes(const Entry* entry) { return reinterpret_cast<const char*>(entry); }
  static char* key_data(Entry* entry) { return bytes(entry) + key_offset(entry); }
  static char* value_data(Entry* entry) { return key_data(entry) + key_size(entry); }

  static size_t key_size(const Entry* entry) {
    if (__builtin_expect((entry->flags_ & kLongKey) == 0, 1)) return static_cast<uint8_t>(bytes(entry)[2]);
    uint32_t size;
    std::memcpy(&size, bytes(entry) + 2, 4);
    return size;
  }
  static size_t key_offset(const Entry* entry) {
    const uint32_t form = (entry->flags_ & kShapeMask) >> kShapeShift;
    if (__builtin_expect(form >= 32, 0)) return kOffsets.at[form & 31] + extension_bytes(entry);
    return kOffsets.at[form];
  }
  static bool key_equals(const Entry* entry, std::string_view key) {
    return key_size(entry) == key.size() &&
           same_bytes(bytes(entry) + key_offset(entry), key.data(), key.size());
  }
  static bool short_expiry(int64_t ms);
  static size_t extension_bytes(const Entry* entry);
  static size_t extension_size(const Extension& extension);

 private:
  friend class Entry;
  struct Offsets {
    uint8_t at[32];
  };
  static constexpr Offsets make_offsets() {
    Offsets out{};
    for (int form = 0; form < 32; ++form) {
      const int key = (form & 1) != 0 ? 4 : 1;
      const int value = (form & 4) != 0 ? 0 : (form & 2) != 0 ? 2 : 1;
      const int expiry = (form & 8) != 0 ? 5 : (form & 16) != 0 ? 8 : 0;
      out.at[form] = static_cast<uint8_t>(2 + key + value + expiry);
    }
    return out;
  }
  static const Offsets kOffsets;
  static size_t value_length_offset(const Entry* entry) { return (entry->flags_ & kLongKey) != 0 ? 6 : 3; }
  static const char* extension_at(const Entry* entry) {
    return bytes(entry) + kOffsets.at[((entry->flags_ & kShapeMask) >> kShapeShift) & 31];
  }
  static size_t expiry_offset(uint16_t flags);
  static EntryCost cost_with_blob(const EntryShape& shape, const base::Blob& blob, int64_t waste);
  static void write_extension(char* at, const Extension& extension, bool wide);
};

inline constexpr EntryLayout::Offsets EntryLayout::kOffsets = EntryLayout::make_offsets();

inline bool EntryLayout::short_expiry(int64_t ms) {
  return ms >= kEpochMs && ms < kShortExpiryEnd;
}

inline EntryShape EntryLayout::shape(size_t key_size, size_t value_size, bool blob, StringEncoding encoding,
                                     const Times& times, ValueType type) {
  EntryShape out;
  uint32_t flags = (static_cast<uint32_t>(encoding) << kEncodingShift) | static_cast<uint32_t>(type);
  if (key_size > 255) flags |= kLongKey;
  if (blob) {
    flags |= kValueBlob;
  } else if (value_size > 255) {
    flags |= kValueLong;
  }
  if (times.expiry_ms != kNoExpiry) flags |= short_expiry(times.expiry_ms) ? kExpiryShort : kExpiryLong;
  out.key_offset = kOffsets.at[(flags & kShapeMask) >> kShapeShift];
  if (times.extension != nullptr) {
    flags |= kExtension;
    out.key_offset += static_cast<uint32_t>(extension_size(*times.extension));
  }
  out.flags = static_cast<uint16_t>(flags);
  out.key_size = static_cast<uint32_t>(key_size);
  out.inline_size = blob ? 8 : static_cast<uint32_t>(value_size);
  return out;
}

inline EntryShape EntryLayout::shape_of(const Entry* entry) {
  EntryShape out;
  out.flags = entry->flags_;
  out.key_offset = static_cast<uint32_t>(key_offset(entry));
  out.key_size = static_cast<uint32_t>(key_size(entry));
  const char* length = bytes(entry) + value_length_offset(entry);
  out.inline_size = (entry->flags_ & kValueBlob) != 0   ? 8
                    : (entry->flags_ & kValueLong) != 0 ? static_cast<uint32_t>(load_le(length, 2))
                                                        : static_cast<uint8_t>(*length);
  return out;
}

inline size_t EntryLayout::expiry_offset(uint16_t flags) {
  const uint32_t form = (flags & kShapeMask & ~(kExpiryMask | kExtension)) >> kShapeShift;
  return kOffsets.at[form];
}

inline std::string_view Entry::key() const {
  return {EntryLayout::bytes(this) + EntryLayout::key_offset(this), EntryLayout::key_size(this)};
}

inline ValueType Entry::type() const {
  return static_cast<ValueType>(flags_ & EntryLayout::kTypeMask);
}

inline StringEncoding Entry::encoding() const {
  return static_cast<StringEncoding>((flags_ & EntryLayout::kEncodingMask) >> EntryLayout::kEncodingShift);
}

inline types::Value* Entry::container() const {
  if (__builtin_expect((flags_ & EntryLayout::kTypeMask) == 0, 1)) return nullptr;
  types::Value* container;
  std::memcpy(&container, EntryLayout::bytes(this) + EntryLayout::key_offset(this) + EntryLayout::key_size(this),
              sizeof container);
  return container;
}

inline base::Blob* Entry::blob() const {
  if (__builtin_expect((flags_ & (EntryLayout::kValueBlob | EntryLayout::kTypeMask)) != EntryLayout::kValueBlob, 1)) {
    return nullptr;
  }
  base::Blob* blob;
  std::memcpy(&blob, EntryLayout::bytes(this) + EntryLayout::key_offset(this) + EntryLayout::key_size(this),
              sizeof blob);
  return blob;
}

inline std::string_view Entry::string() const {
  if (__builtin_expect((flags_ & EntryLayout::kValueBlob) != 0, 0)) return blob()->view();
  const char* length = EntryLayout::bytes(this) + EntryLayout::value_length_offset(this);
  const size_t size =
      (flags_ & EntryLayout::kValueLong) != 0 ? load_le(length, 2) : static_cast<uint8_t>(*length);
  return {EntryLayout::bytes(this) + EntryLayout::key_offset(this) + EntryLayout::key_size(this), size};
}

inline bool Entry::has_expiry() const {
  return (flags_ & EntryLayout::kExpiryMask) != 0;
}
inline bool Entry::has_extension() const {
  return (flags_ & EntryLayout::kExtension) != 0;
}

inline bool Entry::lasts() const {
  return (flags_ & (EntryLayout::kExpiryMask | EntryLayout::kExtension)) == 0;
}

inline uint16_t Entry::policy_number() const {
  return static_cast<uint16_t>(load_le(EntryLayout::extension_at(this), 2));
}

inline bool Entry::plainly_fresh(int64_t now_ms) const {
  const char* at = EntryLayout::extension_at(this);
  if (at[EntryLayout::kMarksAt] != 0) return false;  // tags, stale or wide
  const uint64_t soft = load_le(at + EntryLayout::kTimesAt, 5);
  return soft == 0 || (soft > 1 && static_cast<int64_t>(soft - 2) + EntryLayout::kEpochMs > now_ms);
}

inline int64_t Entry::expiry_ms() const {
  if ((flags_ & EntryLayout::kExpiryMask) == 0) return kNoExpiry;
  const char* at = EntryLayout::bytes(this) + EntryLayout::expiry_offset(flags_);
  if ((flags_ & EntryLayout::kExpiryShort) != 0)
    return static_cast<int64_t>(load_le(at, 5)) + EntryLayout::kEpochMs;
  return static_cast<int64_t>(load_le(at, 8));
}

}  // namespace corral::store
