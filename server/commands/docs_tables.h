// The tables of documentation, one per group of commands, and what is needed to write them.
// Threading: constant data.
// See: docs.h
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "server/commands/docs.h"

namespace corral::commands {

/// Each sorted by name.
std::span<const CommandDoc> string_docs();
std::span<const CommandDoc> bitmap_docs();
std::span<const CommandDoc> hash_docs();
std::span<const CommandDoc> hyperloglog_docs();
std::span<const CommandDoc> list_docs();
std::span<const CommandDoc> set_docs();
std::span<const CommandDoc> sort_docs();
std::span<const CommandDoc> geo_docs();
std::span<const CommandDoc> zset_docs();
std::span<const CommandDoc> zset_range_docs();
std::span<const CommandDoc> stream_docs();
std::span<const CommandDoc> dump_docs();
std::span<const CommandDoc> generic_docs();
std::span<const CommandDoc> transactions_docs();
std::span<const CommandDoc> connection_docs();
std::span<const CommandDoc> server_docs();
std::span<const CommandDoc> pubsub_docs();
std::span<const CommandDoc> cache_docs();
std::span<const CommandDoc> scripting_docs();
std::span<const CommandDoc> cluster_docs();
std::span<const CommandDoc> observation_docs();
std::span<const CommandDoc> persistence_docs();
std::span<const CommandDoc> replication_docs();
std::span<const CommandDoc> acl_docs();

/// One key, at argument `index`.
constexpr KeySpecDoc key_at(int index, uint32_t flags, const char* notes = nullptr) {
  return {.flags = flags, .notes = notes, .begin = {.position = index}, .find = {.last = 0, .step = 1}};
}

/// Keys from argument `index` to `last` (relative to `index`; negative from the end), every `step` arguments.
constexpr KeySpecDoc keys_between(int index, int last, int step, uint32_t flags,
                                  const char* notes = nullptr) {
  return {.flags = flags, .notes = notes, .begin = {.position = index}, .find = {.last = last, .step = step}};
}

constexpr bool sorted_by_name(std::span<const CommandDoc> docs) {
  for (size_t i = 1; i < docs.size(); ++i) {
    if (std::string_view(docs[i - 1].name) >= std::string_view(docs[i].name)) return false;
  }
  return true;
}

}  // namespace corral::commands
