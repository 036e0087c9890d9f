// All options in one table: CONFIG GET and SET, the configuration file, the command line and the help derive from it.
// Threading: rows are constant; values live in Settings. set() from any thread, one at a time.
// See: README.md of this folder, "Options".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/result.h"
#include "server/config/settings.h"

namespace corral::config {

enum class OptionKind : uint8_t {
  kYesNo,
  kInteger,  ///< within [least, most]
  kBytes,    ///< with units, within [least, most]
  kOctal,    ///< within [least, most]
  kChoice,   ///< one of `choices`
  kText,     ///< any bytes
  kOnly,     ///< a name of Redis of which only the value `only` has a meaning here; `refusal` says why
  kOwn,      ///< functions `set` and `get`
};

enum OptionFlag : uint32_t {
  kImmutable = 1,     ///< CONFIG SET answers that it cannot be changed while the server runs
  kProtected = 2,     ///< same, in the words Redis has for `dir`
  kSeveralWords = 4,  ///< the value is a list separated by spaces
  kAlias = 8,         ///< an older name of the option in the row before; CONFIG REWRITE writes it only where it stands
};

struct Choice {
  std::string_view name;
  int64_t value;
};

using Words = std::span<const std::string>;

/// One option. Which of the fields below `doc` are used depends on `kind`.
struct Option {
  std::string_view name;  // lower case
  OptionKind kind = OptionKind::kInteger;
  uint32_t flags = 0;
  std::string_view doc;  // one line for people

  Setting Settings::*number = nullptr;
  int64_t least = 0;
  int64_t most = 0;
  std::span<const Choice> choices = {};
  std::string Settings::*text = nullptr;
  std::string_view only = {};
  std::string_view refusal = {};
  base::Status (*set)(Settings&, Words) = nullptr;  // called with text_mutex held, as is get
  std::string (*get)(const Settings&) = nullptr;

  bool several_words() const { return (flags & kSeveralWords) != 0; }
};

/// The rows, in the order of the help text.
std::span<const Option> option_rows();

class OptionTable {
 public:
  explicit OptionTable(Settings& settings) : settings_(settings) {}

  Settings& settings() { return settings_; }
  const Settings& settings() const { return settings_; }

  /// By name in any case; null when there is none.
  const Option* find(std::string_view name) const;
  /// The value as CONFIG GET answers it: bytes and octals as plain numbers.
  std::string get(const Option& option) const;
  /// CONFIG GET: names and values for all patterns, each option once. A pattern without * ? [ is a name and comes back
  /// in the caller's spelling, as in Redis. O(options × patterns).
  std::vector<std::pair<std::string, std::string>> matching(std::span<const std::string_view> patterns) const;

  /// Sets one option from the words of a line; used before the server runs. The error is Redis' text without context.
  base::Status set_words(const Option& option, Words words);

  struct Change {
    std::string_view name;
    std::string_view value;
  };
  /// CONFIG SET: all changes or none. Returns the text of the error reply without "ERR ", nothing when all went well.
  std::optional<std::string> set(std::span<const Change> changes);

  /// Calls `apply` after set() changed the option, once per set(); an error undoes the whole set(). Registered before
  /// the server runs, at most once an option.
  void on_change(std::string_view name, std::function<base::Status()> apply);

  /// How a configuration file would say the value: words quoted where needed, sizes with units. Empty list: `""`.
  std::string file_text(const Option& option) const;

 private:
  std::vector<std::string> words_of(const Option& option) const;
  base::Status store(const Option& option, Words words);
  base::Status run_hooks(std::span<const Option* const> options, const Option** failed);

  Settings& settings_;
  std::mutex change_mutex_;
  std::map<std::string, std::function<base::Status()>, std::less<>> hooks_;
};

/// One line per option with its default, for --help.
std::string option_help();

}  // namespace corral::config
