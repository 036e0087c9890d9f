// Fuzz target of the configuration: words, durations, sizes, and a whole file with its options.
// Threading: none.
// See: README.md of this folder.
#include <string>
#include <string_view>
#include <vector>

#include "server/base/duration.h"
#include "server/config/config_file.h"
#include "server/config/option_table.h"
#include "server/config/words.h"
#include "tests/fuzz/property.h"

namespace corral::fuzz {
namespace {

void check_words(std::string_view input) {
  const auto back = config::split_words(config::quoted(input));
  require(back && back->size() == 1 && back->front() == input, "quoted bytes read back", input);
  const auto words = config::split_words(input);
  if (!words) return;
  std::string line;
  for (const std::string& word : *words) line.append(config::word_text(word)).append(1, ' ');
  require(config::split_words(line) == words, "words read back", input);
  for (const std::string& word : *words) {
    const auto duration = base::parse_duration_ms(word);
    if (duration && duration.value() >= 0) {
      const auto again = base::parse_duration_ms(base::duration_text(duration.value()));
      require(again && again.value() == duration.value(), "a duration reads back", input);
    }
    const auto size = base::parse_size_bytes(word);
    require(size || !size.error().empty(), "a wrong size has a reason", input);
  }
}

// As at the start of the server, but for includes: they would read the files of this machine.
void check_file(std::string_view input) {
  std::string text(input);
  for (size_t at = 0; (at = text.find_first_of("iI", at)) != std::string::npos; ++at) {
    if (text.size() - at >= 7 && (text[at + 1] | 0x20) == 'n') text[at] = '#';
  }
  const auto lines = config::lines_of_text(text, "/fuzz.conf");
  if (!lines) {
    require(lines.error().starts_with("/fuzz.conf:"), "an error names its line", input);
    return;
  }
  config::Settings settings;
  config::OptionTable options(settings);
  const config::Directives directives = {{"policy", [](config::Words) -> base::Status { return base::Ok{}; }}};
  const base::Status status = config::apply_lines(lines.value(), options, directives);
  require(status.ok() || status.error().starts_with("/fuzz.conf:"), "an error names its line", input);
  // What was taken reads back as what is taken.
  for (const config::Line& line : lines.value()) {
    const config::Option* option = status.ok() ? options.find(line.words[0]) : nullptr;
    if (option == nullptr) continue;
    const std::string value = options.get(*option);
    const auto words = config::split_words(option->several_words() ? value : config::quoted(value));
    require(words.has_value(), "a value is words", input);
  }
}

}  // namespace
}  // namespace corral::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  corral::fuzz::check_words(input);
  corral::fuzz::check_file(input);
  return 0;
}
