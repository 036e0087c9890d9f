// Fuzz target of origins: their words, and the targets of their templates. Behind the first NUL of the input: a key.
// Threading: none.
// See: README.md of this folder.
#include <string>
#include <string_view>
#include <vector>

#include "server/config/words.h"
#include "server/origin/definition.h"
#include "server/origin/http_template.h"
#include "tests/fuzz/property.h"

namespace corral::fuzz {
namespace {

std::vector<std::string_view> views(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

void check_target(const origin::Definition& definition, std::string_view key, std::string_view input) {
  const auto parsed = origin::HttpTemplate::parse(origin::Operation::kLoad, definition.load);
  require(parsed.ok(), "a template of a definition is a template", input);
  const std::vector<std::string> captures(10, std::string(key));
  std::string target = "x";
  if (!parsed.value().append_target(captures, target)) return;
  require(target.size() <= 8193 && target.starts_with("x/"), "a target is a path of a bounded length", input);
  for (const char c : target) require(c > ' ' && c < 127 && c != '#', "a target is printable", input);
  const std::string_view path = std::string_view(target).substr(1, target.find('?') - 1);
  // Dots that the template does not have cannot come from the key.
  const bool dots = definition.load.find("/.") != std::string::npos;
  require(dots || (path.find("/../") == std::string_view::npos && !path.ends_with("/..")),
          "no key leaves its segment", input);
}

}  // namespace
}  // namespace corral::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corral;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view line = input.substr(0, input.find('\0'));
  const std::string_view key =
      line.size() == input.size() ? std::string_view() : input.substr(line.size() + 1);
  const auto words = config::split_words(line);
  if (!words || words->empty()) return 0;
  auto rest = fuzz::views(*words);
  rest.erase(rest.begin());
  const auto parsed = origin::Definition::parse(words->front(), rest);
  if (!parsed) {
    fuzz::require(!parsed.error().empty(), "a refusal has a reason", input);
    return 0;
  }
  const std::string text = parsed.value().words();
  const auto again_words = config::split_words(text);
  fuzz::require(again_words.has_value(), "the words of an origin are words", input);
  const auto again = origin::Definition::parse(words->front(), fuzz::views(*again_words));
  fuzz::require(again && again.value().words() == text && again.value().urls == parsed.value().urls,
                "an origin reads back", input);
  (void)parsed.value().masked_words();
  (void)parsed.value().check_captures(key.size());
  if (parsed.value().kind == origin::Kind::kHttp && !parsed.value().load.empty())
    fuzz::check_target(parsed.value(), key, input);
  return 0;
}
