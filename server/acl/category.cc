// The table of categories.
// Threading: see category.h.
// See: category.h.
#include "server/acl/category.h"

#include "protocol/number.h"

namespace corral::acl {
namespace {

struct Named {
  uint32_t bit;
  std::string_view name;
};

constexpr Named kNames[] = {{kKeyspace, "keyspace"},
                            {kRead, "read"},
                            {kWrite, "write"},
                            {kSet, "set"},
                            {kSortedSet, "sortedset"},
                            {kList, "list"},
                            {kHash, "hash"},
                            {kString, "string"},
                            {kBitmap, "bitmap"},
                            {kHyperLogLog, "hyperloglog"},
                            {kGeo, "geo"},
                            {kStream, "stream"},
                            {kPubSub, "pubsub"},
                            {kAdmin, "admin"},
                            {kFast, "fast"},
                            {kSlow, "slow"},
                            {kBlocking, "blocking"},
                            {kDangerous, "dangerous"},
                            {kConnection, "connection"},
                            {kTransaction, "transaction"},
                            {kScripting, "scripting"}};

}  // namespace

std::vector<std::string_view> category_names(uint32_t categories) {
  std::vector<std::string_view> names;
  for (const Named& category : kNames) {
    if ((categories & category.bit) != 0) names.push_back(category.name);
  }
  return names;
}

uint32_t category_by_name(protocol::Bytes name) {
  for (const Named& category : kNames) {
    if (protocol::equals_ignore_case(name, category.name)) return category.bit;
  }
  return 0;
}

}  // namespace corral::acl
