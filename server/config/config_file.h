// The configuration file and the command line: lines of words, includes, and what they set.
// Threading: start-up, and CONFIG REWRITE for a look at what the file would give.
// See: README.md of this folder, "The file".
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.h"
#include "server/config/option_table.h"

namespace corral::config {

/// One line that is neither empty nor a comment. words[0] is the option's or directive's name as written.
struct Line {
  std::string place;  // "FILE:12", or "command line"
  int depth = 0;      // 0: the file itself; 1: a file it includes …
  int number = 0;     // from 1, in its file
  std::vector<std::string> words;
};

/// Takes the words behind a directive's name ("policy") and keeps what they say.
using Directives = std::map<std::string, std::function<base::Status(Words)>, std::less<>>;

inline constexpr int kMostIncludeDepth = 16;

/// The lines of a file with the lines of its includes in place of each `include`. Patterns in includes are expanded in
/// order of name; names are relative to the including file. Errors name file, line and reason.
base::Result<std::vector<Line>> read_lines(const std::string& path);
/// Same for a text that stands, or will stand, in the file `path`.
base::Result<std::vector<Line>> lines_of_text(std::string_view text, const std::string& path);
/// `--name value … --name value …`: one line per name.
base::Result<std::vector<Line>> lines_of_arguments(std::span<const char* const> arguments);

/// Sets options and hands directives on, line by line; the last line of an option wins. The first wrong line ends it:
/// `FILE:12: what is wrong (did you mean "…"?)`.
base::Status apply_lines(std::span<const Line> lines, OptionTable& options, const Directives& directives);

/// Reads a whole file; the error is the system's reason.
base::Result<std::string> read_file(const std::string& path);

struct LoadedConfig {
  std::string file;  // absolute path; empty: none given
};

/// What the program was started with: `[FILE] [--name value …]`, without the program's own name. The command line is
/// applied after the file. Then changes into `dir`, if one is set, and notes the file in Settings::config_file.
base::Result<LoadedConfig> load(std::span<const char* const> arguments, OptionTable& options, const Directives& directives);

}  // namespace corral::config
