// A key with its hash and its stripe: computed once when the request is parsed, then carried.
// Threading: value type; the placement is fixed at start.
// See: README.md of this folder, "Hash bits".
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "server/base/hash.h"

namespace corral::store {

/// The bytes are borrowed from whoever made the reference (the input buffer, an entry).
struct KeyRef {
  std::string_view bytes;
  uint64_t hash = 0;
  uint32_t stripe = 0;
};

/// Which bits of the hash mean what. Never reuse bits: a bit that chose the stripe says nothing inside it.
///   bits 0..11   stripe (of the hash of the {tag} when the key has one, so that tagged keys share a stripe)
///   bits 16..23  tag: the byte compared in the bucket
///   bits 32..63  position: segment by its top bits, bucket by multiply-shift; scan order
constexpr uint8_t tag_of(uint64_t hash) {
  return static_cast<uint8_t>(hash >> 16);
}
constexpr uint32_t position_of(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 32);
}

/// The part of the key between the first '{' and the next '}', if it is not empty; else the whole key.
std::string_view hash_tag(std::string_view key);

/// Maps keys to stripes. Fixed for the life of the server.
class Placement {
 public:
  /// stripes: a power of two, 1 to 4096.
  Placement(const base::HashSecret& secret, uint32_t stripes);

  KeyRef locate(std::string_view key) const {
    const uint64_t hash = base::hash_bytes(key, secret_);
    if (__builtin_expect(!key.empty() && may_have_tag(key), 0)) return locate_tagged(key, hash);
    return {key, hash, static_cast<uint32_t>(hash) & mask_};
  }
  uint64_t hash(std::string_view key) const { return base::hash_bytes(key, secret_); }
  uint32_t stripes() const { return mask_ + 1; }
  const base::HashSecret& secret() const { return secret_; }

 private:
  // Whether the key has a '{'. Every key is asked, so: many bytes at a time, without a call.
  static bool may_have_tag(std::string_view key) {
#if defined(__SSE2__)
    if (key.size() >= 16) return may_have_tag_wide(key);
#endif
    constexpr uint64_t kOnes = 0x0101010101010101;
    const auto hit = [](uint64_t word) {
      const uint64_t differ = word ^ (kOnes * '{');
      return (differ - kOnes) & ~differ & (kOnes << 7);
    };
    const char* at = key.data();
    const size_t size = key.size();
    uint64_t found = 0;
    if (size >= 8) {
      const auto word = [at](size_t i) {
        uint64_t out;
        std::memcpy(&out, at + i, 8);
        return out;
      };
      found = hit(word(0)) | hit(word(size - 8));
      for (size_t i = 8; i + 8 < size; i += 8) found |= hit(word(i));
      return found != 0;
    }
    for (size_t i = 0; i < size; ++i) found |= at[i] == '{' ? 1 : 0;
    return found != 0;
  }
#if defined(__SSE2__)
  static bool may_have_tag_wide(std::string_view key) {
    const __m128i brace = _mm_set1_epi8('{');
    const auto hit = [&](size_t i) {
      return _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(key.data() + i)), brace);
    };
    __m128i found = hit(key.size() - 16);
    for (size_t i = 0; i + 16 < key.size(); i += 16) found = _mm_or_si128(found, hit(i));
    return _mm_movemask_epi8(found) != 0;
  }
#endif
  KeyRef locate_tagged(std::string_view key, uint64_t hash) const;

  base::HashSecret secret_;
  uint32_t mask_;
};

}  // namespace corral::store
