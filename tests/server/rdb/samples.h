// Bytes of values in every form that is read, made without the writer under test where there is none.
// Threading: pure functions.
// See: server/rdb/README.md.
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/rdb/byte_writer.h"
#include "server/rdb/format.h"
#include "server/rdb/listpack.h"
#include "server/rdb/payload.h"
#include "server/rdb/write_value.h"

namespace corral::rdb {

inline std::string typed(Type type, std::string_view value) {
  std::string bytes(1, static_cast<char>(type));
  return bytes.append(value);
}
/// A value of one block.
inline std::string blocked(Type type, std::string_view block) {
  std::string bytes(1, static_cast<char>(type));
  write_bytes(bytes, block);
  return bytes;
}

inline std::string listpack(const std::vector<std::string>& elements) {
  ListpackWriter writer;
  for (const std::string& element : elements) writer.append(types::PackedElement::of(element));
  return writer.take();
}

/// Strings only, as ziplists write what is no number, and one byte integers "0" to "12".
inline std::string ziplist(const std::vector<std::string>& elements) {
  std::string body;
  size_t last_begin = 10;
  size_t previous = 0;
  for (const std::string& element : elements) {
    const size_t begin = body.size();
    if (previous < 254) {
      body.push_back(static_cast<char>(previous));
    } else {
      body.push_back('\xFE');
      write_little(body, previous, 4);
    }
    const auto number = protocol::parse_int64(element);
    if (number && *number >= 0 && *number <= 12) {
      body.push_back(static_cast<char>(0xF1 + *number));
    } else if (number && *number >= INT16_MIN && *number <= INT16_MAX) {
      body.push_back('\xC0');
      write_little(body, static_cast<uint64_t>(*number), 2);
    } else if (element.size() < 64) {
      body.push_back(static_cast<char>(element.size()));
      body.append(element);
    } else {
      write_big(body, 0x4000 | element.size(), 2);
      body.append(element);
    }
    last_begin = 10 + begin;
    previous = body.size() - begin;
  }
  std::string block;
  write_little(block, 10 + body.size() + 1, 4);
  write_little(block, elements.empty() ? 10 : last_begin, 4);
  write_little(block, elements.size(), 2);
  return block.append(body).append("\xFF");
}

inline std::string zipmap(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string block(1, static_cast<char>(pairs.size()));
  for (const auto& [key, value] : pairs) {
    block.push_back(static_cast<char>(key.size()));
    block.append(key);
    block.push_back(static_cast<char>(value.size()));
    block.push_back('\x02');  // bytes left unused behind the value
    block.append(value).append("xx");
  }
  return block.append("\xFF");
}

inline std::string intset(size_t width, const std::vector<int64_t>& numbers) {
  std::string block;
  write_little(block, width, 4);
  write_little(block, numbers.size(), 4);
  for (const int64_t number : numbers) write_little(block, static_cast<uint64_t>(number), width);
  return block;
}

/// A stream with deleted entries, entries with fields of their own, two groups and what is pending, in one of the three forms.
inline std::string stream(Type type) {
  const auto raw = [](std::string& out, uint64_t ms, uint64_t sequence) {
    write_big(out, ms, 8);
    write_big(out, sequence, 8);
  };
  std::string bytes(1, static_cast<char>(type));
  write_length(bytes, 2);
  std::string key;
  raw(key, 5, 1);
  write_bytes(bytes, key);
  write_bytes(bytes, listpack({"2", "1", "2",  "a", "bb",   "0",                         // head
                               "2", "0", "0",  "1", "text", "5",                         // 5-1
                               "1", "0", "1",  "1", "own",  "9", "6",                    // 5-2 is deleted
                               "0", "3", "-1", "2", "x",    "y", "z", "-70000", "8"}));  // 8-0
  key.clear();
  raw(key, 100, 0);
  write_bytes(bytes, key);
  write_bytes(bytes, listpack({"1", "0", "1", "f", "0", "2", "0", "0", std::string(80, 'v'), "4"}));
  for (const uint64_t number : {3, 100, 7}) write_length(bytes, number);  // length, last id
  if (type != Type::kStream1) {
    for (const uint64_t number : {5, 1, 5, 2, 4}) write_length(bytes, number);  // first, deleted, ever added
  }
  write_length(bytes, 2);
  write_bytes(bytes, "group");
  for (const uint64_t number : {8, 0}) write_length(bytes, number);
  if (type != Type::kStream1) write_length(bytes, 3);
  write_length(bytes, 2);
  for (const uint64_t ms : {5, 8}) {
    raw(bytes, ms, ms == 5 ? 1 : 0);
    write_little(bytes, 1'700'000'000'000 + ms, 8);
    write_length(bytes, ms);
  }
  write_length(bytes, 2);
  for (const std::string_view name : {"alice", "bob"}) {
    write_bytes(bytes, name);
    write_little(bytes, 1'700'000'000'500, 8);
    if (type == Type::kStream3) write_little(bytes, 1'700'000'000'400, 8);
    write_length(bytes, 1);
    raw(bytes, name == "alice" ? 5 : 8, name == "alice" ? 1 : 0);
  }
  write_bytes(bytes, "empty");
  for (const uint64_t number : {0, 0}) write_length(bytes, number);
  if (type != Type::kStream1) write_length(bytes, UINT64_MAX);  // not known
  write_length(bytes, 0);
  write_length(bytes, 0);
  return bytes;
}

inline std::string zset_of_doubles(const std::vector<std::pair<std::string, double>>& members) {
  std::string bytes(1, static_cast<char>(Type::kZset));
  write_length(bytes, members.size());
  for (const auto& [member, score] : members) {
    write_text(bytes, member);
    write_double(bytes, score);
  }
  return bytes;
}

inline std::string of_texts(Type type, uint64_t count, const std::vector<std::string>& texts) {
  std::string bytes(1, static_cast<char>(type));
  write_length(bytes, count);
  for (const std::string& text : texts) write_text(bytes, text);
  return bytes;
}

/// One of each form that is read.
inline std::vector<std::string> all_forms() {
  const std::string long_text(70, 'l');
  const std::vector<std::string> six = {"a", "1", "b", "-3000", long_text, "7"};
  std::vector<std::string> forms;
  for (const std::string_view text : {"", "hello", "12", "-300", "70000", "99999999999"}) {
    forms.emplace_back(1, '\0');
    write_text(forms.back(), text);
  }
  // LZF: the literals "ab", then eight bytes from two back.
  forms.push_back(typed(Type::kString, std::string_view("\xC3\x05\x0A\x01"
                                                        "ab"
                                                        "\xC0\x01",
                                                        8)));
  forms.push_back(of_texts(Type::kList, 6, six));
  forms.push_back(of_texts(Type::kSet, 4, {"a", "b", "12", long_text}));
  forms.push_back(of_texts(Type::kSet, 3, {"5", "-1", "12"}));
  forms.push_back(of_texts(Type::kHash, 3, six));
  forms.push_back(zset_of_doubles({{"c", 3}, {"b", 1.5}, {"a", -INFINITY}, {long_text, 1e300}}));
  forms.push_back(typed(Type::kZsetText, std::string_view("\x03\x01"
                                                          "a"
                                                          "\x03"
                                                          "1.5"
                                                          "\x01"
                                                          "b"
                                                          "\xFE"
                                                          "\x01"
                                                          "c"
                                                          "\xFF",
                                                          13)));
  forms.push_back(blocked(Type::kHashZipmap, zipmap({{"a", "1"}, {"bb", "xyz"}})));
  forms.push_back(blocked(Type::kListZiplist, ziplist(six)));
  for (const size_t width : {2, 4, 8})
    forms.push_back(blocked(Type::kSetIntset, intset(width, {-5, 0, 3, 300})));
  const std::vector<std::string> scored = {"m", "-3", "a", "1", "b", "1", long_text, "2.5", "z", "300"};
  forms.push_back(blocked(Type::kZsetZiplist, ziplist(scored)));
  forms.push_back(blocked(Type::kZsetListpack, listpack(scored)));
  forms.push_back(blocked(Type::kHashZiplist, ziplist(six)));
  forms.push_back(blocked(Type::kHashListpack, listpack(six)));
  forms.push_back(blocked(Type::kSetListpack, listpack({"a", "1", long_text})));
  forms.push_back(of_texts(Type::kListOfZiplists, 2, {ziplist(six), ziplist({"x"})}));
  std::string nodes(1, static_cast<char>(Type::kListOfListpacks));
  write_length(nodes, 2);
  write_length(nodes, kPackedNode);
  write_bytes(nodes, listpack(six));
  write_length(nodes, kPlainNode);
  write_bytes(nodes, "plain");
  forms.push_back(nodes);
  for (const Type type : {Type::kStream1, Type::kStream2, Type::kStream3}) forms.push_back(stream(type));
  return forms;
}

}  // namespace corral::rdb
