// The words of a policy: what is accepted, what is refused and how, and that printing reads back.
// Threading: one thread.
// See: server/stampede/policy.h.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "server/stampede/policy.h"

namespace corral::stampede {
namespace {

// Splits at blanks; words in double quotes keep theirs, with \" \\ and \xHH undone, as a configuration line
// does.
std::vector<std::string> split(std::string_view line) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::string> words;
  size_t at = 0;
  while (at < line.size()) {
    if (line[at] == ' ') {
      ++at;
      continue;
    }
    std::string& word = words.emplace_back();
    const bool in_quotes = line[at] == '"';
    if (in_quotes) ++at;
    while (at < line.size() && line[at] != (in_quotes ? '"' : ' ')) {
      if (in_quotes && line[at] == '\\' && line[at + 1] == 'x') {
        word += static_cast<char>(digit(line[at + 2]) * 16 + digit(line[at + 3]));
        at += 4;
        continue;
      }
      if (in_quotes && line[at] == '\\') ++at;
      word += line[at++];
    }
    if (in_quotes) ++at;
  }
  return words;
}

base::Result<Policy> parse(std::string_view line, std::string_view name = "p") {
  const std::vector<std::string> words = split(line);
  return Policy::parse(name, {words.begin(), words.end()});
}

TEST(PolicyParse, DefaultsAreThoseOfTheDocumentation) {
  const auto policy = parse("match product:*");
  ASSERT_TRUE(policy) << policy.error();
  EXPECT_EQ(policy.value().name, "p");
  EXPECT_EQ(policy.value().pattern, "product:*");
  EXPECT_DOUBLE_EQ(policy.value().jitter, 0.1);
  EXPECT_EQ(policy.value().stale_ms, 0);
  EXPECT_EQ(policy.value().wait_ms, 500);
  EXPECT_EQ(policy.value().negative_ms, 1000);
  EXPECT_EQ(policy.value().ttl_ms, 0);
  EXPECT_DOUBLE_EQ(policy.value().soft, 1.0);
  EXPECT_FALSE(policy.value().delete_soft || policy.value().guard || policy.value().exact);
}

TEST(PolicyParse, EveryWordIsUnderstood) {
  const auto parsed = parse(
      "MATCH product:*:page:* Jitter 12.5% stale 60s wait 250ms negative 2s soft 90% ttl 5m del soft guard "
      "on "
      "tag product:{1} tag all prefix product:{1}: prefix product:");
  ASSERT_TRUE(parsed) << parsed.error();
  const Policy& policy = parsed.value();
  EXPECT_DOUBLE_EQ(policy.jitter, 0.125);
  EXPECT_EQ(policy.stale_ms, 60'000);
  EXPECT_EQ(policy.wait_ms, 250);
  EXPECT_EQ(policy.negative_ms, 2000);
  EXPECT_DOUBLE_EQ(policy.soft, 0.9);
  EXPECT_EQ(policy.ttl_ms, 300'000);
  EXPECT_TRUE(policy.delete_soft);
  EXPECT_TRUE(policy.guard);
  EXPECT_EQ(policy.tags, (std::vector<std::string>{"product:{1}", "all"}));
  EXPECT_EQ(policy.prefixes, (std::vector<std::string>{"product:{1}:", "product:"}));
}

TEST(PolicyParse, WordsReadBack) {
  for (const char* line :
       {"match *", "match a:* exact", "match a:* jitter 0%", "match a:* jitter 7.25% soft 50.5%",
        "match a:* jitter 12.5%", "match a:* stale 7d wait 0s negative 100ms",
        "match a:* jitter 90% stale 1500ms wait 1m ttl 1h del soft guard on",
        "match a:*:b tag x{1} tag {1}{1} prefix a: prefix a:{1}", "match \"a b*\" tag \"x \\\" y\"",
        "match \"\\x01*\""}) {
    const auto policy = parse(line);
    ASSERT_TRUE(policy) << line << ": " << policy.error();
    EXPECT_EQ(policy.value().words(), line);
  }
}

struct WrongCase {
  const char* line;
  const char* message;
};

TEST(PolicyParse, ErrorsNameTheWordTheFaultAndTheNearestValidWord) {
  const WrongCase cases[] = {
      {"match a* stael 60s", "policy p: unknown word \"stael\" (did you mean \"stale\"?)"},
      {"match a* jiter 10%", "policy p: unknown word \"jiter\" (did you mean \"jitter\"?)"},
      {"mach a*", "policy p: unknown word \"mach\" (did you mean \"match\"?)"},
      {"match a* frobnicate 1", "policy p: unknown word \"frobnicate\""},
      {"match a* load users",
       "policy p: load needs a ttl: how long a value lives of which the origin does not say it, as in ttl 300s"},
      {"match a* load \"\" ttl 1s", "policy p: load is empty"},
      {"match a* write behind", "policy p: \"write\": writing to an origin is not part of this version"},
      {"jitter 10%", "policy p: a policy needs the keys it is for: match PATTERN"},
      {"match a* stale", "policy p: \"stale\" needs a value behind it"},
      {"match a* stale 1s stale 2s", "policy p: \"stale\" is given twice"},
      {"match a* stale 60", "policy p: stale \"60\" has no unit; write 60s or 60ms"},
      {"match a* stale 8d", "policy p: stale \"8d\" is out of bounds: 0s to 7d"},
      {"match a* stale 5y", "policy p: stale \"5y\" has an unknown unit; the units are ms, s, m, h and d"},
      {"match a* wait 61s", "policy p: wait \"61s\" is out of bounds: 0s to 1m"},
      {"match a* wait soon",
       "policy p: wait \"soon\" is not a duration; write a whole number and a unit, as in 500ms, 60s or 1h"},
      {"match a* negative 99ms", "policy p: negative \"99ms\" is out of bounds: 100ms to 1m"},
      {"match a* negative 61s", "policy p: negative \"61s\" is out of bounds: 100ms to 1m"},
      {"match a* ttl 0s", "policy p: ttl \"0s\" is out of bounds: 1ms to 3650d"},
      {"match a* jitter 10", "policy p: jitter \"10\" lacks its percent sign; write 10%"},
      {"match a* jitter 91%", "policy p: jitter \"91%\" is out of bounds: 0% to 90%"},
      {"match a* jitter 1.234%", "policy p: jitter \"1.234%\" is not a share; write a percentage, as in 10%"},
      {"match a* jitter -1%", "policy p: jitter \"-1%\" is not a share; write a percentage, as in 10%"},
      {"match a* jitter %", "policy p: jitter \"%\" is not a share; write a percentage, as in 10%"},
      {"match a* jitter 1.2.3%", "policy p: jitter \"1.2.3%\" is not a share; write a percentage, as in 10%"},
      {"match a* soft 9%", "policy p: soft \"9%\" is out of bounds: 10% to 100%"},
      {"match a* exact jitter 5%", "policy p: \"exact\" means no jitter; leave one of them out"},
      {"match a* del sotf", "policy p: del \"sotf\" is neither soft nor hard (did you mean \"soft\"?)"},
      {"match a* guard maybe", "policy p: guard \"maybe\" is neither on nor off"},
      {"match \"\"", "policy p: match is empty"},
      {"match a:*:b tag x{2}", "policy p: tag \"x{2}\": {2} stands for star 2 of the pattern, which has 1"},
      {"match a:*:b prefix b:",
       "policy p: prefix \"b:\" is not a beginning of \"a:{1}:b\", the pattern with its stars numbered"},
      {"match a:*:b prefix a:{1",
       "policy p: prefix \"a:{1\" is not a beginning of \"a:{1}:b\", the pattern with its stars numbered"},
      {"match a:?:b prefix a:?:",
       "policy p: prefix \"a:?:\" is not a beginning of \"a:?:b\", the pattern with its stars numbered"},
      {"match a* tag 1 tag 2 tag 3 tag 4 tag 5 tag 6 tag 7 prefix a prefix a{1}",
       "policy p: more than 8 tags and prefixes"},
  };
  for (const WrongCase& c : cases) {
    const auto policy = parse(c.line);
    ASSERT_FALSE(policy) << c.line;
    EXPECT_EQ(policy.error(), c.message);
  }
}

TEST(PolicyParse, NamesAreOneWord) {
  EXPECT_FALSE(parse("match *", ""));
  EXPECT_FALSE(parse("match *", "two words"));
  EXPECT_FALSE(parse("match *", "quo\"te"));
  EXPECT_FALSE(parse("match *", std::string(65, 'x')));
  EXPECT_TRUE(parse("match *", std::string(64, 'x')));
}

}  // namespace
}  // namespace corral::stampede
