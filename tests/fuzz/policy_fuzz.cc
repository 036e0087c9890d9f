// Fuzz target of policies: their words, and the captures of their patterns. Behind the first NUL of the input: a key.
// Threading: none.
// See: README.md of this folder.
#include <string>
#include <string_view>
#include <vector>

#include "server/base/glob.h"
#include "server/config/words.h"
#include "server/stampede/policy.h"
#include "server/stampede/template.h"
#include "tests/fuzz/property.h"

namespace corral::fuzz {
namespace {

std::vector<std::string_view> views(const std::vector<std::string>& words) { return {words.begin(), words.end()}; }

void check_captures(std::string_view pattern, std::string_view key, std::string_view input) {
  std::vector<std::string_view> captures;
  const bool matches = stampede::capture_stars(pattern, key, captures);
  require(matches == base::glob_matches(pattern, key), "stars are captured exactly when the key matches", input);
  if (!matches) return;
  const auto pieces = stampede::split_pattern(pattern);
  require(pieces.size() == captures.size() + 1, "one capture for each star", input);
  // Pieces and captures in turn are the key.
  size_t at = 0;
  for (size_t i = 0; i < pieces.size(); ++i) {
    at += pieces[i].bytes;
    if (i == captures.size()) break;
    require(captures[i].data() == key.data() + at, "captures follow the pieces", input);
    at += captures[i].size();
  }
  require(at == key.size(), "nothing of the key is left", input);
}

}  // namespace
}  // namespace corral::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corral;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view line = input.substr(0, input.find('\0'));
  const std::string_view key = line.size() == input.size() ? std::string_view() : input.substr(line.size() + 1);
  const auto words = config::split_words(line);
  if (!words || words->empty()) return 0;
  auto rest = fuzz::views(*words);
  rest.erase(rest.begin());
  const auto policy = stampede::Policy::parse(words->front(), rest);
  if (!policy) {
    fuzz::require(!policy.error().empty(), "a refusal has a reason", input);
    return 0;
  }
  const std::string text = policy.value().words();
  const auto again_words = config::split_words(text);
  fuzz::require(again_words.has_value(), "the words of a policy are words", input);
  const auto again = stampede::Policy::parse(words->front(), fuzz::views(*again_words));
  fuzz::require(again && again.value().words() == text && again.value().pattern == policy.value().pattern,
                "a policy reads back", input);
  fuzz::check_captures(policy.value().pattern, key, input);
  return 0;
}
