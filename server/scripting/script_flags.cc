// Reading of first lines.
// Threading: see script_flags.h.
// See: script_flags.h.
#include "server/scripting/script_flags.h"

#include <algorithm>
#include <vector>

#include "protocol/bytes.h"

namespace corral::scripting {
namespace {

// The words of the first line; quotes are not needed by anything that may stand there.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  size_t at = 0;
  while (at < line.size()) {
    const size_t begin = line.find_first_not_of(" \t\r\v\f", at);
    if (begin == std::string_view::npos) break;
    const size_t end = std::min(line.find_first_of(" \t\r\v\f", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    at = end;
  }
  return words;
}

}  // namespace

uint32_t script_flag(std::string_view name) {
  for (size_t i = 0; i < std::size(kScriptFlagNames); ++i) {
    if (name == kScriptFlagNames[i]) return 1u << i;
  }
  return 0;
}

base::Result<ScriptHead> read_script_head(std::string_view body) {
  ScriptHead head;
  if (!body.starts_with("#!")) return head;
  const size_t end = body.find('\n');
  if (end == std::string_view::npos) return base::Error{"Invalid script shebang"};
  head = {0, end};
  const auto words = words_of(body.substr(0, end));
  if (words[0] != "#!lua") return base::Error{"Unexpected engine in script shebang: " + std::string(words[0])};
  for (size_t i = 1; i < words.size(); ++i) {
    constexpr std::string_view kFlags = "flags=";
    if (!words[i].starts_with(kFlags)) return base::Error{"Unknown lua shebang option: " + std::string(words[i])};
    std::string_view names = words[i].substr(kFlags.size());
    if (names.empty()) return base::Error{"Unexpected flag in script shebang: "};
    while (!names.empty()) {
      const size_t comma = std::min(names.find(','), names.size());
      const std::string_view name = names.substr(0, comma);
      const uint32_t flag = script_flag(name);
      if (flag == 0) return base::Error{"Unexpected flag in script shebang: " + std::string(name)};
      head.flags |= flag;
      names.remove_prefix(std::min(comma + 1, names.size()));
    }
  }
  return head;
}

base::Result<LibraryHead> read_library_head(std::string_view code) {
  if (!code.starts_with("#!")) return base::Error{"Missing library metadata"};
  const size_t end = code.find('\n');
  if (end == std::string_view::npos) return base::Error{"Invalid library metadata"};
  const auto words = words_of(code.substr(0, end));
  std::string engine(words[0].substr(2));
  LibraryHead head;
  head.length = end;
  bool named = false;
  for (size_t i = 1; i < words.size(); ++i) {
    constexpr std::string_view kName = "name=";
    if (!words[i].starts_with(kName)) {
      return base::Error{"Invalid metadata value given: " + std::string(words[i])};
    }
    if (named) return base::Error{"Invalid metadata value, name argument was given multiple times"};
    named = true;
    head.name = std::string(words[i].substr(kName.size()));
  }
  if (!named) return base::Error{"Library name was not given"};
  if (!is_plain_name(head.name)) {
    return base::Error{
        "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"};
  }
  if (!protocol::equals_ignore_case(engine, "lua")) return base::Error{"Engine '" + engine + "' not found"};
  return head;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace corral::scripting
