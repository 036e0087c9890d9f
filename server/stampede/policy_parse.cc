// The words of a policy, as the configuration file and CACHE.POLICY SET take them, and back.
// Threading: pure functions.
// See: policy.h.
#include <algorithm>
#include <cmath>
#include <string>

#include "server/base/duration.h"
#include "server/base/nearest_word.h"
#include "server/stampede/policy.h"
#include "server/stampede/template.h"

namespace corral::stampede {
namespace {

using base::Error;
using base::Result;
using base::Status;
using Words = std::vector<std::string_view>;

constexpr int64_t kDayMs = 86'400'000;
constexpr size_t kLongestName = 64;
constexpr std::string_view kValidWords[] = {"match", "jitter", "stale", "wait", "negative", "soft",
                                            "ttl",   "del",    "guard", "tag",  "prefix",   "exact", "load"};
constexpr std::string_view kOriginWords[] = {"store", "remove", "write", "loader", "writer"};

bool same_word(std::string_view word, std::string_view lower) {
  return std::equal(word.begin(), word.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

std::string quoted(std::string_view text) {
  std::string out(1, '"');
  out += text;
  out += '"';
  return out;
}

// A share in percent with at most two decimals.
Result<double> parse_percent(std::string_view text, double least, double most) {
  const Error wrong{quoted(text) + " is not a share; write a percentage, as in 10%"};
  if (!text.empty() && text.back() != '%' &&
      text.find_first_not_of("0123456789.") == std::string_view::npos) {
    return Error{quoted(text) + " lacks its percent sign; write " + std::string(text) + "%"};
  }
  if (text.size() < 2 || text.back() != '%') return wrong;
  std::string_view digits = text.substr(0, text.size() - 1);
  const size_t point = digits.find('.');
  const size_t decimals = point == std::string_view::npos ? 0 : digits.size() - point - 1;
  if (point == 0 || decimals > 2 || (point != std::string_view::npos && decimals == 0)) return wrong;
  int64_t hundredths = 0;
  size_t seen = 0;
  for (const char c : digits) {
    if (c == '.' && seen == point) {
      ++seen;
      continue;
    }
    if (c < '0' || c > '9' || ++seen > 8) return wrong;
    hundredths = hundredths * 10 + (c - '0');
  }
  for (size_t i = decimals; i < 2; ++i) hundredths *= 10;
  const double share = static_cast<double>(hundredths) / 10'000;
  if (share < least || share > most) {
    return Error{quoted(text) + " is out of bounds: " + std::to_string(std::lround(least * 100)) + "% to " +
                 std::to_string(std::lround(most * 100)) + "%"};
  }
  return share;
}

std::string percent_text(double share) {
  const int64_t hundredths = std::llround(share * 10'000);
  std::string text = std::to_string(hundredths / 100);
  if (const int64_t rest = hundredths % 100; rest != 0) {
    text += rest < 10 ? ".0" : ".";
    text += std::to_string(rest % 10 == 0 ? rest / 10 : rest);
  }
  return text + "%";
}

// A word as a configuration line needs it: in quotes when it would fall apart otherwise.
std::string line_word(std::string_view word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '\'' && c != 127;
  });
  if (plain) return std::string(word);
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < ' ' || byte == 127) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// The first {n} without an n-th star, if any.
Status check_template(std::string_view text, size_t stars) {
  size_t at = 0;
  int number = 0;
  for (; next_placeholder(text, at, number); at += 3) {
    if (static_cast<size_t>(number) > stars) {
      return Error{quoted(text) + ": {" + std::to_string(number) + "} stands for star " +
                   std::to_string(number) + " of the pattern, which has " + std::to_string(stars)};
    }
  }
  return base::Ok{};
}

// A declared prefix must be the beginning of every key that matches, so it has to be the beginning of the
// pattern.
Status check_prefix(std::string_view text, std::string_view pattern) {
  const auto pieces = split_pattern(pattern);
  std::string whole;
  std::vector<size_t> ends;  // lengths at which a prefix may not be cut: inside of a placeholder
  for (size_t i = 0; i < pieces.size(); ++i) {
    whole += pieces[i].text;
    if (i + 1 == pieces.size()) break;
    if (i >= 9) break;
    ends.push_back(whole.size() + 1);
    ends.push_back(whole.size() + 2);
    whole += '{';
    whole += static_cast<char>('1' + i);
    whole += '}';
  }
  const bool cut = std::find(ends.begin(), ends.end(), text.size()) != ends.end();
  const bool literal = text.find_first_of("?[\\*") == std::string_view::npos;
  if (!text.empty() && !cut && literal && whole.starts_with(text)) return base::Ok{};
  return Error{quoted(text) + " is not a beginning of " + quoted(whole) +
               ", the pattern with its stars numbered"};
}

// Reads the words one after the other into a policy.
class Reader {
 public:
  Reader(Policy& policy, const Words& words) : policy_(policy), words_(words) {}

  Status read() {
    while (at_ < words_.size()) {
      if (Status status = read_word(words_[at_++]); !status) return status;
    }
    if (policy_.pattern.empty()) return Error{"a policy needs the keys it is for: match PATTERN"};
    if (policy_.exact && seen("jitter")) return Error{"\"exact\" means no jitter; leave one of them out"};
    if (policy_.tags.size() + policy_.prefixes.size() > store::kMaxTagsPerEntry) {
      return Error{"more than " + std::to_string(store::kMaxTagsPerEntry) + " tags and prefixes"};
    }
    if (policy_.loads() && policy_.ttl_ms == 0) {
      return Error{"load needs a ttl: how long a value lives of which the origin does not say it, as in ttl 300s"};
    }
    const size_t stars = split_pattern(policy_.pattern).size() - 1;
    for (const std::string& tag : policy_.tags) {
      if (Status status = check_template(tag, stars); !status) return in("tag", status.error());
    }
    for (const std::string& prefix : policy_.prefixes) {
      if (Status status = check_prefix(prefix, policy_.pattern); !status) return in("prefix", status.error());
    }
    return base::Ok{};
  }

 private:
  static Error in(std::string_view word, const std::string& message) {
    return Error{std::string(word) + " " + message};
  }
  bool seen(std::string_view word) const {
    return std::find(seen_.begin(), seen_.end(), word) != seen_.end();
  }

  Status read_word(std::string_view given) {
    for (const std::string_view origin : kOriginWords) {
      if (same_word(given, origin)) return Error{quoted(given) + ": writing to an origin is not part of this version"};
    }
    std::string_view word;
    for (const std::string_view valid : kValidWords) {
      if (same_word(given, valid)) word = valid;
    }
    if (word.empty()) return Error{"unknown word " + quoted(given) + base::did_you_mean(given, kValidWords)};
    if (seen(word) && word != "tag" && word != "prefix") return Error{quoted(word) + " is given twice"};
    seen_.push_back(word);
    if (word == "exact") {
      policy_.exact = true;
      return base::Ok{};
    }
    if (at_ == words_.size()) return Error{quoted(word) + " needs a value behind it"};
    return read_value(word, words_[at_++]);
  }

  Status read_value(std::string_view word, std::string_view value) {
    if (word == "match") return text(word, value, policy_.pattern);
    if (word == "load") return text(word, value, policy_.origin);
    if (word == "jitter") return percent(word, value, 0, 0.9, policy_.jitter);
    if (word == "soft") return percent(word, value, 0.1, 1, policy_.soft);
    if (word == "stale") return duration(word, value, 0, 7 * kDayMs, policy_.stale_ms);
    if (word == "wait") return duration(word, value, 0, 60'000, policy_.wait_ms);
    if (word == "negative") return duration(word, value, 100, 60'000, policy_.negative_ms);
    if (word == "ttl") return duration(word, value, 1, 3650 * kDayMs, policy_.ttl_ms);
    if (word == "del") return choice(word, value, "hard", "soft", policy_.delete_soft);
    if (word == "guard") return choice(word, value, "off", "on", policy_.guard);
    std::vector<std::string>& list = word == "tag" ? policy_.tags : policy_.prefixes;
    return text(word, value, list.emplace_back());
  }

  static Status text(std::string_view word, std::string_view value, std::string& out) {
    if (value.empty()) return in(word, "is empty");
    out = value;
    return base::Ok{};
  }

  static Status percent(std::string_view word, std::string_view value, double least, double most,
                        double& out) {
    const Result<double> share = parse_percent(value, least, most);
    if (!share) return in(word, share.error());
    out = share.value();
    return base::Ok{};
  }

  static Status duration(std::string_view word, std::string_view value, int64_t least, int64_t most,
                         int64_t& out) {
    const Result<int64_t> ms = base::parse_duration_ms(value);
    if (!ms) return in(word, ms.error());
    if (ms.value() < least || ms.value() > most) {
      return in(word, quoted(value) + " is out of bounds: " + base::duration_text(least) + " to " +
                          base::duration_text(most));
    }
    out = ms.value();
    return base::Ok{};
  }

  static Status choice(std::string_view word, std::string_view value, std::string_view no,
                       std::string_view yes, bool& out) {
    if (!same_word(value, no) && !same_word(value, yes)) {
      const std::string_view both[] = {no, yes};
      return in(word, quoted(value) + " is neither " + std::string(yes) + " nor " + std::string(no) +
                          base::did_you_mean(value, both));
    }
    out = same_word(value, yes);
    return base::Ok{};
  }

  Policy& policy_;
  const Words& words_;
  size_t at_ = 0;
  Words seen_;
};

}  // namespace

Result<Policy> Policy::parse(std::string_view name, const Words& words) {
  if (name.empty()) return Error{"a policy needs a name"};
  if (name.size() > kLongestName) return Error{"the name " + quoted(name) + " has more than 64 bytes"};
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == 127) {
      return Error{"the name " + quoted(name) + " may hold neither spaces nor quotes"};
    }
  }
  Policy policy;
  policy.name = name;
  Status status = Reader(policy, words).read();
  if (!status) return Error{"policy " + std::string(name) + ": " + status.error()};
  return policy;
}

std::string Policy::words() const {
  const Policy plain;
  std::string out;
  const auto add = [&out](std::string_view word, std::string_view value) {
    if (!out.empty()) out += ' ';
    out += word;
    if (!value.empty()) out += ' ';
    out += value;
  };
  const auto duration = [&add](std::string_view word, int64_t ms, int64_t normal) {
    if (ms != normal) add(word, base::duration_text(ms));
  };
  add("match", line_word(pattern));
  if (exact) add("exact", {});
  if (!exact && jitter != plain.jitter) add("jitter", percent_text(jitter));
  if (soft != plain.soft) add("soft", percent_text(soft));
  duration("stale", stale_ms, plain.stale_ms);
  duration("wait", wait_ms, plain.wait_ms);
  duration("negative", negative_ms, plain.negative_ms);
  duration("ttl", ttl_ms, plain.ttl_ms);
  if (delete_soft) add("del", "soft");
  if (guard) add("guard", "on");
  if (loads()) add("load", line_word(origin));
  for (const std::string& tag : tags) add("tag", line_word(tag));
  for (const std::string& prefix : prefixes) add("prefix", line_word(prefix));
  return out;
}

}  // namespace corral::stampede
