// One key with its value in one allocation: header, optional expiry, optional extension, key, value.
// Threading: touched only under the lock of its stripe; nobody keeps an entry's address across a release.
// See: README.md of this folder, "Entry".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/base/blob.h"
#include "server/types/value.h"

namespace corral::store {

using types::ValueType;

/// What OBJECT ENCODING says of a string. The bytes are kept the same way; Redis' answer depends on how the value was
/// made, so it must be remembered.
enum class StringEncoding : uint8_t { kRaw = 0, kEmbstr = 1, kInt = 2 };

inline constexpr int64_t kNoExpiry = -1;
inline constexpr int kMaxTagsPerEntry = 8;

/// A tag of the entry and the tag's epoch when the entry was filled; a newer epoch makes the entry stale.
struct TagStamp {
  uint32_t id = 0;
  uint32_t epoch = 0;
};

/// What a policy keeps with an entry; absent for keys that match no policy. All times are absolute unix ms.
struct Extension {
  uint16_t policy = 0;    // the policy's number (stampede::PolicyTable), which outlives the policy's name
  uint8_t cost_log2 = 0;  // log2 of the ms it took to recompute the value; 0 = not known
  bool stale = false;     // marked stale by an invalidation
  uint8_t tag_count = 0;
  int64_t soft_ms = kNoExpiry;     // soft expiry: from here on one reader is elected to refresh
  int64_t nominal_ms = kNoExpiry;  // the expiry the client asked for: what TTL answers
  int64_t filled_ms = 0;           // when the value was written
  TagStamp tags[kMaxTagsPerEntry];
};

/// When an entry ends, and what its policy keeps.
struct Times {
  int64_t expiry_ms = kNoExpiry;         // hard expiry, absolute unix ms
  const Extension* extension = nullptr;  // null: none
};

/// A value to be stored: inline bytes (copied), a blob (one reference is taken over), or a container (taken over).
struct NewValue {
  std::string_view bytes;      // used when both others are null
  base::Blob* blob = nullptr;  // adopted
  StringEncoding encoding = StringEncoding::kRaw;
  types::Value* container = nullptr;  // adopted; a list, set, sorted set, hash or stream
};

/// Reads an entry. Made, changed and freed by Table only.
///
/// Bytes: flags 2 | key length 1 (4 when over 255) | value length 1 (2 when over 255; absent for a blob)
///        | [expiry 5 or 8] | [extension 19 + 8 per tag] | key | value, or the 8-byte address of a blob or container
/// Times take 5 bytes (ms since 2020, until 2054), 8 when one lies outside (an extension then 28). The flags leave
/// spare values for type, key encoding and value encoding.
class Entry {
 public:
  std::string_view key() const;
  ValueType type() const;
  bool is_string() const { return type() == ValueType::kString; }
  StringEncoding encoding() const;
  /// The bytes of a string, inline or in the blob.
  std::string_view string() const;
  /// The blob of a large string, else null. Not retained for the caller.
  base::Blob* blob() const;
  /// The list, set, sorted set, hash or stream; null for a string. After a change: Table::container_changed().
  types::Value* container() const;
  int64_t expiry_ms() const;  ///< hard expiry or kNoExpiry
  bool has_expiry() const;
  bool has_extension() const;
  bool lasts() const;           ///< neither expiry nor extension
  Extension extension() const;  ///< precondition: has_extension()
  /// True: what the extension says is that the value is fresh, and no tag has to be asked. False: see extension().
  /// Precondition, here and below: has_extension().
  bool plainly_fresh(int64_t now_ms) const;
  uint16_t policy_number() const;  ///< extension().policy
  /// Overwrites the extension in place; same tag count as before. Times outside 2020 to 2054 are clamped when the
  /// entry was made with times inside: Table::set_times() makes room, this cannot.
  void set_extension(const Extension& extension);
  /// Size of the allocation as asked for, without the blob or container.
  size_t allocation_bytes() const;
  /// Real memory of the entry with its blob or container (MEMORY USAGE).
  size_t memory_bytes() const;

 private:
  friend class EntryLayout;
  uint16_t flags_;
};

}  // namespace corral::store

#include "server/store/entry_layout.h"  // the accessors above, inline
