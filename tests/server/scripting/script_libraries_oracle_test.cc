// cjson, cmsgpack, struct and bit on both servers.
// Threading: one thread.
// See: tests/server/commands/side_by_side.h.
#include "tests/server/commands/side_by_side.h"

namespace corral::scripting {
namespace {

class LibraryOracle : public commands::SideBySide {
 protected:
  void run_all(std::initializer_list<std::string_view> scripts) {
    for (const std::string_view script : scripts) same_words({"EVAL", std::string(script), "0"});
  }
};

TEST_P(LibraryOracle, JsonEncode) {
  run_all({
      "return cjson.encode(1)", "return cjson.encode(1.5)", "return cjson.encode(1e20)", "return cjson.encode(0.1)",
      "return cjson.encode(123456789012345678)", "return cjson.encode(-0.0)", "return cjson.encode('x')",
      "return cjson.encode('\\0\\1\\31\\127\\128\\255\"\\\\/\\b\\t\\n\\f\\r')", "return cjson.encode(true)", "return cjson.encode(nil)",
      "return cjson.encode(cjson.null)", "return cjson.encode({})", "return cjson.encode({1,2,3})", "return cjson.encode({1,nil,3})",
      "return cjson.encode({a=1})", "return cjson.encode({[1]=1,[2]=2,x=3})", "return cjson.encode({[1.5]='x'})",
      "return cjson.encode({[0]='x'})", "return cjson.encode({[-1]='x'})", "return cjson.encode({[5]=1})", "return cjson.encode({[10]=1})",
      "return cjson.encode({[11]=1})", "return cjson.encode({[100]=1})", "return cjson.encode({[true]=1})", "return cjson.encode({[{}]=1})",
      "return cjson.encode({{},{1},{{2}}})", "return cjson.encode(0/0)", "return cjson.encode(1/0)", "return cjson.encode(print == nil)",
      "return cjson.encode(tostring)", "return cjson.encode({tostring})", "return cjson.encode()", "return cjson.encode(1,2)",
      "local t = {} t[1] = t return cjson.encode(t)", "local t = {} for i = 1, 999 do t = {t} end return #cjson.encode(t)",
      "local t = {} for i = 1, 1000 do t = {t} end return #cjson.encode(t)", "return cjson.encode(redis.sha1hex)",
      "return cjson.encode({1,2,{a='b',c={}}})", "return cjson.encode(setmetatable({},{__index={1,2}}))",
      "return cjson.encode(('x'):rep(1000))", "local c = cjson.new() c.encode_sparse_array(true) return c.encode({[100]=1})",
      "local c = cjson.new() c.encode_sparse_array(true, 1, 1) return c.encode({[3]=1})",
      "local c = cjson.new() c.encode_number_precision(3) return c.encode(3.14159)",
      "local c = cjson.new() c.encode_invalid_numbers(true) return {c.encode(1/0), c.encode(-1/0), c.encode(0/0)}",
      "local c = cjson.new() c.encode_invalid_numbers('null') return c.encode(1/0)",
      "local c = cjson.new() c.encode_max_depth(2) return c.encode({{{}}})",
      "local c = cjson.new() return {c.encode_max_depth(), c.decode_max_depth(), c.encode_number_precision(), c.encode_sparse_array()}",
      "local c = cjson.new() return {c.encode_keep_buffer(), c.encode_invalid_numbers(), c.decode_invalid_numbers()}",
      "local c = cjson.new() c.encode_max_depth(0)", "local c = cjson.new() c.encode_number_precision(15)",
      "local c = cjson.new() c.encode_number_precision(1, 2)", "local c = cjson.new() c.encode_invalid_numbers('x')",
      "local c = cjson.new() c.encode_sparse_array(1, 2, 3, 4)", "return cjson._VERSION", "return cjson._NAME",
      "return tostring(cjson.null)", "return cjson.null",
  });
}

TEST_P(LibraryOracle, JsonDecode) {
  run_all({
      "return cjson.decode('1')", "return cjson.decode('\"x\"')", "return cjson.decode('[1,2,3]')", "return cjson.decode('[]')",
      "return cjson.decode('{\"a\":1}').a", "return cjson.decode('{\"a\":{\"b\":[1,{\"c\":null}]}}').a.b[1]",
      "return tostring(cjson.decode('[null]')[1])", "return cjson.decode('[null]')[1] == cjson.null", "return cjson.decode('true')",
      "return cjson.decode('false')", "return cjson.decode('null')", "return cjson.decode(' \\t\\n\\r[ 1 , 2 ] ')",
      "return tostring(cjson.decode('1.5e3'))", "return tostring(cjson.decode('-0.5'))", "return tostring(cjson.decode('0x10'))",
      "return tostring(cjson.decode('inf'))", "return tostring(cjson.decode('-Infinity'))", "return tostring(cjson.decode('nan'))",
      "return tostring(cjson.decode('NaN'))", "return cjson.decode('+1')", "return cjson.decode('01')", "return cjson.decode('1x')",
      "return cjson.decode('-')", "return cjson.decode('nul')", "return cjson.decode('nanx')", "return cjson.decode('i')", "return cjson.decode('tru')",
      "return cjson.decode('')", "return cjson.decode(' ')", "return cjson.decode('[')", "return cjson.decode('[1')", "return cjson.decode('[1,')",
      "return cjson.decode('[1,]')", "return cjson.decode('[,1]')", "return cjson.decode('[1 2]')", "return cjson.decode('{')",
      "return cjson.decode('{1:2}')", "return cjson.decode('{\"a\"}')", "return cjson.decode('{\"a\":}')", "return cjson.decode('{\"a\":1,}')",
      "return cjson.decode('{\"a\":1 \"b\":2}')", "return cjson.decode('{\"a\":1')", "return cjson.decode('1 2')", "return cjson.decode('}')",
      "return cjson.decode(':')", "return cjson.decode(',')", "return cjson.decode('\"abc')", "return cjson.decode('\"a\\\\x\"')",
      "return cjson.decode('\"\\\\u00e9\\\\u20ac\"')", "return cjson.decode('\"\\\\ud83d\\\\ude00\"')", "return cjson.decode('\"\\\\ud83d\"')",
      "return cjson.decode('\"\\\\ude00\"')", "return cjson.decode('\"\\\\ud83d\\\\u0041\"')", "return cjson.decode('\"\\\\u12\"')",
      "return cjson.decode('\"\\\\uzzzz\"')", "return cjson.decode('\"\\\\u0000\"')", "return cjson.decode('\"\\\\\"\\\\\\\\\\\\/\\\\b\\\\f\\\\n\\\\r\\\\t\"')",
      "return cjson.decode('\"\\\\')", "return cjson.decode('\"a\\nb\"')", "return cjson.decode('\\0')", "return cjson.decode('[\\0')",
      "return cjson.decode('ab\\0')", "return cjson.decode('[1]\\0')", "return cjson.decode('@')", "return cjson.decode(\"'x'\")",
      "return cjson.decode()", "return cjson.decode(1)", "return cjson.decode({})", "return cjson.decode('1', 2)", "return cjson.decode(nil)",
      "return #cjson.decode(('['):rep(1000)..(']'):rep(1000))", "return cjson.decode(('['):rep(1001)..(']'):rep(1001))",
      "local c = cjson.new() c.decode_max_depth(2) return c.decode('[[[1]]]')",
      "local c = cjson.new() c.decode_invalid_numbers(false) return c.decode('0x10')",
      "local c = cjson.new() c.decode_invalid_numbers(false) return c.decode('01')",
      "local c = cjson.new() c.decode_invalid_numbers(false) return c.decode('-01')",
      "local c = cjson.new() c.decode_invalid_numbers(false) return c.decode('inf')",
      "local c = cjson.new() c.decode_invalid_numbers(false) return c.decode('0')",
      "return cjson.encode(cjson.decode('{\"a\":[1,2.5,\"x\",true,null,{}]}'))", "return cjson.decode('{\"a\":1,\"a\":2}').a",
      "return cjson.decode('123456789012345678901234567890') > 1e29", "return cjson.decode('1e999') == math.huge",
  });
}

TEST_P(LibraryOracle, MessagePack) {
  run_all({
      "return cmsgpack.pack(1)", "return cmsgpack.pack(127,128,255,256,65535,65536,4294967295,4294967296,2^53)",
      "return cmsgpack.pack(-1,-32,-33,-128,-129,-32768,-32769,-2147483648,-2147483649)", "return cmsgpack.pack(1.5, 0.1, 1e300, 1/0, -1/0)",
      "return cmsgpack.pack('')", "return cmsgpack.pack('abc')", "return cmsgpack.pack(('x'):rep(31), ('x'):rep(32), ('x'):rep(255), ('x'):rep(256))",
      "return #cmsgpack.pack(('x'):rep(70000))", "return cmsgpack.pack(true, false, nil)", "return cmsgpack.pack({})", "return cmsgpack.pack({1,2,3})",
      "return cmsgpack.pack({a=1})", "return cmsgpack.pack({[1]=1,[3]=3})", "return cmsgpack.pack({1,2,nil,4})", "return cmsgpack.pack({[1.5]=1})",
      "local t = {} for i = 1, 20 do t[i] = i end return cmsgpack.pack(t)", "local t = {} for i = 1, 70000 do t[i] = 1 end return #cmsgpack.pack(t)",
      "local t = {} for i = 1, 20 do t = {t} end return cmsgpack.pack(t)", "return cmsgpack.pack(tostring)", "return cmsgpack.pack(cjson.null)",
      "return cmsgpack.pack()", "return cmsgpack.pack({a={b={1}}})", "local t = {} t.x = t return cmsgpack.pack(t)",
      "return cmsgpack.unpack(cmsgpack.pack({1,2,{3}}))", "return {cmsgpack.unpack(cmsgpack.pack(1,'a',true,nil,2))}",
      "return cmsgpack.unpack(cmsgpack.pack({a=5})).a", "return tostring(cmsgpack.unpack(cmsgpack.pack(0.1)))",
      "return {cmsgpack.unpack(cmsgpack.pack(-1,-128,-32768,-2147483648,300,70000))}", "return tostring(cmsgpack.unpack(cmsgpack.pack(2^60)))",
      "return cmsgpack.unpack('')", "return cmsgpack.unpack('\\193')", "return cmsgpack.unpack('\\204')", "return cmsgpack.unpack('\\147\\1\\2')",
      "return cmsgpack.unpack('\\129\\1')", "return cmsgpack.unpack('\\129\\192\\1')", "return cmsgpack.unpack('\\221\\255\\255\\255\\255')",
      "return cmsgpack.unpack('\\223\\255\\255\\255\\255\\1')", "return cmsgpack.unpack('\\219\\255\\255\\255\\255x')", "return cmsgpack.unpack('\\196\\1x')",
      "return cmsgpack.unpack()", "return cmsgpack.unpack(1)", "return cmsgpack.unpack({})",
      "return {cmsgpack.unpack_one(cmsgpack.pack(1,2,3))}", "return {cmsgpack.unpack_one(cmsgpack.pack(1,2,3), 2)}",
      "return {cmsgpack.unpack_one(cmsgpack.pack(1,2,3), 3)}", "return {cmsgpack.unpack_one(cmsgpack.pack(1), 5)}",
      "return {cmsgpack.unpack_one(cmsgpack.pack(1), -1)}", "return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3), 2)}",
      "return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3), 2, 1)}", "return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3), 0)}",
      "return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3), -1)}", "return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3))}",
      "return {cmsgpack._NAME, cmsgpack._VERSION, cmsgpack._COPYRIGHT, cmsgpack._DESCRIPTION}",
      "return cmsgpack.unpack(('\\145'):rep(100)..'\\1') ~= nil",
  });
}

TEST_P(LibraryOracle, Struct) {
  run_all({
      "return struct.pack('b', 1)", "return struct.pack('bBhHiIlLT', 1, 2, 3, 4, 5, 6, 7, 8, 9)", "return struct.pack('>bBhHiIlLT', 1, 2, 3, 4, 5, 6, 7, 8, 9)",
      "return struct.pack('<h>h', 1, 1)", "return struct.pack('i3', 70000)", "return struct.pack('>i3', -2)", "return struct.pack('i16', -2)", "return struct.pack('i32', 1)",
      "return struct.pack('i33', 1)", "return struct.pack('i99999999999', 1)", "return struct.pack('f', 1.5)", "return struct.pack('>d', 1.5)", "return struct.pack('<fd', 0.1, 0.1)",
      "return struct.pack('s', 'abc')", "return struct.pack('c0', 'abc')", "return struct.pack('c2', 'abc')", "return struct.pack('c5', 'abc')", "return struct.pack('c', 'abc')",
      "return struct.pack('x')", "return struct.pack('bxb', 1, 2)", "return struct.pack('!4 b i', 1, 2)", "return struct.pack('!bhil', 1, 2, 3, 4)", "return struct.pack('!8 b d', 1, 2)",
      "return struct.pack('!3 b', 1)", "return struct.pack('!0 b', 1)", "return struct.pack('z', 1)", "return struct.pack('b')", "return struct.pack('b', 'x')", "return struct.pack('s', {})",
      "return struct.pack()", "return struct.pack('')", "return struct.pack('b', 300)", "return struct.pack('B', -1)", "return struct.pack('L', 2^63)", "return struct.pack('l', -2^63)",
      "return {struct.unpack('b', '\\255')}", "return {struct.unpack('B', '\\255')}", "return {struct.unpack('<h', '\\1\\2')}", "return {struct.unpack('>h', '\\1\\2')}",
      "return {struct.unpack('<i3', '\\255\\255\\255')}", "return {struct.unpack('<I3', '\\255\\255\\255')}", "return {struct.unpack('<l', ('\\255'):rep(8))}",
      "return {struct.unpack('<L', ('\\255'):rep(7)..'\\127')}", "return tostring(struct.unpack('<d', struct.pack('<d', 0.1)))", "return tostring(struct.unpack('>f', struct.pack('>f', 0.5)))",
      "return {struct.unpack('s', 'abc\\0def')}", "return {struct.unpack('s', 'abc')}", "return {struct.unpack('c3', 'abcdef')}", "return {struct.unpack('bc0', '\\3abcdef')}", "return {struct.unpack('bc0', '\\9abc')}",
      "return {struct.unpack('c0', 'abc')}", "return {struct.unpack('sc0', 'x\\0abc')}", "return {struct.unpack('b', '')}", "return {struct.unpack('b', 'abc', 3)}", "return {struct.unpack('b', 'abc', 4)}", "return {struct.unpack('b', 'abc', 0)}",
      "return {struct.unpack('b', 'abc', -1)}", "return {struct.unpack('!4 bi', struct.pack('!4 bi', 1, 2))}", "return {struct.unpack('bxb', '\\1\\0\\2')}", "return {struct.unpack('i33', ('x'):rep(40))}", "return {struct.unpack('c4294967295', 'x')}",
      "return {struct.unpack('c2147483647', 'x', 2147483647)}", "return struct.size('bhil')", "return struct.size('!bhil')", "return struct.size('s')", "return struct.size('c0')", "return struct.size('c10')", "return struct.size('<>! b')", "return struct.size('?')",
      "return struct.size('z')", "return struct.size('i0')", "return struct.pack('i0', 5)", "return {struct.unpack('i0', 'abc')}",
      "return {struct.unpack('bc0', '\\255abc')}",
  });
}

TEST_P(LibraryOracle, Bits) {
  run_all({
      "return bit.tobit(0xffffffff)", "return bit.tobit(2^32)", "return bit.tobit(2^40+5)", "return bit.tobit(-1)", "return bit.tobit(1.5)", "return bit.tobit('10')", "return bit.tobit('x')", "return bit.tobit()",
      "return bit.bnot(0)", "return bit.band(0xff, 0x0f, 3)", "return bit.bor(1, 2, 4)", "return bit.bxor(1, 3, 7)", "return bit.band(1)", "return bit.band()", "return bit.band(1, 'x')",
      "return bit.lshift(1, 31)", "return bit.lshift(1, 32)", "return bit.lshift(1, -1)", "return bit.rshift(-1, 28)", "return bit.arshift(-16, 2)", "return bit.rol(0x12345678, 12)", "return bit.ror(0x12345678, 12)",
      "return bit.bswap(0x12345678)", "return bit.tohex(255)", "return bit.tohex(255, 4)", "return bit.tohex(255, -4)", "return bit.tohex(-1)", "return bit.tohex(1, 0)", "return bit.tohex(1, 100)", "return bit.tohex(1, -2147483648)",
      "return bit.tohex(65535, 2147483647)", "return bit.tohex(0xabcdef, -8)", "return bit.lshift(1)", "return bit.tobit(1e300)", "return bit.tobit(0/0)",
  });
}

INSTANTIATE_TEST_SUITE_P(Resp, LibraryOracle, testing::Values(2, 3), [](const auto& test) {
  return "Resp" + std::to_string(test.param);
});

}  // namespace
}  // namespace corral::scripting
