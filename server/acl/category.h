// The categories that rules name with an @, and their names.
// Threading: constant data.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/bytes.h"

namespace corral::acl {

/// In Redis' order.
enum Category : uint32_t {
  kKeyspace = 1u << 0,
  kRead = 1u << 1,
  kWrite = 1u << 2,
  kSet = 1u << 3,
  kSortedSet = 1u << 4,
  kList = 1u << 5,
  kHash = 1u << 6,
  kString = 1u << 7,
  kBitmap = 1u << 8,
  kHyperLogLog = 1u << 9,
  kGeo = 1u << 10,
  kStream = 1u << 11,
  kPubSub = 1u << 12,
  kAdmin = 1u << 13,
  kFast = 1u << 14,
  kSlow = 1u << 15,
  kBlocking = 1u << 16,
  kDangerous = 1u << 17,
  kConnection = 1u << 18,
  kTransaction = 1u << 19,
  kScripting = 1u << 20,
};
inline constexpr uint32_t kEveryCategory = (1u << 21) - 1;

/// Names without '@' of the categories in the set, in order.
std::vector<std::string_view> category_names(uint32_t categories);
/// By name without '@', in any case; 0 when unknown.
uint32_t category_by_name(protocol::Bytes name);

}  // namespace corral::acl
