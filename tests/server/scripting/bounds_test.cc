// What scripts may not do to the server: memory, the sandbox's known holes, injected replies.
// Threading: one thread.
// See: server/scripting/README.md, "Sandbox" and "Bounds".
#include <gtest/gtest.h>

#include <string>

#include "tests/support/test_server.h"

namespace corral::scripting {
namespace {

using test_support::TestServer;

class ScriptBounds : public testing::Test {
 protected:
  std::string eval(const std::string& script) { return server_.client().run_words({"EVAL", script, "0"}); }
  void expect_error(const std::string& script, const std::string& part) {
    const std::string reply = eval(script);
    EXPECT_TRUE(reply.starts_with("-")) << script << " gave " << reply.substr(0, 200);
    EXPECT_NE(reply.find(part), std::string::npos) << script << " gave " << reply.substr(0, 200);
    EXPECT_EQ(reply.find("\r\n"), reply.size() - 2) << script;
    EXPECT_EQ(eval("return 'alive'"), "$5\r\nalive\r\n") << "after " << script;
  }

  TestServer server_{{"lua-memory-limit 8mb"}};
};

TEST_F(ScriptBounds, MemoryEndsTheScript) {
  for (const char* script : {"local s = 'x' while true do s = s .. s end", "return string.rep('x', 1e9)",
                             "local t = {} for i = 1, 1e9 do t[i] = i end", "local t = {} while true do t[#t+1] = {} end",
                             "local t = {('x'):rep(1e6)} for i = 2, 1000 do t[i] = t[1] end return table.concat(t)",
                             "local t = {('x'):rep(1e6)} for i = 2, 1000 do t[i] = t[1] end return cjson.encode(t)",
                             "local t = {('x'):rep(1e6)} for i = 2, 1000 do t[i] = t[1] end return cmsgpack.pack(t)",
                             "local f = 'x' f = ('x'):rep(1e6) return ('y'):rep(1000):gsub('y', f)",
                             "return ('%s'):rep(1000):format(unpack((function() local t = {} local s = ('x'):rep(1e6) for i = 1, 1000 do t[i] = s end return t end)()))",
                             "return coroutine.wrap(function() local s = 'x' while true do s = s .. s end end)()",
                             "collectgarbage('stop') for i = 1, 1e9 do local s = ('x'):rep(100) .. i end"}) {
    expect_error(script, "not enough memory");
  }
}

TEST_F(ScriptBounds, CaughtMemoryErrorsGoOn) {
  EXPECT_EQ(eval("local ok = pcall(string.rep, 'x', 1e9) return tostring(ok)"), "$5\r\nfalse\r\n");
}

TEST_F(ScriptBounds, GarbageOfManyScriptsIsFreed) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(eval("return #string.rep('x', 1000000)"), ":1000000\r\n");
}

TEST_F(ScriptBounds, Recursion) {
  expect_error("local function f() return f() + 1 end return f()", "stack overflow");
  expect_error("local function f() return pcall(f) end f() error('end')", "end");
  expect_error("local t = {} t[1] = t return cjson.encode(t)", "nesting");
  expect_error("return cjson.decode(('['):rep(100000))", "nested");
  expect_error("return string.find(('a'):rep(100000), ('a?'):rep(100000))", "pattern too complex");
  expect_error("return loadstring(('('):rep(100000))() ", "nil value");
  expect_error("return cmsgpack.unpack(('\\145'):rep(100000))", "Bad data format");
  EXPECT_NE(eval("local t = {} t[1] = t return t").find("reached lua stack limit"), std::string::npos);
  EXPECT_EQ(eval("return 'alive'"), "$5\r\nalive\r\n");
}

// CVE-2025-49844, 46817, 46818, 46819, 2024-31449, 2022-24834, 2022-24735, 2022-0543, 2015-4335: the holes' shapes.
TEST_F(ScriptBounds, HolesOfTheSandbox) {
  expect_error("return loadstring(string.dump(function() end))()", "nil value");
  expect_error("return loadstring('\\27Lua\\81\\0')()", "nil value");
  expect_error("return load(function() return '\\27Lua\\81\\0' end)()", "nil value");
  expect_error("unpack({}, 0, 2147483647)", "too many results");
  expect_error("unpack({}, -2147483648, 2147483647)", "too many results");
  expect_error("getmetatable('').__index = nil", "readonly");
  expect_error("getmetatable('').__index.rep = nil", "readonly");
  expect_error("rawset(getmetatable(''), '__index', {})", "readonly");
  expect_error("package.loadlib('x', 'y')", "nonexistent global variable 'package'");
  expect_error("debug.getregistry()", "nonexistent global variable 'debug'");
  expect_error("getfenv(0).redis = 1", "nonexistent global variable 'getfenv'");
  expect_error("newproxy(true)", "nonexistent global variable 'newproxy'");
  expect_error("io.popen('id')", "nonexistent global variable 'io'");
  expect_error("return bit.tohex(1, 'x')", "number expected");
  EXPECT_EQ(eval("return bit.tohex(65535, -2147483648)"), "$8\r\n0000FFFF\r\n");
  for (int i = 0; i < 20; ++i) {
    // Collecting while a chunk with a name of its own is compiled.
    EXPECT_EQ(eval("for i = 1, 200 do collectgarbage('setpause', 1) loadstring('local a = \"' .. i .. '\" return a', 'n' .. i .. ('x'):rep(200)) end collectgarbage() return 1"), ":1\r\n");
  }
}

TEST_F(ScriptBounds, NothingIsLeftForTheNextScript) {
  eval("KEYS.x = 1 string.y = 1");
  expect_error("return string.y.z", "nil value");
  EXPECT_EQ(eval("for k in pairs(KEYS) do return k end return 'none'"), "$4\r\nnone\r\n");
  eval("redis.setresp(3)");
  EXPECT_EQ(eval("return redis.call('GET', 'no') == false and 1 or 0"), ":1\r\n");
  eval("redis.call('SELECT', 5)");
  eval("redis.call('SET', 'in0', 1)");
  EXPECT_EQ(server_.run("EXISTS in0"), ":1\r\n");
}

TEST_F(ScriptBounds, ErrorsAreOneLine) {
  expect_error("return {err='A b\\r\\n+OK\\r\\n'}", "A b");
  expect_error("error('x\\r\\n$5\\r\\nhello', 0)", "x");
  expect_error("error({err='E\\r\\n\\r\\n', source='a\\r\\nb', line='\\r\\n'})", "E");
  expect_error("return redis.error_reply('X\\r\\n:1\\r\\n')", "X");
  EXPECT_EQ(eval("return {ok='a\\r\\n:1\\r\\n'}"), "+a  :1  \r\n");
  EXPECT_EQ(eval("error({})").substr(0, 5), "-ERR ");
}

}  // namespace
}  // namespace corral::scripting
