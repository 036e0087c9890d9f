// Runs a fuzz target on mutated seeds without libFuzzer: NAME_fuzz_smoke [--runs=N] [--seed=S] CORPUS_DIRECTORY
// Threading: one thread.
// See: README.md of this folder.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/number.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace corral::fuzz {
namespace {

constexpr int64_t kRuns = 200'000;
constexpr int64_t kLongRuns = 5'000'000;
constexpr size_t kMaxInput = 2048;
constexpr size_t kPool = 512;  // mutants that are mutated further

constexpr std::string_view kTokens[] = {"\r\n", "\r", "\n", "$", "*", "-", "+", ":", "0", "1", "9", "10", "16385", "2147483648",
                                        "\"", "'", "\\", "\\x4", " ", "\t", "\v", "$1\r\na\r\n", "*2\r\n", "-1", "_\r\n",
                                        "#t\r\n", "%1\r\n", "~", ">", "|1\r\n", "=5\r\n", "(", ",", "!", "?", "$3\r\n", "[", "]",
                                        "^", "99999999999999999999", std::string_view("\0", 1)};

struct Options {
  int64_t runs = std::getenv("CORRAL_LONG") ? kLongRuns : kRuns;
  int64_t seed = 1;
  std::string corpus;
};

bool read_options(int count, char** words, Options& options) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    int64_t* target = word.starts_with("--runs=") ? &options.runs : word.starts_with("--seed=") ? &options.seed : nullptr;
    if (target == nullptr) {
      options.corpus = word;
      continue;
    }
    const auto value = protocol::parse_int64(word.substr(7));
    if (!value || *value < 0) return false;
    *target = *value;
  }
  return !options.corpus.empty();
}

std::vector<std::string> read_corpus(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());  // the order decides what a seed means
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

class Mutator {
 public:
  Mutator(std::vector<std::string> seeds, uint64_t seed) : random_(seed), pool_(std::move(seeds)), seeds_(pool_.size()) {}

  std::string next() {
    std::string input = pool_[roll(pool_.size())];
    for (size_t count = 1 + roll(6); count > 0; --count) mutate(input);
    if (input.size() > kMaxInput) input.resize(kMaxInput);
    keep(input);
    return input;
  }

 private:
  size_t roll(size_t sides) { return random_() % sides; }

  void keep(const std::string& input) {
    if (pool_.size() < seeds_ + kPool) {
      pool_.push_back(input);
    } else if (roll(8) == 0) {
      pool_[seeds_ + roll(kPool)] = input;  // the seeds themselves stay
    }
  }

  void mutate(std::string& input) {
    const size_t at = roll(input.size() + 1);
    const std::string& other = pool_[roll(pool_.size())];
    switch (roll(12)) {
      case 0: input.insert(at, 1, static_cast<char>(random_())); break;
      case 1: input.erase(at, 1 + roll(8)); break;
      case 2: input.insert(at, input.substr(roll(input.size() + 1), roll(40))); break;
      case 3: input = input.substr(0, at) + other.substr(roll(other.size() + 1)); break;
      case 4: input.resize(at); break;
      case 5:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << roll(8)));
        break;
      default: input.insert(at, kTokens[roll(std::size(kTokens))]); break;
    }
  }

  std::mt19937_64 random_;
  std::vector<std::string> pool_;
  size_t seeds_;
};

int run(const Options& options) {
  std::vector<std::string> seeds = read_corpus(options.corpus);
  if (seeds.empty()) {
    std::fprintf(stderr, "no seeds in %s\n", options.corpus.c_str());
    return 2;
  }
  std::printf("seed %lld, %lld runs, %zu seed inputs\n", static_cast<long long>(options.seed),
              static_cast<long long>(options.runs), seeds.size());
  std::fflush(stdout);
  for (const std::string& seed : seeds) LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(seed.data()), seed.size());
  Mutator mutator(std::move(seeds), static_cast<uint64_t>(options.seed));
  size_t bytes = 0;
  for (int64_t i = 0; i < options.runs; ++i) {
    const std::string input = mutator.next();
    bytes += input.size();
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  }
  std::printf("done, %zu bytes tried\n", bytes);
  return 0;
}

}  // namespace
}  // namespace corral::fuzz

int main(int count, char** words) {
  corral::fuzz::Options options;
  if (!corral::fuzz::read_options(count, words, options)) {
    std::fprintf(stderr, "usage: %s [--runs=N] [--seed=S] CORPUS_DIRECTORY\n", words[0]);
    return 2;
  }
  return corral::fuzz::run(options);
}
