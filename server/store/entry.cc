// Reading and writing the bytes of an entry.
// Threading: see entry.h.
// See: entry_layout.h.
#include "server/store/entry.h"

#include <algorithm>

#include "server/base/check.h"
#include "server/store/entry_layout.h"

namespace corral::store {
namespace {

constexpr uint8_t kStaleMark = 0x10;  // of the marks byte; its low four bits count the tags
constexpr uint8_t kWideMark = 0x20;
constexpr uint64_t kShortTimes = uint64_t{1} << 40;

void store_le(char* at, uint64_t value, size_t bytes) {
  std::memcpy(at, &value, bytes);
}

// Five bytes: 0 for none, 1 for the time zero, else ms since 2020 plus 2.
bool fits_short(int64_t ms) {
  return ms == kNoExpiry || ms == 0 || (ms >= EntryLayout::kEpochMs && ms < EntryLayout::kShortExpiryEnd - 2);
}
uint64_t pack_short(int64_t ms) {
  if (ms == kNoExpiry) return 0;
  if (ms == 0) return 1;
  const int64_t last = static_cast<int64_t>(kShortTimes) - 3;
  return static_cast<uint64_t>(std::clamp<int64_t>(ms - EntryLayout::kEpochMs, 0, last)) + 2;
}
int64_t unpack_short(uint64_t packed) {
  if (packed == 0) return kNoExpiry;
  if (packed == 1) return 0;
  return static_cast<int64_t>(packed - 2) + EntryLayout::kEpochMs;
}

bool needs_wide(const Extension& extension) {
  return !fits_short(extension.soft_ms) || !fits_short(extension.nominal_ms) ||
         !fits_short(extension.filled_ms);
}

}  // namespace

size_t EntryLayout::extension_size(const Extension& extension) {
  return (needs_wide(extension) ? kWideExtensionBytes : kExtensionBytes) + 8 * size_t{extension.tag_count};
}

size_t EntryLayout::extension_bytes(const Entry* entry) {
  const uint16_t flags = entry->flags_;
  if ((flags & kExtension) == 0) return 0;
  const auto marks =
      static_cast<uint8_t>(bytes(entry)[kOffsets.at[((flags & kShapeMask) >> kShapeShift) & 31] + 3]);
  return ((marks & kWideMark) != 0 ? kWideExtensionBytes : kExtensionBytes) + 8 * size_t{marks & 15u};
}

void EntryLayout::write_header(Entry* entry, const EntryShape& shape, const Times& times) {
  entry->flags_ = shape.flags;
  char* at = bytes(entry);
  store_le(at + 2, shape.key_size, (shape.flags & kLongKey) != 0 ? 4 : 1);
  char* length = at + value_length_offset(entry);
  if ((shape.flags & kValueLong) != 0) {
    store_le(length, shape.inline_size, 2);
  } else if ((shape.flags & kValueBlob) == 0) {
    *length = static_cast<char>(shape.inline_size);
  }
  if ((shape.flags & (kExpiryMask | kExtension)) != 0) write_times(entry, times);
}

void EntryLayout::write_times(Entry* entry, const Times& times) {
  const uint16_t flags = entry->flags_;
  char* at = bytes(entry) + expiry_offset(flags);
  if ((flags & kExpiryShort) != 0) {
    store_le(at, static_cast<uint64_t>(times.expiry_ms - kEpochMs), 5);
    at += 5;
  } else if ((flags & kExpiryLong) != 0) {
    store_le(at, static_cast<uint64_t>(times.expiry_ms), 8);
    at += 8;
  }
  if ((flags & kExtension) != 0) write_extension(at, *times.extension, needs_wide(*times.extension));
}

void EntryLayout::write_extension(char* at, const Extension& extension, bool wide) {
  DCHECK(extension.tag_count <= kMaxTagsPerEntry);
  store_le(at, extension.policy, 2);
  at[2] = static_cast<char>(extension.cost_log2);
  at[3] =
      static_cast<char>(extension.tag_count | (extension.stale ? kStaleMark : 0) | (wide ? kWideMark : 0));
  at += 4;
  for (const int64_t ms : {extension.soft_ms, extension.nominal_ms, extension.filled_ms}) {
    if (wide) {
      store_le(at, static_cast<uint64_t>(ms), 8);
      at += 8;
    } else {
      store_le(at, pack_short(ms), 5);
      at += 5;
    }
  }
  for (int i = 0; i < extension.tag_count; ++i) {
    store_le(at, extension.tags[i].id, 4);
    store_le(at + 4, extension.tags[i].epoch, 4);
    at += 8;
  }
}

void EntryLayout::write_value(Entry* entry, const EntryShape& shape, std::string_view value) {
  if (!value.empty())
    std::memmove(bytes(entry) + shape.key_offset + shape.key_size, value.data(), value.size());
}

void EntryLayout::write_blob(Entry* entry, const EntryShape& shape, base::Blob* blob) {
  std::memcpy(bytes(entry) + shape.key_offset + shape.key_size, &blob, sizeof blob);
}

EntryCost EntryLayout::cost_with_blob(const EntryShape& shape, const base::Blob& blob, int64_t waste) {
  const auto size = static_cast<int64_t>(blob.size());
  const auto allocated = static_cast<int64_t>(size_class(sizeof blob + blob.capacity()));
  EntryCost out;
  out.payload = shape.key_size + size;
  out.header = static_cast<int64_t>(shape.key_offset + sizeof(base::Blob*) + sizeof blob);
  out.waste = waste + allocated - static_cast<int64_t>(sizeof blob) - size;
  return out;
}

void EntryLayout::write_container(Entry* entry, const EntryShape& shape, types::Value* container) {
  std::memcpy(bytes(entry) + shape.key_offset + shape.key_size, &container, sizeof container);
}

EntryCost EntryLayout::cost_with_container(const EntryShape& shape, const types::Value& container) {
  EntryCost out;
  out.payload = static_cast<int64_t>(shape.key_size + container.memory_bytes());
  out.header = static_cast<int64_t>(shape.key_offset + sizeof(types::Value*));
  out.waste = static_cast<int64_t>(size_class(shape.bytes()) - shape.bytes());
  return out;
}

Extension Entry::extension() const {
  DCHECK(has_extension());
  const uint16_t form = ((flags_ & EntryLayout::kShapeMask) >> EntryLayout::kShapeShift) & 31;
  const char* at = EntryLayout::bytes(this) + EntryLayout::kOffsets.at[form];
  Extension out;
  out.policy = static_cast<uint16_t>(load_le(at, 2));
  out.cost_log2 = static_cast<uint8_t>(at[2]);
  const auto marks = static_cast<uint8_t>(at[3]);
  out.stale = (marks & kStaleMark) != 0;
  out.tag_count = marks & 15;
  at += 4;
  for (int64_t* ms : {&out.soft_ms, &out.nominal_ms, &out.filled_ms}) {
    if ((marks & kWideMark) != 0) {
      *ms = static_cast<int64_t>(load_le(at, 8));
      at += 8;
    } else {
      *ms = unpack_short(load_le(at, 5));
      at += 5;
    }
  }
  for (int i = 0; i < out.tag_count; ++i) {
    out.tags[i].id = static_cast<uint32_t>(load_le(at, 4));
    out.tags[i].epoch = static_cast<uint32_t>(load_le(at + 4, 4));
    at += 8;
  }
  return out;
}

void Entry::set_extension(const Extension& extension) {
  const uint16_t form = ((flags_ & EntryLayout::kShapeMask) >> EntryLayout::kShapeShift) & 31;
  char* at = EntryLayout::bytes(this) + EntryLayout::kOffsets.at[form];
  const auto marks = static_cast<uint8_t>(at[3]);
  CHECK(has_extension() && (marks & 15) == extension.tag_count);
  EntryLayout::write_extension(at, extension, (marks & kWideMark) != 0);
}

size_t Entry::allocation_bytes() const {
  return EntryLayout::shape_of(this).bytes();
}

size_t Entry::memory_bytes() const {
  if (const types::Value* value = container()) return size_class(allocation_bytes()) + value->memory_bytes();
  const base::Blob* large = blob();
  return size_class(allocation_bytes()) +
         (large == nullptr ? 0 : size_class(sizeof *large + large->capacity()));
}

}  // namespace corral::store
