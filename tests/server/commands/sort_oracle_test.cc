// SORT against redis-server.
// Threading: one thread.
// See: side_by_side.h; server/commands/README.md, "SORT".
#include "server/base/random.h"
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

using SortOracle = SideBySide;

TEST_P(SortOracle, Numbers) {
  same({"RPUSH l 3 1 2 10 -4 2.5 1e2 3",
        "SORT l",
        "SORT l DESC",
        "SORT l asc",
        "SORT l DESC ASC",
        "SORT l ALPHA",
        "SORT l ALPHA DESC",
        "SORT_RO l",
        "SORT no",
        "SORT_RO no",
        "SORT",
        "SADD s 5 1 30 -2",
        "SORT s",
        "SORT s DESC",
        "SADD t 5 1 x",
        "SORT t",
        "SORT t ALPHA",
        "SET str 1",
        "SORT str",
        "SORT_RO str",
        "SORT str LIMIT x 1"});
}

// Those out of range stand last: after one of them redis-server 7.0 takes no text for a number until some call clears errno.
TEST_P(SortOracle, WhatANumberIs) {
  for (const char* text : {"' 7'",
                           "'7 '",
                           "0x10",
                           "inf",
                           "-inf",
                           "nan",
                           "''",
                           "abc",
                           "'1\\x00x'",
                           "+5",
                           ".5",
                           "5.",
                           "1e",
                           "007",
                           "-0",
                           "9223372036854775808",
                           "2.2250738585072014e-308",
                           "1e-310",
                           "1e-400",
                           "1e400"}) {
    same({"DEL l", std::string("RPUSH l 1 -1 ") + text, "SORT l", "SORT l DESC", "SORT l ALPHA"});
  }
}

TEST_P(SortOracle, RandomNumbersByRandomWeights) {
  base::Random random(static_cast<uint64_t>(GetParam()));
  const auto number = [&random] {
    std::string text = std::to_string(static_cast<int64_t>(random.below(60)) - 30);
    return random.below(3) == 0 ? text + ".5" : text;
  };
  for (int round = 0; round < 60; ++round) {
    std::string push = round % 2 == 0 ? "RPUSH k" : "SADD k";
    for (uint64_t i = 0; i <= random.below(30); ++i) push += " " + number();
    same({"DEL k", push, "SET w" + number() + " " + number()});
    const std::string limit = random.below(2) == 0 ? ""
                                                   : " LIMIT " + std::to_string(random.below(8)) + " " +
                                                         std::to_string(random.below(12));
    for (const char* words : {"", " DESC", " BY w*", " BY w* DESC GET # GET w*"})
      same("SORT k" + limit + words);
    same({"SORT k STORE x" + limit, "LRANGE x 0 -1"});
  }
}

TEST_P(SortOracle, Limits) {
  same({"RPUSH l 5 3 1 4 2"});
  for (const char* limit :
       {"0 2", "1 2", "-5 2", "3 100", "5 1", "100 100", "0 0", "0 -1", "2 -7", "x 1", "1 x", "1",
        "9223372036854775807 9223372036854775807", "-9223372036854775808 1", "0 1 LIMIT 1 2"}) {
    for (const char* order : {"", " DESC", " BY nosort", " BY nosort DESC", " ALPHA", " BY w*"}) {
      same(std::string("SORT l LIMIT ") + limit + order);
    }
  }
  same({"SADD s 5 3 1 4 2", "SORT s LIMIT 1 3", "SORT s DESC LIMIT 1 3"});
}

TEST_P(SortOracle, PatternsOfStrings) {
  same({"RPUSH l 1 2 3 4",
        "MSET w1 30 w2 10 w3 20 o1 one o2 two o3 three",
        "SORT l BY w*",
        "SORT l BY w* DESC",
        "SORT l BY w* LIMIT 1 2",
        "SORT l BY o* ALPHA",
        "SORT l BY o* ALPHA DESC",
        "SORT l BY o*",
        "SORT l GET o*",
        "SORT l GET # GET o* GET nosuch* GET nostar",
        "SORT l BY w* GET o* GET #",
        "SORT l BY nosuch*",
        "SORT l BY nosuch* ALPHA",
        "SORT l BY w* BY nostar",
        "SORT l BY nostar BY w*",
        "SORT l BY *",
        "SORT l GET *",
        "SORT l BY w*->f",
        "SORT l BY w*->",
        "SORT l GET w*->f",
        "SORT l GET w*->",
        "SORT l GET **",
        "SORT l GET '#\\x00x'",
        "SORT l GET 'o\\x00*'",
        "SORT l GET 'o*\\x00'",
        "SORT_RO l BY w* GET o*",
        "RPUSH w4 x",
        "SORT l BY w* GET w*",
        "MULTI",
        "SORT l BY w* GET o*",
        "EXEC"});
}

TEST_P(SortOracle, NothingSorted) {
  same({"RPUSH l c a b", "SORT l BY nosort", "SORT l BY nosort DESC", "SORT l BY nosort GET #",
        "SORT l BY nosort STORE x", "LRANGE x 0 -1", "SORT l BY nosort DESC LIMIT 0 1",
        "SORT l BY nosort ALPHA", "SORT l BY '\\x00*'"});
  same_elements({"SADD s c a b", "SORT s BY nosort", "SORT_RO s BY nosort DESC"});
  same({"SORT s BY nosort STORE x", "LRANGE x 0 -1", "SORT s BY nosort DESC STORE x", "LRANGE x 0 -1"});
}

TEST_P(SortOracle, Stores) {
  same({"RPUSH l 3 1 2",
        "MSET o1 one o2 two",
        "SORT l STORE x",
        "LRANGE x 0 -1",
        "SORT l DESC STORE l",
        "LRANGE l 0 -1",
        "SORT l GET o* GET # STORE x",
        "LRANGE x 0 -1",
        "SORT l LIMIT 7 1 STORE x",
        "EXISTS x",
        "SET x 1",
        "SORT no STORE x",
        "EXISTS x",
        "SORT no STORE x",
        "SET x 1",
        "SORT l STORE x",
        "TYPE x",
        "TTL x",
        "RPUSH bad a",
        "SORT bad STORE x",
        "LLEN x",
        "SORT l STORE a STORE b",
        "EXISTS a b",
        "SORT_RO l STORE x",
        "SORT l STORE",
        "SORT l BY",
        "SORT l GET",
        "SORT l FOO",
        "SORT l STORE by STORE y",
        "LRANGE y 0 -1",
        "EXISTS by"});
}

TEST_P(SortOracle, KeysOfTheCommand) {
  same({"COMMAND GETKEYS SORT l", "COMMAND GETKEYS SORT l STORE x",
        "COMMAND GETKEYS SORT l BY a* GET b* STORE c", "COMMAND GETKEYS SORT l STORE BY STORE x",
        "COMMAND GETKEYS SORT l LIMIT store 1", "COMMAND GETKEYS SORT_RO l STORE x",
        "COMMAND GETKEYSANDFLAGS SORT l STORE c", "COMMAND GETKEYSANDFLAGS SORT_RO l",
        "COMMAND GETKEYS SORT l STORE a STORE b"});
}

INSTANTIATE_TEST_SUITE_P(Resp, SortOracle, testing::Values(2, 3),
                         [](const auto& suite) { return "Version" + std::to_string(suite.param); });

}  // namespace
}  // namespace corral::commands
