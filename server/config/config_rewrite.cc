// Edits the lines of a configuration file until it says what is in force.
// Threading: see config_rewrite.h.
// See: config_rewrite.h.
#include "server/config/config_rewrite.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "server/config/config_file.h"
#include "server/config/replace_file.h"
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
  std::vector<std::string> users;

  base::Status load(std::string_view text, const std::string& path, const Declared& form) {
    const auto lines = lines_of_text(text, path);
    if (!lines) return base::Error{lines.error()};
    Directives directives{{"policy", [&](Words words) -> base::Status {
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
    users.clear();
    directives["user"] = [&](Words words) -> base::Status {
      std::string& line = users.emplace_back();
      for (const std::string& word : words) line.append(line.empty() ? "" : " ").append(word_text(word));
      return base::Ok{};
    };
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
  Rewriter(std::string_view text, const std::string& path, const OptionTable& options, const Declared& declared)
      : rows_(text), path_(path), options_(options), declared_(declared) {}

  base::Result<std::string> run() {
    for (const bool in_place : {true, false}) {
      base::Status status = edit_options(in_place);
      if (!status.ok()) return base::Error{status.error()};
    }
    for (const auto step : {&Rewriter::edit_policies, &Rewriter::restate_policies}) {
      Effect effect;
      const base::Status status = effect.load(rows_.text(), path_, declared_);
      if (!status.ok()) return base::Error{status.error()};
      if (effect.policies != declared_.lines) (this->*step)(effect);
    }
    if (const base::Status status = edit_users(); !status.ok()) return base::Error{status.error()};
    Effect effect;
    const base::Status status = effect.load(rows_.text(), path_, declared_);
    if (!status.ok()) return base::Error{status.error()};
    if (effect.policies != declared_.lines) {
      return base::Error{"an included file has policies that were changed or deleted at run time; edit it by hand"};
    }
    if (effect.users != declared_.users) {
      return base::Error{"an included file has users that were changed or deleted at run time; edit it by hand"};
    }
    return rows_.text();
  }

 private:
  // First where the option stands already, then, for what an include behind that line overrides, at the end.
  base::Status edit_options(bool in_place) {
    Effect effect;
    base::Status status = effect.load(rows_.text(), path_, declared_);
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
      const auto line = declared_.canonical(words);
      if (wanted == declared_.lines.end()) {
        rows_.remove(row - 1);
      } else if (!line || line.value() != *wanted) {
        rows_.replace(row - 1, "policy " + *wanted);
      }
    }
    for (const std::string& line : declared_.lines) {
      const bool known = std::any_of(effect.policies.begin(), effect.policies.end(), [&](const std::string& other) {
        return first_word(other) == first_word(line);
      });
      if (!known) rows_.append("policy " + line);
    }
  }

  // When the order differs: all of them anew, where the first one stood.
  void restate_policies(const Effect&) { restate("policy", declared_.lines); }

  base::Status edit_users() {
    Effect effect;
    base::Status status = effect.load(rows_.text(), path_, declared_);
    if (status.ok() && effect.users != declared_.users) restate("user", declared_.users);
    return status;
  }

  void restate(std::string_view word, const std::vector<std::string>& wanted) {
    size_t first = rows_.size();
    for (size_t row = rows_.size(); row > 0; --row) {
      if (!rows_.names(row - 1, word)) continue;
      rows_.remove(row - 1);
      first = row - 1;
    }
    std::vector<std::string> lines;
    for (const std::string& line : wanted) lines.push_back(std::string(word) + " " + line);
    if (first < rows_.size()) return rows_.insert(first, lines);
    for (const std::string& line : lines) rows_.append(line);
  }

  std::vector<std::string>::const_iterator in_force(std::string_view name) const {
    return std::find_if(declared_.lines.begin(), declared_.lines.end(),
                        [&](const std::string& line) { return first_word(line) == name; });
  }

  Rows rows_;
  const std::string& path_;
  const OptionTable& options_;
  const Declared& declared_;
};

}  // namespace

base::Result<std::string> rewritten(std::string_view text, const std::string& path, const OptionTable& options,
                                    const Declared& declared) {
  auto result = Rewriter(text, path, options, declared).run();
  // Nothing was changed; a last line without its end is no reason to write the file.
  if (result.ok() && result.value() == std::string(text) + "\n") return std::string(text);
  return result;
}

base::Status rewrite_file(const OptionTable& options, const Declared& declared) {
  std::error_code error;
  const std::string path = std::filesystem::canonical(options.settings().config_file, error).string();
  if (error) return base::Error{error.message()};
  const auto text = read_file(path);
  if (!text) return base::Error{text.error()};
  const auto changed = rewritten(text.value(), path, options, declared);
  if (!changed) return base::Error{changed.error()};
  if (changed.value() == text.value()) return base::Ok{};
  return replace_file(path, changed.value());
}

}  // namespace corral::config
