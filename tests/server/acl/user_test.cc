// Rules of users, checks, log-in, and the table of users.
// Threading: one thread.
// See: server/acl/README.md.
#include "server/acl/user.h"

#include <gtest/gtest.h>

#include "server/acl/password.h"
#include "server/acl/user_table.h"
#include "tests/server/acl/sample_catalog.h"

namespace corral::acl {
namespace {

using protocol::Bytes;

class UserTest : public testing::Test {
 protected:
  Problem rule(std::string_view text) { return user.apply(text, catalog, false); }
  Denial ask(uint32_t id, std::vector<Bytes> arguments, std::vector<KeyUse> keys = {},
             std::vector<ChannelUse> channels = {}) {
    Asked asked;
    asked.id = id;
    asked.arguments = arguments;
    asked.keys = keys;
    asked.channels = channels;
    return user.check(asked, position);
  }

  const Catalog catalog = sample_catalog();
  User user{"u", 1, kSampleCommands, false};
  int position = 0;
};

TEST_F(UserTest, BeginsWithoutRights) {
  EXPECT_EQ(user.rules(catalog), "off resetchannels -@all");
  for (uint32_t id = 0; id < kSampleCommands; ++id) EXPECT_EQ(ask(id, {"x"}), Denial::kCommand);
  EXPECT_FALSE(user.accepts(""));
}

TEST_F(UserTest, UnrestrictedOnlyWithAllThree) {
  for (const char* text : {"+@all", "~*", "&*"}) {
    EXPECT_FALSE(user.unrestricted());
    EXPECT_EQ(rule(text), Problem::kNone);
  }
  EXPECT_TRUE(user.unrestricted());
  rule("-get");
  EXPECT_FALSE(user.unrestricted());
  rule("+get");
  EXPECT_FALSE(user.unrestricted()) << "a later version's commands are not said to be allowed";
  rule("(+@all ~* &*)");
  EXPECT_TRUE(user.unrestricted());
}

TEST_F(UserTest, KeysByAccess) {
  for (const char* text : {"+get", "+set", "%R~r*", "%W~w*", "~b*"}) rule(text);
  const auto denial = [&](Bytes key, uint8_t access) { return ask(kIdGet, {"get", key}, {{1, access}}); };
  EXPECT_EQ(denial("r1", kMayRead), Denial::kNone);
  EXPECT_EQ(denial("r1", kMayWrite), Denial::kKey);
  EXPECT_EQ(denial("w1", kMayWrite), Denial::kNone);
  EXPECT_EQ(denial("w1", kMayRead), Denial::kKey);
  EXPECT_EQ(denial("b1", kMayBoth), Denial::kNone);
  EXPECT_EQ(denial("x", 0), Denial::kKey) << "even to ask whether it exists";
}

TEST_F(UserTest, OneSelectorMustAllowAll) {
  for (const char* text : {"+get", "~a", "(+set ~b)"}) rule(text);
  EXPECT_EQ(ask(kIdSet, {"set", "b"}, {{1, kMayWrite}}), Denial::kNone);
  EXPECT_EQ(ask(kIdSet, {"set", "a"}, {{1, kMayWrite}}), Denial::kKey);
  EXPECT_EQ(ask(kIdGet, {"get", "b"}, {{1, kMayRead}}), Denial::kKey);
  EXPECT_EQ(position, 1);
  EXPECT_EQ(ask(kIdPublish, {"publish", "b"}), Denial::kCommand);
}

TEST_F(UserTest, PatternsOfChannelsAreTakenAsTheyStand) {
  for (const char* text : {"+publish", "&c*"}) rule(text);
  EXPECT_EQ(ask(kIdPublish, {"x", "c1"}, {}, {{1, false}}), Denial::kNone);
  EXPECT_EQ(ask(kIdPublish, {"x", "c*"}, {}, {{1, true}}), Denial::kNone);
  EXPECT_EQ(ask(kIdPublish, {"x", "c1*"}, {}, {{1, true}}), Denial::kChannel);
}

TEST_F(UserTest, FirstArguments) {
  rule("+select|0");
  EXPECT_EQ(ask(kIdSelect, {"select", "0"}), Denial::kNone);
  EXPECT_EQ(ask(kIdSelect, {"select", "1"}), Denial::kCommand);
  EXPECT_EQ(ask(kIdSelect, {"select"}), Denial::kCommand);
  rule("+select");
  rule("-select");
  EXPECT_EQ(ask(kIdSelect, {"select", "0"}), Denial::kCommand);
}

TEST_F(UserTest, ContainersTakeTheirSubcommandsAlong) {
  rule("+config");
  EXPECT_TRUE(user.root().has(kIdConfigSet));
  rule("-config|set");
  EXPECT_TRUE(user.root().has(kIdConfig));
  EXPECT_FALSE(user.root().has(kIdConfigSet));
  rule("-@admin");
  EXPECT_FALSE(user.root().has(kIdConfigGet));
}

TEST_F(UserTest, WrongRulesChangeNothing) {
  rule("~*");
  rule("&*");
  const std::string before = user.rules(catalog);
  const std::pair<const char*, Problem> kWrong[] = {{"~x", Problem::kAllKeysAlready},
                                                    {"&x", Problem::kAllChannelsAlready},
                                                    {"+nope", Problem::kUnknownCommand},
                                                    {"-nope", Problem::kUnknownCommand},
                                                    {"+@nope", Problem::kUnknownCommand},
                                                    {"+get|", Problem::kSyntax},
                                                    {"+config|get|x", Problem::kArgumentOfSubcommand},
                                                    {"(~a b)", Problem::kSyntax},
                                                    {"<pw", Problem::kNoSuchPassword},
                                                    {"#abc", Problem::kBadHash},
                                                    {"nonsense", Problem::kSyntax},
                                                    {"%", Problem::kAllKeysAlready}};
  for (const auto& wrong : kWrong) {
    EXPECT_EQ(rule(wrong.first), wrong.second) << wrong.first;
    EXPECT_EQ(user.rules(catalog), before) << wrong.first;
  }
}

TEST_F(UserTest, WhatIsToldGivesTheSameRights) {
  // Every set of the commands, started from either side.
  for (uint32_t wanted = 0; wanted < (1u << kSampleCommands); ++wanted) {
    for (const bool additive : {true, false}) {
      Selector selector(kSampleCommands, false);
      selector.apply(additive ? "-@all" : "+@all", catalog);
      for (const auto& [name, command] : catalog.all()) {
        selector.apply(((wanted >> command.id & 1) != 0 ? "+" : "-") + name, catalog);
      }
      Selector again(kSampleCommands, false);
      const std::string rules = selector.command_rules(catalog);
      for (size_t at = 0; at < rules.size();) {
        const size_t end = std::min(rules.find(' ', at), rules.size());
        EXPECT_EQ(again.apply(rules.substr(at, end - at), catalog), Problem::kNone) << rules;
        at = end + 1;
      }
      for (uint32_t id = 0; id < kSampleCommands; ++id) EXPECT_EQ(again.has(id), selector.has(id)) << rules;
    }
  }
}

TEST_F(UserTest, Passwords) {
  for (const char* text : {"on", ">one", ">two"}) rule(text);
  EXPECT_TRUE(user.accepts("one"));
  EXPECT_TRUE(user.accepts("two"));
  EXPECT_FALSE(user.accepts("three"));
  EXPECT_FALSE(user.accepts(""));
  rule("<one");
  EXPECT_FALSE(user.accepts("one"));
  rule("!" + hash_password("two"));
  EXPECT_FALSE(user.accepts("two"));
  rule("nopass");
  EXPECT_TRUE(user.accepts("anything"));
  rule("off");
  EXPECT_FALSE(user.accepts("anything"));
}

TEST(Password, IsSha256) {
  EXPECT_EQ(hash_password("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(random_password(5).size(), 2u);
  EXPECT_EQ(random_password(256).size(), 64u);
  EXPECT_NE(random_password(256), random_password(256));
}

TEST(Users, ChangesArePutInForceWhole) {
  Users users(sample_catalog());
  const uint64_t before = users.version();
  const UserTableRef held = users.table();
  EXPECT_FALSE(users.change([](UserTable& table) {
    table.clear();
    return false;
  }));
  EXPECT_EQ(users.version(), before);
  users.change([&](UserTable& table) {
    return table.emplace("u", std::make_shared<const User>(users.make("u"))).second;
  });
  EXPECT_NE(users.version(), before);
  EXPECT_EQ(held->size(), 1u);
  EXPECT_NE(users.find("u"), nullptr);
}

TEST(Users, PasswordOfDefault) {
  Users users(sample_catalog());
  EXPECT_FALSE(users.login_required());
  users.set_default_password("pw");
  EXPECT_TRUE(users.login_required());
  EXPECT_FALSE(users.default_needs_no_password());
  EXPECT_TRUE(users.find("default")->accepts("pw"));
  users.set_default_password("");
  EXPECT_FALSE(users.login_required());
}

TEST(Users, NumbersAreNeverGivenTwice) {
  Users users(sample_catalog());
  EXPECT_NE(users.make("u").number(), users.make("u").number());
}

}  // namespace
}  // namespace corral::acl
