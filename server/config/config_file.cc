// Reads configuration files and applies their lines.
// Threading: see config_file.h.
// See: config_file.h.
#include "server/config/config_file.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "server/base/nearest_word.h"
#include "server/config/redis_names.h"
#include "server/config/words.h"

namespace corral::config {
namespace {

constexpr size_t kMostFileBytes = 16 << 20;

std::string reason_of(int error) { return std::error_code(error, std::generic_category()).message(); }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && (line.front() == ' ' || (line.front() >= '\t' && line.front() <= '\r'))) line.remove_prefix(1);
  return line;
}

base::Error error_at(const std::string& place, const std::string& what) { return {place + ": " + what}; }

base::Status add_lines(std::string_view text, const std::string& path, int depth, std::vector<Line>& lines);

// Whether the name is a pattern: then matching no file is no error, as in Redis.
bool is_pattern(const std::string& name) { return name.find_first_of("*?[") != std::string::npos; }

base::Result<std::vector<std::string>> included_files(const std::string& name, const std::string& from) {
  const std::filesystem::path base = std::filesystem::path(from).parent_path();
  const std::string path = (base / name).string();
  if (!is_pattern(name)) return std::vector<std::string>{path};
  glob_t found{};
  const int code = ::glob(path.c_str(), 0, nullptr, &found);
  std::vector<std::string> files;
  if (code == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (code != 0 && code != GLOB_NOMATCH) return base::Error{"cannot look for \"" + path + "\""};
  return files;
}

base::Status add_includes(const Line& line, const std::string& path, std::vector<Line>& lines) {
  if (line.words.size() != 2) return error_at(line.place, "include takes one file name or pattern");
  if (line.depth + 1 > kMostIncludeDepth) {
    return error_at(line.place, "includes go deeper than " + std::to_string(kMostIncludeDepth) +
                                    " files, or one of them includes itself");
  }
  const auto files = included_files(line.words[1], path);
  if (!files) return error_at(line.place, files.error());
  for (const std::string& file : files.value()) {
    const auto text = read_file(file);
    if (!text) return error_at(line.place, "cannot read \"" + file + "\": " + text.error());
    base::Status status = add_lines(text.value(), file, line.depth + 1, lines);
    if (!status.ok()) return status;
  }
  return base::Ok{};
}

base::Status add_lines(std::string_view text, const std::string& path, int depth, std::vector<Line>& lines) {
  int number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view row = trimmed(text.substr(at, end - at));
    at = end + 1;
    ++number;
    if (row.empty() || row.front() == '#') continue;
    Line line{path + ":" + std::to_string(number), depth, number, {}};
    auto words = split_words(row);
    if (!words) return error_at(line.place, "a quote is not closed, or something stands right behind it");
    if (words->empty()) continue;
    line.words = std::move(*words);
    if (lower(line.words[0]) == "include") {
      base::Status status = add_includes(line, path, lines);
      if (!status.ok()) return status;
    } else {
      lines.push_back(std::move(line));
    }
  }
  return base::Ok{};
}

bool options_has(std::string_view name) {
  const auto rows = option_rows();
  return std::any_of(rows.begin(), rows.end(), [name](const Option& option) { return option.name == name; });
}

base::Error unknown_name(const Line& line, const Directives& directives) {
  const std::string name = lower(line.words[0]);
  if (is_redis_name(name)) {
    return error_at(line.place, "\"" + line.words[0] + "\" is an option of Redis that this version does not have");
  }
  if (const size_t equals = name.find('=');
      equals != std::string::npos && options_has(name.substr(0, equals))) {
    return error_at(line.place, "name and value are two words: " + name.substr(0, equals) + " " +
                                    name.substr(equals + 1));
  }
  std::vector<std::string_view> names{"include"};
  for (const Option& option : option_rows()) names.push_back(option.name);
  for (const auto& [directive, handler] : directives) names.push_back(directive);
  return error_at(line.place, "unknown option \"" + line.words[0] + "\"" + base::did_you_mean(name, names));
}

base::Status apply_line(const Line& line, OptionTable& options, const Directives& directives) {
  const std::string name = lower(line.words[0]);
  const Words values = Words(line.words).subspan(1);
  if (const auto directive = directives.find(name); directive != directives.end()) {
    base::Status status = directive->second(values);
    return status.ok() ? status : error_at(line.place, name + ": " + status.error());
  }
  const Option* option = options.find(name);
  if (option == nullptr) return unknown_name(line, directives);
  if (values.empty()) return error_at(line.place, name + " needs a value");
  base::Status status = options.set_words(*option, values);
  return status.ok() ? status : error_at(line.place, name + ": " + status.error());
}

base::Status change_directory(const Settings& settings) {
  if (settings.dir.empty()) return base::Ok{};
  std::error_code error;
  std::filesystem::current_path(settings.dir, error);
  if (error) return base::Error{"dir: cannot change to \"" + settings.dir + "\": " + error.message()};
  return base::Ok{};
}

}  // namespace

base::Result<std::string> read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return base::Error{reason_of(errno)};
  std::string text;
  char chunk[16384];
  ssize_t got = 0;
  while ((got = read(fd, chunk, sizeof chunk)) > 0 && text.size() <= kMostFileBytes) {
    text.append(chunk, static_cast<size_t>(got));
  }
  const int error = got < 0 ? errno : 0;
  close(fd);
  if (error != 0) return base::Error{reason_of(error)};
  if (text.size() > kMostFileBytes) return base::Error{"it is larger than 16 MiB"};
  return text;
}

base::Result<std::vector<Line>> lines_of_text(std::string_view text, const std::string& path) {
  std::vector<Line> lines;
  base::Status status = add_lines(text, path, 0, lines);
  if (!status.ok()) return base::Error{status.error()};
  return lines;
}

base::Result<std::vector<Line>> read_lines(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return base::Error{"cannot read the configuration file \"" + path + "\": " + text.error()};
  return lines_of_text(text.value(), path);
}

base::Result<std::vector<Line>> lines_of_arguments(std::span<const char* const> arguments) {
  std::vector<Line> lines;
  for (const std::string_view argument : arguments) {
    if (argument.starts_with("--") && argument.size() > 2) {
      lines.push_back({"command line", 0, 0, {std::string(argument.substr(2))}});
    } else if (lines.empty()) {
      return base::Error{"command line: \"" + std::string(argument) + "\" is no option; they start with --"};
    } else {
      lines.back().words.emplace_back(argument);
    }
  }
  std::vector<Line> expanded;
  for (Line& line : lines) {
    if (lower(line.words[0]) != "include") {
      expanded.push_back(std::move(line));
    } else if (const base::Status status = add_includes(line, "", expanded); !status.ok()) {
      return base::Error{status.error()};
    }
  }
  return expanded;
}

base::Status apply_lines(std::span<const Line> lines, OptionTable& options, const Directives& directives) {
  for (const Line& line : lines) {
    base::Status status = apply_line(line, options, directives);
    if (!status.ok()) return status;
  }
  return base::Ok{};
}

base::Result<LoadedConfig> load(std::span<const char* const> arguments, OptionTable& options,
                                const Directives& directives) {
  LoadedConfig loaded;
  if (!arguments.empty() && !std::string_view(arguments[0]).starts_with("-")) {
    std::error_code error;
    loaded.file = std::filesystem::absolute(arguments[0], error).string();
    const auto lines = read_lines(loaded.file);
    if (!lines) return base::Error{lines.error()};
    const base::Status status = apply_lines(lines.value(), options, directives);
    if (!status.ok()) return base::Error{status.error()};
    arguments = arguments.subspan(1);
  }
  const auto lines = lines_of_arguments(arguments);
  if (!lines) return base::Error{lines.error()};
  base::Status status = apply_lines(lines.value(), options, directives);
  if (status.ok()) status = change_directory(options.settings());
  if (!status.ok()) return base::Error{status.error()};
  options.settings().config_file = loaded.file;
  return loaded;
}

}  // namespace corral::config
