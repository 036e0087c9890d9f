// The list of tolerated differences.
// Threading: pure functions.
// See: README.md of this folder, "Tolerated differences".
#include "tests/differential/tolerance.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "protocol/bytes.h"

namespace corral::differential {
namespace {

using protocol::Reply;
using protocol::ReplyKind;

// Both servers get a command within this time of each other.
constexpr int64_t kSlackSeconds = 3;
constexpr int64_t kSlackMilliseconds = 3'000;

bool is_error(const Reply& reply) {
  return reply.kind == ReplyKind::kError || reply.kind == ReplyKind::kBulkError;
}

bool integers_within(const Reply& a, const Reply& b, int64_t slack) {
  if (a.kind != ReplyKind::kInteger || b.kind != ReplyKind::kInteger) return a == b;
  // -1 and -2 mean something; they have to be equal.
  if (a.integer < 0 || b.integer < 0) return a == b;
  return a.integer - b.integer <= slack && b.integer - a.integer <= slack;
}

bool within_seconds(const Command&, const Reply& a, const Reply& b) {
  return integers_within(a, b, kSlackSeconds);
}
bool within_milliseconds(const Command&, const Reply& a, const Reply& b) {
  return integers_within(a, b, kSlackMilliseconds);
}

bool same_kind(const Command&, const Reply& a, const Reply& b) {
  return a.kind == b.kind;
}

std::vector<std::string> sorted_texts(const Reply& reply) {
  std::vector<std::string> out;
  for (const Reply& element : reply.elements) out.push_back(element.describe());
  std::ranges::sort(out);
  return out;
}

bool same_elements(const Command&, const Reply& a, const Reply& b) {
  return a.kind == b.kind && sorted_texts(a) == sorted_texts(b);
}

// As many, of the same kinds.
bool same_number(const Command&, const Reply& a, const Reply& b) {
  return a.kind == b.kind && a.elements.size() == b.elements.size();
}

bool has_word(const Command& command, std::string_view word) {
  return std::ranges::any_of(command, [word](const std::string& w) { return protocol::equals_ignore_case(w, word); });
}

// Texts compare up to their first NUL; ties of a set, and a set that is not sorted, come in each server's own order, and
// with LIMIT each its own part.
bool same_sorted(const Command& command, const Reply& a, const Reply& b) {
  const bool whole = !has_word(command, "limit");
  if (!same_number(command, a, b) || (whole && !same_elements(command, a, b))) return false;
  if (has_word(command, "by") || has_word(command, "get")) return true;
  return std::ranges::equal(a.elements, b.elements, [](const Reply& left, const Reply& right) {
    return protocol::c_text(left.text) == protocol::c_text(right.text);
  });
}

// Kinds all the way down, not what they hold. Arrays and maps may differ in length.
bool same_shape(const Command& command, const Reply& a, const Reply& b) {
  if (a.kind != b.kind || a.elements.empty() != b.elements.empty()) return false;
  const size_t both = std::min(a.elements.size(), b.elements.size());
  for (size_t i = 0; i < both; ++i) {
    if (!same_shape(command, a.elements[i], b.elements[i])) return false;
  }
  return true;
}

// As many elements of the same kinds.
bool same_count(const Command&, const Reply& a, const Reply& b) {
  if (a.kind != b.kind || a.elements.size() != b.elements.size()) return false;
  for (size_t i = 0; i < a.elements.size(); ++i) {
    if (a.elements[i].kind != b.elements[i].kind) return false;
  }
  return true;
}

// [cursor, keys]: a step of a walk gives what the table's order gives.
bool is_scan_reply(const Reply& reply) {
  return reply.kind == ReplyKind::kArray && reply.elements.size() == 2 &&
         reply.elements[0].kind == ReplyKind::kBulk && reply.elements[1].kind == ReplyKind::kArray;
}
bool both_scan_replies(const Command&, const Reply& a, const Reply& b) {
  return is_scan_reply(a) && is_scan_reply(b);
}

const Reply* value_of(const Reply& flat, std::string_view name) {
  for (size_t i = 0; i + 1 < flat.elements.size(); i += 2) {
    if (flat.elements[i].text == name) return &flat.elements[i + 1];
  }
  return nullptr;
}

// Equal but for idle times: of every entry the third.
bool same_pending(const Command&, const Reply& a, const Reply& b) {
  if (a.elements.size() != b.elements.size()) return false;
  for (size_t i = 0; i < a.elements.size(); ++i) {
    const auto& left = a.elements[i].elements;
    const auto& right = b.elements[i].elements;
    if (left.size() != 4 || right.size() != 4) return a == b;
    for (size_t part = 0; part < 4; ++part) {
      const bool fits = part == 2 ? integers_within(left[part], right[part], kSlackMilliseconds)
                                  : left[part] == right[part];
      if (!fits) return false;
    }
  }
  return a.kind == b.kind;
}

// Equal but for `idle`.
bool same_consumers(const Command&, const Reply& a, const Reply& b) {
  if (a.kind != b.kind || a.elements.size() != b.elements.size()) return false;
  for (size_t i = 0; i < a.elements.size(); ++i) {
    const auto& left = a.elements[i].elements;
    const auto& right = b.elements[i].elements;
    if (a.elements[i].kind != b.elements[i].kind || left.size() != right.size()) return false;
    for (size_t part = 0; part < left.size(); ++part) {
      const bool is_idle = part > 0 && left[part - 1].text == "idle";
      if (!(is_idle ? integers_within(left[part], right[part], kSlackMilliseconds)
                    : left[part] == right[part]))
        return false;
    }
  }
  return true;
}

// Equal but for points in time.
bool same_but_times(const Command& command, const Reply& a, const Reply& b) {
  constexpr int64_t kLongAgo = 1'000'000'000'000;  // 2001, as milliseconds
  if (a.kind == ReplyKind::kInteger && a.integer > kLongAgo) return integers_within(a, b, kSlackMilliseconds);
  if (a.elements.empty() || b.elements.empty()) return a == b;
  if (a.kind != b.kind || a.elements.size() != b.elements.size()) return false;
  for (size_t i = 0; i < a.elements.size(); ++i) {
    if (!same_but_times(command, a.elements[i], b.elements[i])) return false;
  }
  return true;
}

// The same fields in the same order; `version` and `id` are each server's own.
bool same_hello(const Command&, const Reply& a, const Reply& b) {
  if (a.kind != b.kind || a.elements.size() != b.elements.size()) return false;
  for (size_t i = 0; i < a.elements.size(); i += 2) {
    const std::string& name = a.elements[i].text;
    if (a.elements[i] != b.elements[i]) return false;
    const Reply* left = value_of(a, name);
    const Reply* right = value_of(b, name);
    if (left == nullptr || right == nullptr || left->kind != right->kind) return false;
    if (name != "version" && name != "id" && *left != *right) return false;
  }
  return true;
}

// Fields of CLIENT LIST that Redis 7.0 does not have; lib-name and lib-ver came with 7.2.
constexpr std::string_view kLaterFields[] = {"lib-name", "lib-ver", "parked"};

// `id=7 addr=… name=x` with the values that are the server's own blanked.
std::string client_line(std::string_view line) {
  static constexpr std::string_view kEqual[] = {"name", "db",   "sub",   "psub", "ssub",  "multi", "watch",
                                                "cmd",  "user", "redir", "resp", "flags", "events"};
  std::string out;
  while (!line.empty()) {
    const std::string_view field = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), field.size() + 1));
    const std::string_view name = field.substr(0, field.find('='));
    if (std::ranges::find(kLaterFields, name) != std::end(kLaterFields)) continue;
    out += std::ranges::find(kEqual, name) != std::end(kEqual) ? field : name;
    out += ' ';
  }
  return out;
}

bool same_clients(const Command&, const Reply& a, const Reply& b) {
  const auto lines = [](std::string_view text) {
    if (text.starts_with("txt:")) text.remove_prefix(4);
    std::vector<std::string> out;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      out.push_back(client_line(line));
    }
    std::ranges::sort(out);
    return out;
  };
  return a.kind == b.kind && lines(a.text) == lines(b.text);
}

// Name, arity, flags and key positions; command_metadata_test compares the rest in full.
bool same_command_heads(const Command&, const Reply& a, const Reply& b) {
  if (a.kind != b.kind || a.elements.size() != b.elements.size()) return false;
  for (size_t i = 0; i < a.elements.size(); ++i) {
    const auto& left = a.elements[i].elements;
    const auto& right = b.elements[i].elements;
    if (a.elements[i].kind != b.elements[i].kind || left.size() != right.size()) return false;
    for (size_t part = 0; part < left.size() && part < 6; ++part) {
      if (part == 2 ? sorted_texts(left[part]) != sorted_texts(right[part]) : left[part] != right[part])
        return false;
    }
  }
  return true;
}

// A pattern also fits options that only one of the two has. What is asked for by its full name is equal.
bool same_options(const Command& command, const Reply& a, const Reply& b) {
  if (a.kind != b.kind) return false;
  bool by_pattern = false;
  for (size_t i = 2; i < command.size(); ++i) {
    if (command[i].find_first_of("*?[\\") != std::string::npos) {
      by_pattern = true;
      continue;
    }
    std::string name = command[i];
    std::ranges::transform(name, name.begin(), protocol::to_lower);
    const Reply* left = value_of(a, name);
    const Reply* right = value_of(b, name);
    if ((left == nullptr) != (right == nullptr) || (left != nullptr && *left != *right)) return false;
  }
  return by_pattern;
}

constexpr Tolerance kTolerances[] = {
    {"TTL", "time passes between the two", within_seconds},
    {"PTTL", "time passes between the two", within_milliseconds},
    {"EXPIRETIME", "a relative time was given to each at its own moment", within_seconds},
    {"PEXPIRETIME", "a relative time was given to each at its own moment", within_milliseconds},
    {"OBJECT IDLETIME", "Redis shares small integers between keys, and with them their idle time", same_kind},
    {"OBJECT REFCOUNT", "Redis shares small integers, and queued arguments until EXEC is over", same_kind},
    {"TIME", "the clock", same_shape},
    {"KEYS", "in any order", same_elements},
    {"RANDOMKEY", "any key; outside MULTI the runner checks that it exists", same_kind},
    {"SORT", "ties of a set", same_sorted},
    {"SORT_RO", "ties of a set", same_sorted},
    {"SMEMBERS", "in any order", same_elements},
    {"SINTER", "in any order", same_elements},
    {"SUNION", "in any order", same_elements},
    {"SDIFF", "in any order", same_elements},
    {"SRANDMEMBER", "any members", same_number},
    {"SPOP", "all members in any order", same_elements},
    {"SSCAN", "a step of the walk gives any part", both_scan_replies},
    {"SCAN", "a step of the walk gives any part; outside pipelines and MULTI the runner compares whole walks",
     both_scan_replies},
    {"HGETALL", "in any order when large", same_elements},
    {"HKEYS", "in any order when large", same_elements},
    {"HVALS", "in any order when large", same_elements},
    {"HRANDFIELD", "chance", same_count},
    {"HSCAN", "the order of the fields, and how many a step gives", both_scan_replies},
    {"ZRANDMEMBER", "chance", same_count},
    {"ZSCAN", "the order of the members, and how many a step gives", both_scan_replies},
    {"DUMP", "nothing is packed by LZF here, and elements have another order; tests/server/rdb reads both", same_kind},
    {"MEMORY USAGE", "other data structures; a number all the same", same_kind},
    {"HELLO", "version and connection id", same_hello},
    {"CLIENT ID", "each server counts its own connections", same_kind},
    {"CLIENT INFO", "addresses, ages, buffer sizes; the same fields in the same order", same_clients},
    {"CLIENT LIST", "addresses, ages, buffer sizes, order of clients", same_clients},
    {"CONFIG GET", "the sets of options differ", same_options},
    {"COMMAND COUNT", "the sets of commands differ", same_kind},
    {"COMMAND LIST", "the sets of commands differ", same_shape},
    {"COMMAND INFO", "key specs carry notes in each server's words; command_metadata_test compares them",
     same_command_heads},
    {"SLOWLOG GET", "what was slow", same_kind},
    {"LATENCY LATEST", "what was slow", same_kind},
    {"XPENDING", "idle times", same_pending},
    {"XINFO CONSUMERS", "idle times", same_consumers},
    {"XINFO STREAM", "when entries were given out and consumers were seen", same_but_times},
    {"* HELP", "each server's own words", same_shape},
};

}  // namespace

std::span<const Tolerance> tolerances() {
  return kTolerances;
}

const Tolerance* find_tolerance(const Command& command) {
  const std::string one = verb_of(command, 1);
  const std::string two = verb_of(command, 2);
  for (const Tolerance& tolerance : kTolerances) {
    if (tolerance.verb == one || tolerance.verb == two) return &tolerance;
    if (tolerance.verb == "* HELP" && command.size() == 2 && two.ends_with(" HELP")) return &tolerance;
  }
  return nullptr;
}

bool agree(const Command& command, const Reply& a, const Reply& b) {
  if (a == b) return true;
  if (is_error(a) || is_error(b)) return false;
  const Tolerance* tolerance = find_tolerance(command);
  return tolerance != nullptr && tolerance->agree(command, a, b);
}

}  // namespace corral::differential
