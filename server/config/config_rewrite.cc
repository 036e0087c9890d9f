// Edits the lines of a configuration file until it says what is in force.
// Threading: see config_rewrite.h.
// See: config_rewrite.h.
#include "server/config/config_rewrite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "server/config/config_file.h"
#include "server/config/words.h"

namespace corral::config {
namespace {

constexpr std::string_view kMark = "# Written by CONFIG REWRITE:";

std::string first_word(std::string_view text) { return std::string(text.substr(0, text.find(' '))); }

// What a text, with its includes, would set.
struct Effect {
  Settings settings;
  OptionTable options{settings};
  std::vector<std::string> policies;

  base::Status load(std::string_view text, const std::string& path, const PolicyLines& form) {
    const auto lines = lines_of_text(text, path);
    if (!lines) return base::Error{lines.error()};
    const Directives directives{{"policy", [&](Words words) -> base::Status {
      auto line = form.canonical(words);
      if (!line) return base::Error{line.error()};
      // A name that comes again replaces its policy in place.
      const auto same = std::find_if(policies.begin(), policies.end(), [&](const std::string& known) {
        return first_word(known) == first_word(line.value());
      });
      if (same != policies.end()) {
        *same = std::move(line.value());
      } else {
        policies.push_back(std::move(line.value()));
      }
      return base::Ok{};
    }}};
    return apply_lines(lines.value(), options, directives);
  }
};

// The rows of the file being edited. A removed row stays as nothing, so that indexes hold.
class Rows {
 public:
  explicit Rows(std::string_view text) {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      rows_.push_back({std::string(text.substr(0, end)), words_of(text.substr(0, end)), false});
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  size_t size() const { return rows_.size(); }
  bool names(size_t row, std::string_view name) const { return !rows_[row].removed && name_of(row) == name; }
  const std::vector<std::string>& words(size_t row) const { return rows_[row].words; }
  void replace(size_t row, std::string text) { rows_[row] = {text, words_of(text), false}; }
  void remove(size_t row) { rows_[row].removed = true; }
  void append(std::string text) {
    const bool marked = std::any_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.text == kMark; });
    if (!marked) rows_.push_back({std::string(kMark), {}, false});
    rows_.push_back({text, words_of(text), false});
  }
  void insert(size_t before, const std::vector<std::string>& texts) {
    std::vector<Row> rows;
    for (const std::string& text : texts) rows.push_back({text, words_of(text), false});
    rows_.insert(rows_.begin() + static_cast<ptrdiff_t>(before), rows.begin(), rows.end());
  }
  std::string text() const {
    std::string out;
    for (const Row& row : rows_) {
      if (!row.removed) out.append(row.text).append(1, '\n');
    }
    return out;
  }

 private:
  struct Row {
    std::string text;
    std::vector<std::string> words;  // empty for comments
    bool removed;
  };
  static std::vector<std::string> words_of(std::string_view text) {
    const size_t start = text.find_first_not_of(" \t\r\v\f");
    if (start == std::string_view::npos || text[start] == '#') return {};
    return split_words(text).value_or(std::vector<std::string>());
  }
  std::string name_of(size_t row) const {
    if (rows_[row].words.empty()) return {};
    std::string name = rows_[row].words[0];
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return name;
  }
  std::vector<Row> rows_;
};

class Rewriter {
 public:
  Rewriter(std::string_view text, const std::string& path, const OptionTable& options, const PolicyLines& policies)
      : rows_(text), path_(path), options_(options), policies_(policies) {}

  base::Result<std::string> run() {
    for (const bool in_place : {true, false}) {
      base::Status status = edit_options(in_place);
      if (!status.ok()) return base::Error{status.error()};
    }
    for (const auto step : {&Rewriter::edit_policies, &Rewriter::restate_policies}) {
      Effect effect;
      const base::Status status = effect.load(rows_.text(), path_, policies_);
      if (!status.ok()) return base::Error{status.error()};
      if (effect.policies != policies_.lines) (this->*step)(effect);
    }
    Effect effect;
    const base::Status status = effect.load(rows_.text(), path_, policies_);
    if (!status.ok()) return base::Error{status.error()};
    if (effect.policies != policies_.lines) {
      return base::Error{"an included file has policies that were changed or deleted at run time; edit it by hand"};
    }
    return rows_.text();
  }

 private:
  // First where the option stands already, then, for what an include behind that line overrides, at the end.
  base::Status edit_options(bool in_place) {
    Effect effect;
    base::Status status = effect.load(rows_.text(), path_, policies_);
    if (!status.ok()) return status;
    for (const Option& option : option_rows()) {
      const std::string value = options_.file_text(option);
      if (value == effect.options.file_text(option)) continue;
      std::string line = std::string(option.name) + " " + value;
      const size_t row = in_place ? last_row_of(option.name) : rows_.size();
      if (row >= rows_.size() && (option.flags & kAlias) != 0) continue;
      if (row < rows_.size()) {
        rows_.replace(row, std::move(line));
      } else {
        rows_.append(std::move(line));
      }
    }
    return base::Ok{};
  }

  size_t last_row_of(std::string_view name) const {
    for (size_t row = rows_.size(); row > 0; --row) {
      if (rows_.names(row - 1, name)) return row - 1;
    }
    return rows_.size();
  }

  // Keeps lines that say the right thing, mends the others, drops those of deleted policies, appends new ones.
  void edit_policies(const Effect& effect) {
    for (size_t row = rows_.size(); row > 0; --row) {
      if (!rows_.names(row - 1, "policy")) continue;
      const Words words = Words(rows_.words(row - 1)).subspan(1);
      const auto wanted = in_force(words[0]);
      const auto line = policies_.canonical(words);
      if (wanted == policies_.lines.end()) {
        rows_.remove(row - 1);
      } else if (!line || line.value() != *wanted) {
        rows_.replace(row - 1, "policy " + *wanted);
      }
    }
    for (const std::string& line : policies_.lines) {
      const bool known = std::any_of(effect.policies.begin(), effect.policies.end(), [&](const std::string& other) {
        return first_word(other) == first_word(line);
      });
      if (!known) rows_.append("policy " + line);
    }
  }

  // When the order differs: all of them anew, where the first one stood.
  void restate_policies(const Effect&) {
    size_t first = rows_.size();
    for (size_t row = rows_.size(); row > 0; --row) {
      if (!rows_.names(row - 1, "policy")) continue;
      rows_.remove(row - 1);
      first = row - 1;
    }
    std::vector<std::string> lines;
    for (const std::string& line : policies_.lines) lines.push_back("policy " + line);
    rows_.insert(first, lines);
  }

  std::vector<std::string>::const_iterator in_force(std::string_view name) const {
    return std::find_if(policies_.lines.begin(), policies_.lines.end(),
                        [&](const std::string& line) { return first_word(line) == name; });
  }

  Rows rows_;
  const std::string& path_;
  const OptionTable& options_;
  const PolicyLines& policies_;
};

std::string last_reason() { return std::error_code(errno, std::generic_category()).message(); }

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// After this the name stands for the old bytes or the new ones, also when the machine stops half-way.
base::Status replace_file(const std::string& path, std::string_view text) {
  struct stat old {};
  if (stat(path.c_str(), &old) != 0) return base::Error{last_reason()};
  std::string temporary = path + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return base::Error{last_reason()};
  bool good = write_all(fd, text) && fchmod(fd, old.st_mode & 07777) == 0;
  // The owner can be kept only by root; without it the file belongs to whoever runs the server.
  if (good && (old.st_uid != geteuid() || old.st_gid != getegid())) (void)!fchown(fd, old.st_uid, old.st_gid);
  good = good && fsync(fd) == 0;
  good = close(fd) == 0 && good;
  good = good && rename(temporary.c_str(), path.c_str()) == 0;
  if (!good) {
    base::Error error{last_reason()};
    unlink(temporary.c_str());
    return error;
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int folder_fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd < 0) return base::Error{last_reason()};
  const bool synced = fsync(folder_fd) == 0;
  close(folder_fd);
  if (!synced) return base::Error{last_reason()};
  return base::Ok{};
}

}  // namespace

base::Result<std::string> rewritten(std::string_view text, const std::string& path, const OptionTable& options,
                                    const PolicyLines& policies) {
  auto result = Rewriter(text, path, options, policies).run();
  // Nothing was changed; a last line without its end is no reason to write the file.
  if (result.ok() && result.value() == std::string(text) + "\n") return std::string(text);
  return result;
}

base::Status rewrite_file(const OptionTable& options, const PolicyLines& policies) {
  std::error_code error;
  const std::string path = std::filesystem::canonical(options.settings().config_file, error).string();
  if (error) return base::Error{error.message()};
  const auto text = read_file(path);
  if (!text) return base::Error{text.error()};
  const auto changed = rewritten(text.value(), path, options, policies);
  if (!changed) return base::Error{changed.error()};
  if (changed.value() == text.value()) return base::Ok{};
  return replace_file(path, changed.value());
}

}  // namespace corral::config
