// Finds the documentation of a command by its full name.
// Threading: reads constant data only.
// See: docs.h
#include "server/commands/docs.h"

#include <algorithm>

#include "server/commands/docs_tables.h"

namespace corral::commands {

const char* KeySpecDoc::flag_word(int bit) {
  static constexpr const char* kWords[kFlagCount] = {
      "RW",     "RO",     "OW",      "RM",         "access",        "update",
      "insert", "delete", "not_key", "incomplete", "variable_flags"};
  return kWords[bit];
}

const CommandDoc* find_doc(std::string_view full_name) {
  const std::span<const CommandDoc> tables[] = {
      bitmap_docs(),
      cache_docs(),
      connection_docs(),
      sort_docs(),
      dump_docs(),
      generic_docs(),
      geo_docs(),
      hash_docs(),
      hyperloglog_docs(),
      list_docs(),
      set_docs(),
      pubsub_docs(),
      scripting_docs(),
      cluster_docs(),
      observation_docs(),
      persistence_docs(),
      replication_docs(),
      acl_docs(),
      server_docs(),
      stream_docs(),
      string_docs(),
      transactions_docs(),
      zset_docs(),
      zset_range_docs(),
  };
  for (const auto docs : tables) {
    const auto found = std::ranges::lower_bound(
        docs, full_name, {}, [](const CommandDoc& doc) { return std::string_view(doc.name); });
    if (found != docs.end() && found->name == full_name) return &*found;
  }
  return nullptr;
}

}  // namespace corral::commands
