// Libraries of functions on both servers.
// Threading: one thread.
// See: tests/server/commands/side_by_side.h.
#include "tests/server/commands/side_by_side.h"

namespace corral::scripting {
namespace {

class FunctionOracle : public commands::SideBySide {
 protected:
  // Each library begins where none was before.
  void load_each(std::initializer_list<std::string_view> bodies) {
    for (const std::string_view body : bodies) {
      same("FUNCTION FLUSH");
      same_words({"FUNCTION", "LOAD", "#!lua name=lib\n" + std::string(body)});
      same("FUNCTION LIST WITHCODE");
    }
  }
};

TEST_P(FunctionOracle, Heads) {
  for (const char* code : {"x", "#!lua", "#!lua\n", "#!foo name=x\n", "#!lua name=a name=b\n", "#!lua foo=a\n", "#!lua name=a-b\n",
                           "#!lua name=\n", "#! name=a\n", "#!LUA name=a\nredis.register_function('f', function() end)"}) {
    same_words({"FUNCTION", "LOAD", code});
  }
}

TEST_P(FunctionOracle, Registering) {
  load_each({
      "", "return 1", "syntax error", "error('x')", "redis.call('PING')", "x = 1", "return nothing", "_G.x = 1", "redis.x = 1",
      "redis.setresp(3)", "redis.sha1hex('x')", "math.random()", "redis.log(redis.LOG_DEBUG, 'x')", "return redis.REDIS_VERSION_NUM .. ''",
      "redis.register_function()", "redis.register_function('a')", "redis.register_function('a', 1)", "redis.register_function(1, function() end)",
      "redis.register_function({}, function() end)", "redis.register_function('a b', function() end)", "redis.register_function('', function() end)",
      "redis.register_function('a', function() end, 1)", "redis.register_function{}", "redis.register_function{function_name='a'}",
      "redis.register_function{callback=function() end}", "redis.register_function{function_name='a', callback=1}",
      "redis.register_function{function_name={}, callback=function() end}", "redis.register_function{function_name=1, callback=function() end}",
      "redis.register_function{function_name='a', callback=function() end, flags=1}", "redis.register_function{function_name='a', callback=function() end, flags={'x'}}",
      "redis.register_function{function_name='a', callback=function() end, flags={'no-writes','allow-oom','allow-stale','no-cluster'}}",
      "redis.register_function{function_name='a', callback=function() end, foo=1}", "redis.register_function{function_name='a', callback=function() end, [1]=1}",
      "redis.register_function{function_name='a', callback=function() end, description=1}", "redis.register_function{function_name='a', callback=function() end, description={}}",
      "redis.register_function{function_name='a', callback=function() end, description='what it does'}", "redis.register_function{FUNCTION_NAME='a', Callback=function() end}",
      "redis.register_function('a', function() end) redis.register_function('a', function() end)",
  });
}

TEST_P(FunctionOracle, Calling) {
  same_words({"FUNCTION", "LOAD",
              "#!lua name=lib\n"
              "local function names(t) local n = {} for k in pairs(t) do n[#n+1] = k end table.sort(n) return n end\n"
              "redis.register_function{function_name='args', callback=function(k, a) return {k, a} end, flags={'no-writes'}}\n"
              "redis.register_function('store', function(k, a) return redis.call('SET', k[1], a[1]) end)\n"
              "redis.register_function('wrong', function() return redis.call('nosuch') end)\n"
              "redis.register_function('keys', function() return tostring(KEYS) end)\n"
              "redis.register_function('late', function() redis.register_function('z', function() end) end)\n"
              "redis.register_function('globals', function() return names(_G) end)\n"
              "redis.register_function('api', function() return names(redis) end)\n"
              "redis.register_function('assign', function() x = 1 end)\n"
              "redis.register_function('boom', function() error('boom') end)\n"
              "redis.register_function('table_error', function() error({err='MY error'}) end)\n"
              "redis.register_function{function_name='sneaky', callback=function(k) return redis.call('SET', k[1], 1) end, flags={'no-writes'}}\n"});
  same({"FCALL args 1 k v w", "FCALL ARGS 0", "FCALL_RO args 1 k v", "FCALL store 1 k v", "GET k", "FCALL_RO store 1 k v", "FCALL wrong 0",
        "FCALL keys 0", "FCALL late 0", "FCALL globals 0", "FCALL api 0", "FCALL assign 0", "FCALL boom 0", "FCALL table_error 0",
        "FCALL sneaky 1 k", "FCALL_RO sneaky 1 k", "FCALL nope 0", "FCALL args", "FCALL args x", "FCALL args -1", "FCALL args 2 a",
        "FCALL nope x", "FCALL_RO store x", "FCALL args 9223372036854775808", "FUNCTION STATS", "FUNCTION LIST LIBRARYNAME", "FUNCTION LIST FOO", "FUNCTION LIST WITHCODE WITHCODE",
        "FUNCTION LIST LIBRARYNAME a LIBRARYNAME b", "FUNCTION KILL", "FUNCTION DELETE nope", "FUNCTION FLUSH X", "FUNCTION FLUSH SYNC x",
        "FUNCTION FOO", "FUNCTION", "FUNCTION LOAD", "FUNCTION LOAD FOO x", "FUNCTION LOAD REPLACE", "MULTI", "FCALL args 1 k v", "EXEC",
        "FUNCTION DELETE lib", "FCALL args 0", "FUNCTION LIST"});
  same_words({"EVAL", "return redis.call('FCALL', 'args', 0)", "0"});
}

TEST_P(FunctionOracle, Patterns) {
  same_words({"FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() end)"});
  same({"FUNCTION LIST LIBRARYNAME l*", "FUNCTION LIST LIBRARYNAME L*", "FUNCTION LIST LIBRARYNAME x* WITHCODE"});
}

TEST_P(FunctionOracle, Replacing) {
  const auto code = [](const std::string& library, const std::string& function) {
    return "#!lua name=" + library + "\nredis.register_function('" + function + "', function() return '" + library + "' end)";
  };
  same_words({"FUNCTION", "LOAD", code("one", "f")});
  same_words({"FUNCTION", "LOAD", code("one", "g")});
  same_words({"FUNCTION", "LOAD", "REPLACE", code("one", "g")});
  same({"FCALL f 0", "FCALL g 0"});
  same_words({"FUNCTION", "LOAD", code("two", "g")});
  same_words({"FUNCTION", "LOAD", "REPLACE", code("two", "g")});
  same({"FCALL g 0", "FUNCTION LIST"});
}

TEST_P(FunctionOracle, PayloadsOfRedisAreRead) {
  same_words({"FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' end)"});
  const std::string encoded = theirs("FUNCTION DUMP");
  const size_t begin = encoded.find("\r\n") + 2;
  const std::string payload = encoded.substr(begin, encoded.size() - begin - 2);
  same_words({"FUNCTION", "RESTORE", payload});
  same("FUNCTION FLUSH");
  same_words({"FUNCTION", "RESTORE", payload, "NOPE"});
  same_words({"FUNCTION", "RESTORE", payload});
  same("FCALL f 0");
  same_words({"FUNCTION", "RESTORE", payload, "REPLACE"});
  same_words({"FUNCTION", "RESTORE", payload, "FLUSH"});
  same("FUNCTION LIST WITHCODE");
  // Every damaged one is refused and changes nothing.
  for (size_t i = 0; i < payload.size(); ++i) {
    std::string damaged = payload;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    same_words({"FUNCTION", "RESTORE", damaged, "FLUSH"});
    same_words({"FUNCTION", "RESTORE", payload.substr(0, i), "FLUSH"});
  }
  same("FCALL f 0");
}

TEST_P(FunctionOracle, OwnPayloadsAreReadByBoth) {
  same("FUNCTION DUMP");
  same_words({"FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)"});
  const std::string encoded = ours.client().run("FUNCTION DUMP");
  const size_t begin = encoded.find("\r\n") + 2;
  same_words({"FUNCTION", "RESTORE", encoded.substr(begin, encoded.size() - begin - 2), "REPLACE"});
  same({"FCALL f 0", "FUNCTION LIST WITHCODE"});
}

INSTANTIATE_TEST_SUITE_P(Resp, FunctionOracle, testing::Values(2, 3), [](const auto& test) {
  return "Resp" + std::to_string(test.param);
});

}  // namespace
}  // namespace corral::scripting
