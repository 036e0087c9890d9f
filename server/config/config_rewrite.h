// CONFIG REWRITE: writes what is in force into the configuration file, keeping its comments and order.
// Threading: any thread, one at a time; does file I/O.
// See: README.md of this folder, "Rewriting".
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.h"
#include "server/config/option_table.h"

namespace corral::config {

/// The policies and users in force. A line is what stands behind the word `policy` or `user`, the name first.
struct Declared {
  std::vector<std::string> lines;  // in the order in which they are matched
  /// The same form for the words of a line in the file, so that two spellings of one policy are seen to be equal.
  std::function<base::Result<std::string>(Words)> canonical;
  std::vector<std::string> users;  // in order of name; none when they live in an ACL file
};

/// The new text of the file `path` that now holds `text`: lines whose option has another value are replaced, options
/// not in it are appended, policies and users are replaced, removed and appended. Everything else stays as it is. Errors: the
/// text is no valid configuration, or an included file says something that this file cannot undo.
base::Result<std::string> rewritten(std::string_view text, const std::string& path, const OptionTable& options,
                                    const Declared& declared);

/// Rewrites Settings::config_file in place: a temporary file beside it, synced, then renamed; mode and links stay.
base::Status rewrite_file(const OptionTable& options, const Declared& declared);

}  // namespace corral::config
