// Where a key belongs, also when it has a {tag}.
// Threading: pure functions.
// See: key.h.
#include "server/store/key.h"

#include <bit>

#include "server/base/check.h"

namespace corral::store {

std::string_view hash_tag(std::string_view key) {
  const size_t open = key.find('{');
  if (open == std::string_view::npos) return key;
  const size_t close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

Placement::Placement(const base::HashSecret& secret, uint32_t stripes) : secret_(secret), mask_(stripes - 1) {
  CHECK(std::has_single_bit(stripes) && stripes <= 4096);
}

KeyRef Placement::locate_tagged(std::string_view key, uint64_t hash) const {
  const uint64_t tag_hash = base::hash_bytes(hash_tag(key), secret_);
  return {key, hash, static_cast<uint32_t>(tag_hash) & mask_};
}

}  // namespace corral::store
