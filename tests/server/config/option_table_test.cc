// Options: reading, setting all or none, and what each refuses.
// Threading: one thread.
// See: server/config/option_table.h.
#include "server/config/option_table.h"

#include <gtest/gtest.h>

#include <set>

namespace corral::config {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

class OptionTableTest : public testing::Test {
 protected:
  Settings settings;
  OptionTable options{settings};

  std::string get(std::string_view name) { return options.get(*options.find(name)); }
  Pairs matching(std::vector<std::string_view> patterns) { return options.matching(patterns); }
  std::string set(std::vector<OptionTable::Change> changes) { return options.set(changes).value_or("OK"); }
  std::string why(std::string_view name, std::string_view value) {
    const std::string text = set({{name, value}});
    const size_t at = text.find("') - ");
    return at == std::string::npos ? text : text.substr(at + 5);
  }
};

TEST_F(OptionTableTest, RowsAreCompleteAndUnique) {
  std::set<std::string_view> names;
  for (const Option& option : option_rows()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_FALSE(option.doc.empty()) << option.name;
    const bool is_number = option.kind == OptionKind::kYesNo || option.kind == OptionKind::kInteger ||
                           option.kind == OptionKind::kBytes || option.kind == OptionKind::kOctal ||
                           option.kind == OptionKind::kChoice;
    EXPECT_EQ(option.number != nullptr, is_number) << option.name;
    EXPECT_EQ(option.text != nullptr, option.kind == OptionKind::kText) << option.name;
    EXPECT_EQ(option.set != nullptr && option.get != nullptr, option.kind == OptionKind::kOwn) << option.name;
    EXPECT_EQ(option.choices.empty(), option.kind != OptionKind::kChoice) << option.name;
    EXPECT_EQ(option.refusal.empty(), option.kind != OptionKind::kOnly) << option.name;
  }
}

TEST_F(OptionTableTest, EveryDefaultIsAcceptedAsAValue) {
  for (const Option& option : option_rows()) {
    if (option.name == "dir") continue;
    const std::string value = options.get(option);
    EXPECT_TRUE(options.set_words(option, std::vector<std::string>{value}).ok()) << option.name << " " << value;
    EXPECT_EQ(options.get(option), value) << option.name;
  }
}

TEST_F(OptionTableTest, ClassicNamesAnswerWhatIsTrueHere) {
  EXPECT_EQ(matching({"save", "appendonly", "databases"}),
            (Pairs{{"save", ""}, {"appendonly", "no"}, {"databases", "16"}}));
  EXPECT_EQ(set({{"save", ""}, {"appendonly", "no"}}), "OK");
  EXPECT_EQ(why("appendonly", "yes"), "persistence is not part of this version");
  EXPECT_EQ(why("appendonly", "maybe"), "argument must be 'yes' or 'no'");
  EXPECT_EQ(why("save", "900 1"), "persistence is not part of this version");
}

TEST_F(OptionTableTest, PatternsMatchInAnyCaseAndNamesKeepTheirSpelling) {
  EXPECT_EQ(matching({"MaxMemory"}), (Pairs{{"MaxMemory", "0"}}));
  EXPECT_EQ(matching({"MAXMEM*", "maxmemory", "nosuch"}),
            (Pairs{{"maxmemory", "0"}, {"maxmemory-policy", "noeviction"}}));
  EXPECT_EQ(matching({"*"}).size(), option_rows().size());
}

TEST_F(OptionTableTest, SizesTakeUnits) {
  EXPECT_EQ(set({{"maxmemory", "64mb"}}), "OK");
  EXPECT_EQ(get("maxmemory"), "67108864");
  EXPECT_EQ(options.file_text(*options.find("maxmemory")), "64mb");
  EXPECT_EQ(why("maxmemory", "1.5gb"), "argument must be a memory value");
  EXPECT_EQ(why("maxmemory", "-1"), "argument must be a memory value");
  // Redis reads these as 0, which for maxmemory means no limit at all.
  EXPECT_EQ(why("maxmemory", ""), "argument must be a memory value");
  EXPECT_EQ(why("maxmemory", "mb"), "argument must be a memory value");
}

TEST_F(OptionTableTest, AllChangesOrNone) {
  EXPECT_EQ(set({{"maxmemory", "1kb"}, {"timeout", "x"}}),
            "CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an integer");
  EXPECT_EQ(get("maxmemory"), "0");
  EXPECT_EQ(set({{"timeout", "5"}, {"nosuch", "1"}}),
            "Unknown option or number of arguments for CONFIG SET - 'nosuch'");
  EXPECT_EQ(get("timeout"), "0");
  EXPECT_EQ(set({{"timeout", "5"}, {"TIMEOUT", "6"}}),
            "CONFIG SET failed (possibly related to argument 'TIMEOUT') - duplicate parameter");
  EXPECT_EQ(why("databases", "3"), "can't set immutable config");
  EXPECT_EQ(why("dir", "/"), "can't set protected config");
}

TEST_F(OptionTableTest, AHookThatRefusesUndoesEverything) {
  std::vector<int64_t> seen;
  options.on_change("maxclients", [&]() -> base::Status {
    seen.push_back(settings.maxclients);
    if (settings.maxclients > 100) return base::Error{"too many"};
    return base::Ok{};
  });
  EXPECT_EQ(set({{"maxclients", "50"}}), "OK");
  EXPECT_EQ(set({{"timeout", "7"}, {"maxclients", "500"}}),
            "CONFIG SET failed (possibly related to argument 'maxclients') - too many");
  EXPECT_EQ(get("maxclients"), "50");
  EXPECT_EQ(get("timeout"), "0");
  EXPECT_EQ(seen, (std::vector<int64_t>{50, 500, 50}));
}

TEST_F(OptionTableTest, OutputLimitsChangeTheNamedClassesOnly) {
  EXPECT_EQ(get("client-output-buffer-limit"), "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
  EXPECT_EQ(set({{"client-output-buffer-limit", "normal 1mb 2 3 replica 0 0 0"}}), "OK");
  EXPECT_EQ(get("client-output-buffer-limit"), "normal 1048576 2 3 slave 0 0 0 pubsub 33554432 8388608 60");
  EXPECT_EQ(settings.output_normal.hard_bytes, 1048576);
}

TEST_F(OptionTableTest, PercentilesAreAList) {
  EXPECT_EQ(get("latency-tracking-info-percentiles"), "50 99 99.9");
  EXPECT_EQ(set({{"latency-tracking-info-percentiles", "12.5 100"}}), "OK");
  EXPECT_EQ(settings.latency_percentiles, (std::vector<double>{12.5, 100}));
  EXPECT_EQ(set({{"latency-tracking-info-percentiles", ""}}), "OK");
  EXPECT_EQ(get("latency-tracking-info-percentiles"), "");
}

TEST_F(OptionTableTest, StripesAreAPowerOfTwo) {
  const Option& stripes = *options.find("stripes");
  EXPECT_EQ(options.set_words(stripes, std::vector<std::string>{"100"}).error(), "argument must be a power of two");
  EXPECT_EQ(options.set_words(stripes, std::vector<std::string>{"8192"}).error(),
            "argument must be between 1 and 4096 inclusive");
  EXPECT_TRUE(options.set_words(stripes, std::vector<std::string>{"8"}).ok());
  EXPECT_EQ(settings.stripes, 8);
}

TEST_F(OptionTableTest, HelpNamesEveryOptionThatCanBeChosen) {
  const std::string help = option_help();
  for (const Option& option : option_rows()) {
    const bool named = help.find("--" + std::string(option.name) + " ") != std::string::npos;
    EXPECT_EQ(named, option.kind != OptionKind::kOnly) << option.name;
  }
}

}  // namespace
}  // namespace corral::config
