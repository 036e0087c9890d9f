// What the parameters of an SQL statement stand for, how values go over the wire, what error codes mean; without a server.
// Threading: none.
// See: server/origin/README.md, "PostgreSQL".
#include "server/origin/postgres_statements.h"

#include <gtest/gtest.h>

#include "server/origin/postgres_call.h"
#include "server/origin/sql_state.h"
#include "tests/server/origin/endpoint_driver.h"

namespace corral::origin {
namespace {

PostgresStatements statements(std::vector<std::string_view> words) {
  words.insert(words.begin(), "postgres://u@h/db");
  return PostgresStatements(definition_of(words));
}

std::string shown(const base::Result<std::vector<Parameter>>& parameters) {
  if (!parameters) return "error: " + parameters.error();
  std::string out;
  for (const Parameter& parameter : parameters.value()) {
    if (!out.empty()) out += ' ';
    out += parameter.shape == Parameter::Shape::kNull ? "NULL" : parameter.one;
  }
  return out;
}

TEST(PostgresStatements, ParametersStandForCapturesThenForTheWrite) {
  const PostgresStatements all =
      statements({"load", "SELECT $2", "store", "SELECT $1, $3, $4, $5, $6", "remove", "SELECT $1, $3, $4"});
  Request request = store_of({"key", "a", "b"}, "v", 7);
  request.epoch = 3;
  EXPECT_EQ(shown(all.bind(StatementKind::kStore, request)), "a b v 7 3 NULL");
  request.expires_at_ms = 99;
  EXPECT_EQ(shown(all.bind(StatementKind::kStore, request)), "a b v 7 3 99");
  EXPECT_EQ(shown(all.bind(StatementKind::kRemove, request)), "a b 7 3");
  EXPECT_EQ(shown(all.bind(StatementKind::kLoad, request)), "a b") << "as many as it uses, from the first on";
  EXPECT_EQ(shown(all.bind(StatementKind::kLoad, load_of({"key", "a"}))),
            "error: load uses $2, which stands for nothing");
  EXPECT_EQ(shown(all.bind(StatementKind::kStore, store_of({"key", "a"}, "v"))),
            "error: store uses $6, which stands for nothing");
}

TEST(PostgresStatements, LoadManyTakesOneArrayForEachCapture) {
  const PostgresStatements two = statements({"load", "SELECT 1", "load-many", "SELECT $1, $2"});
  EXPECT_TRUE(two.can_load_many({load_of({"k", "a", "b"})}));
  EXPECT_FALSE(two.can_load_many({load_of({"k", "a", "b"}), load_of({"k", "a"})}));
  EXPECT_FALSE(two.can_load_many({store_of({"k", "a", "b"}, "v")}));
  EXPECT_FALSE(statements({"load", "SELECT 1", "load-many", "SELECT 1"}).can_load_many({load_of({"k"})}));
  const std::vector<Parameter> arrays = two.bind_many({load_of({"k", "a", "b"}), load_of({"k", "c", "d"})});
  ASSERT_EQ(arrays.size(), 2U);
  EXPECT_EQ(arrays[1].many, (std::vector<std::string>{"b", "d"}));
}

TEST(PostgresStatements, ArraysAreQuoted) {
  Parameter array;
  array.shape = Parameter::Shape::kMany;
  array.many = {"", "a\"b\\c", "NULL", "{,}", "\xc3\xa9"};
  EXPECT_EQ(encode_parameter(array, 25).value().bytes, R"({"","a\"b\\c","NULL","{,}",")"
                                                       "\xc3\xa9"
                                                       R"("})");
  array.many = {std::string("\0\xff", 2), ""};
  EXPECT_EQ(encode_parameter(array, 1001).value().bytes, R"({"\\x00ff","\\x"})");
  EXPECT_FALSE(encode_parameter(array, 25)) << "a zero byte in a text";
  array.many.clear();
  EXPECT_EQ(encode_parameter(array, 25).value().bytes, "{}");
}

TEST(PostgresStatements, ByteaIsDecoded) {
  EXPECT_EQ(decode_bytea("\\x00ff61"), std::string("\0\xff\x61", 3));
  EXPECT_EQ(decode_bytea("\\x"), "");
  EXPECT_EQ(decode_bytea("\\x0"), "\\x0");
  EXPECT_EQ(decode_bytea("\\xzz"), "\\xzz");
  EXPECT_EQ(decode_bytea("abc"), "abc");
}

TEST(SqlState, ClassesAreSorted) {
  struct Row {
    const char* state;
    Result result;
    bool hard;
  };
  for (const Row& row : {Row{"08006", Result::kTransient, true}, Row{"57P01", Result::kTransient, true},
                         Row{"57P03", Result::kTransient, true}, Row{"40001", Result::kTransient, false},
                         Row{"40P01", Result::kTransient, false}, Row{"53200", Result::kTransient, false},
                         Row{"55P03", Result::kTransient, false}, Row{"22P02", Result::kPermanent, false},
                         Row{"23505", Result::kPermanent, false}, Row{"42P01", Result::kPermanent, false},
                         Row{"99999", Result::kPermanent, false}, Row{"", Result::kTransient, true}}) {
    const Answer answer = failure_of_sql_state(row.state, true);
    EXPECT_EQ(answer.result, row.result) << row.state;
    EXPECT_EQ(answer.hard, row.hard) << row.state;
  }
  EXPECT_TRUE(failure_of_sql_state("53300", false).pushed_back);
  EXPECT_TRUE(failure_of_sql_state("57014", false).timed_out);
  EXPECT_TRUE(failure_of_sql_state("", true).maybe_done);
  EXPECT_TRUE(failure_of_sql_state("57P01", true).maybe_done);
  EXPECT_FALSE(failure_of_sql_state("57P01", false).maybe_done) << "a load does nothing";
  EXPECT_FALSE(failure_of_sql_state("23505", true).maybe_done) << "the server says that it did not";
}

}  // namespace
}  // namespace corral::origin
