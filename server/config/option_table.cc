// Reads and sets options by their rows.
// Threading: see option_table.h.
// See: option_table.h.
#include "server/config/option_table.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "server/base/duration.h"
#include "server/base/glob.h"
#include "server/base/nearest_word.h"
#include "server/config/own_options.h"
#include "server/config/words.h"

namespace corral::config {
namespace {

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return fold(x) == fold(y); });
}

std::string octal_text(int64_t value) {
  char text[24];
  return {text, std::to_chars(text, text + sizeof text, value, 8).ptr};
}

// The largest unit of 1024's powers that divides the size, as "64mb".
std::string size_text(int64_t bytes) {
  constexpr std::pair<int64_t, std::string_view> kUnits[] = {{1LL << 30, "gb"}, {1LL << 20, "mb"}, {1LL << 10, "kb"}};
  for (const auto& [factor, unit] : kUnits) {
    if (bytes != 0 && bytes % factor == 0) return std::to_string(bytes / factor) + std::string(unit);
  }
  return std::to_string(bytes);
}

std::vector<std::string> split_spaces(std::string_view value) {
  std::vector<std::string> words;
  for (size_t at = 0;;) {
    const size_t end = value.find(' ', at);
    words.emplace_back(value.substr(at, end - at));
    if (end == std::string_view::npos) return words;
    at = end + 1;
  }
}

base::Result<int64_t> parse_yes_no(std::string_view text) {
  if (same_name(text, "yes")) return int64_t{1};
  if (same_name(text, "no")) return int64_t{0};
  return base::Error{"argument must be 'yes' or 'no'"};
}

base::Result<int64_t> parse_choice(const Option& option, std::string_view text) {
  std::string message = "argument(s) must be one of the following: ";
  for (const Choice& choice : option.choices) {
    if (same_name(choice.name, text)) return choice.value;
    if (&choice != option.choices.data()) message += ", ";
    message += choice.name;
  }
  return base::Error{std::move(message)};
}

base::Result<int64_t> parse_octal(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (error != std::errc() || end != text.data() + text.size()) {
    return base::Error{"argument couldn't be parsed as an octal number"};
  }
  return value;
}

base::Result<int64_t> parse_number(const Option& option, std::string_view text) {
  switch (option.kind) {
    case OptionKind::kYesNo: return parse_yes_no(text);
    case OptionKind::kChoice: return parse_choice(option, text);
    case OptionKind::kOctal: return parse_octal(text);
    case OptionKind::kBytes: {
      const auto bytes = base::parse_size_bytes(text);
      if (!bytes) return base::Error{"argument must be a memory value"};
      return bytes;
    }
    default: return parse_whole(text);
  }
}

base::Status store_only(const Option& option, Words words) {
  const std::string_view value = words.empty() ? std::string_view() : std::string_view(words[0]);
  if (words.size() <= 1 && same_name(value, option.only)) return base::Ok{};
  const bool is_yes_no = option.only == "yes" || option.only == "no";
  if (is_yes_no && (words.size() != 1 || !parse_yes_no(value))) return base::Error{"argument must be 'yes' or 'no'"};
  return base::Error{std::string(option.refusal)};
}

std::string choice_text(const Option& option, int64_t value) {
  for (const Choice& choice : option.choices) {
    if (choice.value == value) return std::string(choice.name);
  }
  return {};
}

// Redis repeats a client's words only to the first NUL.
std::string_view to_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

std::string failure_text(std::string_view name, std::string_view why) {
  std::string text = "CONFIG SET failed (possibly related to argument '";
  return text.append(to_nul(name)).append("') - ").append(why);
}

}  // namespace

const Option* OptionTable::find(std::string_view name) const {
  for (const Option& option : option_rows()) {
    if (same_name(option.name, name)) return &option;
  }
  return nullptr;
}

std::string OptionTable::get(const Option& option) const {
  switch (option.kind) {
    case OptionKind::kYesNo: return settings_.*option.number != 0 ? "yes" : "no";
    case OptionKind::kChoice: return choice_text(option, settings_.*option.number);
    case OptionKind::kOctal: return octal_text(settings_.*option.number);
    case OptionKind::kInteger:
    case OptionKind::kBytes: return std::to_string(settings_.*option.number);
    case OptionKind::kOnly: return std::string(option.only);
    case OptionKind::kText: {
      std::lock_guard lock(settings_.text_mutex);
      return settings_.*option.text;
    }
    case OptionKind::kOwn: break;
  }
  std::lock_guard lock(settings_.text_mutex);
  return option.get(settings_);
}

std::vector<std::pair<std::string, std::string>> OptionTable::matching(
    std::span<const std::string_view> patterns) const {
  std::vector<std::pair<std::string, std::string>> found;
  const auto add = [&](std::string_view name, const Option& option) {
    const bool known = std::any_of(found.begin(), found.end(), [&](const auto& pair) { return pair.first == name; });
    if (!known) found.emplace_back(name, get(option));
  };
  for (const std::string_view pattern : patterns) {
    if (pattern.find_first_of("*?[") == std::string_view::npos) {
      if (const Option* option = find(pattern)) add(pattern, *option);
      continue;
    }
    for (const Option& option : option_rows()) {
      if (base::glob_matches(pattern, option.name, true)) add(option.name, option);
    }
  }
  return found;
}

base::Status OptionTable::store(const Option& option, Words words) {
  std::vector<std::string> split;
  if (option.several_words() && words.size() == 1) words = split = split_spaces(words[0]);
  if (option.kind == OptionKind::kOnly) return store_only(option, words);
  if (option.kind == OptionKind::kOwn) {
    std::lock_guard lock(settings_.text_mutex);
    return option.set(settings_, words);
  }
  if (words.size() != 1) return base::Error{"wrong number of arguments"};
  if (option.kind == OptionKind::kText) {
    std::lock_guard lock(settings_.text_mutex);
    settings_.*option.text = words[0];
    return base::Ok{};
  }
  const auto value = parse_number(option, words[0]);
  if (!value) return base::Error{value.error()};
  const bool bounded = option.kind != OptionKind::kYesNo && option.kind != OptionKind::kChoice;
  if (bounded && (value.value() < option.least || value.value() > option.most)) {
    if (option.kind != OptionKind::kOctal) return bounds_error(option.least, option.most);
    return base::Error{"argument must be between " + octal_text(option.least) + " and " + octal_text(option.most) +
                       " inclusive"};
  }
  (settings_.*option.number).set(value.value());
  return base::Ok{};
}

base::Status OptionTable::set_words(const Option& option, Words words) {
  base::Status status = store(option, words);
  if (status.ok() || option.kind != OptionKind::kChoice || words.size() != 1) return status;
  std::vector<std::string_view> names;
  for (const Choice& choice : option.choices) names.push_back(choice.name);
  return base::Error{status.error() + base::did_you_mean(words[0], names)};
}

std::optional<std::string> OptionTable::set(std::span<const Change> changes) {
  std::lock_guard lock(change_mutex_);
  std::vector<const Option*> options;
  for (const Change& change : changes) {
    const Option* option = find(change.name);
    if (option == nullptr) {
      return "Unknown option or number of arguments for CONFIG SET - '" + std::string(to_nul(change.name)) + "'";
    }
    if ((option->flags & kImmutable) != 0) return failure_text(change.name, "can't set immutable config");
    if ((option->flags & kProtected) != 0) return failure_text(change.name, "can't set protected config");
    if (std::find(options.begin(), options.end(), option) != options.end()) {
      return failure_text(change.name, "duplicate parameter");
    }
    options.push_back(option);
  }
  std::vector<std::vector<std::string>> before;
  for (const Option* option : options) before.push_back(words_of(*option));
  const auto undo = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) (void)store(*options[i], before[i]);  // was valid before
  };
  for (size_t i = 0; i < options.size(); ++i) {
    const std::string value(changes[i].value);
    const base::Status status = store(*options[i], {&value, 1});
    if (status.ok()) continue;
    undo(i);
    return failure_text(changes[i].name, status.error());
  }
  const Option* failed = nullptr;
  const base::Status applied = run_hooks(options, &failed);
  if (applied.ok()) return std::nullopt;
  undo(options.size());
  (void)run_hooks(options, &failed);  // back to values that were in force
  return failure_text(failed->name, applied.error());
}

base::Status OptionTable::run_hooks(std::span<const Option* const> options, const Option** failed) {
  for (const Option* option : options) {
    const auto hook = hooks_.find(option->name);
    if (hook == hooks_.end()) continue;
    base::Status status = hook->second();
    if (status.ok()) continue;
    *failed = option;
    return status;
  }
  return base::Ok{};
}

void OptionTable::on_change(std::string_view name, std::function<base::Status()> apply) {
  hooks_.emplace(std::string(name), std::move(apply));
}

std::vector<std::string> OptionTable::words_of(const Option& option) const {
  const std::string value = get(option);
  if (option.several_words()) return split_spaces(value);
  return {value};
}

std::string OptionTable::file_text(const Option& option) const {
  if (option.kind == OptionKind::kBytes) return size_text(settings_.*option.number);
  if (option.name == "dir") {
    std::lock_guard lock(settings_.text_mutex);
    return word_text(settings_.dir);  // as it was written, not the working directory that came of it
  }
  std::string out;
  for (const std::string& word : words_of(option)) {
    if (!out.empty()) out += ' ';
    out += word_text(word);
  }
  return out;
}

std::string option_help() {
  Settings defaults;
  const OptionTable table(defaults);
  std::string out;
  for (const Option& option : option_rows()) {
    if (option.kind == OptionKind::kOnly) continue;
    char line[256];
    const std::string value = option.name == "dir" ? "." : table.file_text(option);
    std::snprintf(line, sizeof line, "  --%-34.*s %.*s (%s)\n", static_cast<int>(option.name.size()), option.name.data(),
                  static_cast<int>(option.doc.size()), option.doc.data(), value.c_str());
    out += line;
  }
  return out;
}

}  // namespace corral::config
