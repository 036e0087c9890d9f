// A few commands for rules to speak of.
// Threading: constant data.
// See: tests/README.md.
#pragma once

#include "server/acl/catalog.h"
#include "server/acl/category.h"

namespace corral::acl {

enum SampleCommand : uint32_t {
  kIdGet,
  kIdSet,
  kIdSelect,
  kIdConfig,
  kIdConfigGet,
  kIdConfigSet,
  kIdPublish,
  kSampleCommands
};

inline Catalog sample_catalog() {
  Catalog catalog;
  catalog.add({kIdGet, "get", kRead | kString | kFast, false, {}});
  catalog.add({kIdSet, "set", kWrite | kString | kSlow, false, {}});
  catalog.add({kIdSelect, "select", kFast | kConnection, false, {}});
  catalog.add({kIdConfig, "config", kSlow, false, {kIdConfigGet, kIdConfigSet}});
  catalog.add({kIdConfigGet, "config|get", kAdmin | kSlow | kDangerous, true, {}});
  catalog.add({kIdConfigSet, "config|set", kAdmin | kSlow | kDangerous, true, {}});
  catalog.add({kIdPublish, "publish", kPubSub | kFast, false, {}});
  return catalog;
}

}  // namespace corral::acl
