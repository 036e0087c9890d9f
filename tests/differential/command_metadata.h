// Compares what two servers tell about a command: COMMAND INFO and COMMAND DOCS.
// Threading: pure functions.
// See: README.md of this folder.
#pragma once

#include <string>
#include <vector>

#include "protocol/reply_reader.h"

namespace corral::differential {

/// The value called `name` in a map, or in an array of names and values; null if it is not there.
const protocol::Reply* member(const protocol::Reply& pairs, std::string_view name);

/// One line per difference between two elements of COMMAND INFO's reply: name, arity, flags, key positions,
/// ACL categories, tips, key specs. Flags, categories and tips are sets; of notes only the presence counts.
/// Sub-commands that both have are compared likewise, those that only one has are not.
std::vector<std::string> compare_info(const protocol::Reply& oracle, const protocol::Reply& tested);

/// The same for the maps of COMMAND DOCS: since, group, the O(...) terms of the complexity, deprecation,
/// versions of the history, and the whole tree of arguments. Sentences (summary, texts of the history) are
/// each server's own.
std::vector<std::string> compare_docs(const std::string& name, const protocol::Reply& oracle,
                                      const protocol::Reply& tested);

}  // namespace corral::differential
