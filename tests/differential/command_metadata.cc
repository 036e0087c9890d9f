// Comparison of COMMAND INFO and COMMAND DOCS, part by part.
// Threading: pure functions.
// See: README.md of this folder.
#include "tests/differential/command_metadata.h"

#include <algorithm>
#include <string_view>

namespace corral::differential {
namespace {

using protocol::Reply;
using protocol::ReplyKind;
using Lines = std::vector<std::string>;

void differ(Lines& out, const std::string& where, const std::string& oracle, const std::string& tested) {
  if (oracle != tested) out.push_back(where + ": " + oracle + ", not " + tested);
}

std::string describe_optional(const Reply* reply) {
  return reply == nullptr ? "(absent)" : reply->describe();
}
std::string presence(const Reply* reply) {
  return reply == nullptr ? "absent" : "present";
}

// An array or set, as a set.
std::string describe_set(const Reply* reply) {
  if (reply == nullptr) return "(absent)";
  Lines texts;
  for (const Reply& element : reply->elements) texts.push_back(element.describe());
  std::ranges::sort(texts);
  std::string out = std::string(reply->kind == ReplyKind::kSet ? "set" : "array") + " {";
  for (const std::string& text : texts) out += text + " ";
  return out + "}";
}

// "O(N) where N is …, O(1) otherwise" -> "O(N) O(1)"
std::string order_terms(const Reply* complexity) {
  if (complexity == nullptr) return "(absent)";
  std::string out;
  const std::string& text = complexity->text;
  for (size_t at = text.find("O("); at != std::string::npos; at = text.find("O(", at + 1)) {
    out += text.substr(at, text.find(')', at) - at + 1) + " ";
  }
  return out;
}

std::string versions(const Reply* history) {
  if (history == nullptr) return "(absent)";
  std::string out;
  for (const Reply& change : history->elements)
    out += change.elements.empty() ? "? " : change.elements[0].text + " ";
  return out;
}

std::string names(const Reply& pairs) {
  std::string out;
  for (size_t i = 0; i < pairs.elements.size(); i += 2) out += pairs.elements[i].text + " ";
  return out;
}

void compare_key_specs(Lines& out, const std::string& where, const Reply& oracle, const Reply& tested) {
  differ(out, where + " key specs", std::to_string(oracle.elements.size()),
         std::to_string(tested.elements.size()));
  const size_t both = std::min(oracle.elements.size(), tested.elements.size());
  for (size_t i = 0; i < both; ++i) {
    const Reply& left = oracle.elements[i];
    const Reply& right = tested.elements[i];
    std::string spec = where;
    spec += " key spec " + std::to_string(i);
    differ(out, spec + " members", names(left), names(right));
    differ(out, spec + " flags", describe_set(member(left, "flags")), describe_set(member(right, "flags")));
    for (const char* part : {"begin_search", "find_keys"}) {
      differ(out, spec + " " + part, describe_optional(member(left, part)),
             describe_optional(member(right, part)));
    }
  }
}

void compare_arguments(Lines& out, const std::string& where, const Reply* oracle, const Reply* tested) {
  differ(out, where + " arguments", presence(oracle), presence(tested));
  if (oracle == nullptr || tested == nullptr) return;
  differ(out, where + " number of arguments", std::to_string(oracle->elements.size()),
         std::to_string(tested->elements.size()));
  const size_t both = std::min(oracle->elements.size(), tested->elements.size());
  for (size_t i = 0; i < both; ++i) {
    const Reply& left = oracle->elements[i];
    const Reply& right = tested->elements[i];
    std::string argument = where;
    argument += "/" + (member(left, "name") == nullptr ? std::to_string(i) : member(left, "name")->text);
    differ(out, argument + " kind", std::to_string(static_cast<int>(left.kind)),
           std::to_string(static_cast<int>(right.kind)));
    differ(out, argument + " members", names(left), names(right));
    for (const char* part : {"name", "type", "key_spec_index", "token", "since", "deprecated_since"}) {
      differ(out, argument + " " + part, describe_optional(member(left, part)),
             describe_optional(member(right, part)));
    }
    differ(out, argument + " flags", describe_set(member(left, "flags")),
           describe_set(member(right, "flags")));
    if (member(left, "arguments") != nullptr || member(right, "arguments") != nullptr) {
      compare_arguments(out, argument, member(left, "arguments"), member(right, "arguments"));
    }
  }
}

// Whose arity is that of a later version, for an option that 7.0 does not have: 3 there, -3 with it.
bool has_later_option(const Reply& oracle, const Reply& tested) {
  const std::string& name = oracle.elements[0].text;
  return (name == "zrank" || name == "zrevrank") && oracle.elements[1].integer == 3 &&
         tested.elements[1].integer == -3;
}

const Reply* named(const Reply& infos, const std::string& name) {
  for (const Reply& info : infos.elements) {
    if (!info.elements.empty() && info.elements[0].text == name) return &info;
  }
  return nullptr;
}

}  // namespace

const Reply* member(const Reply& pairs, std::string_view name) {
  for (size_t i = 0; i + 1 < pairs.elements.size(); i += 2) {
    if (pairs.elements[i].text == name) return &pairs.elements[i + 1];
  }
  return nullptr;
}

Lines compare_info(const Reply& oracle, const Reply& tested) {
  static constexpr size_t kParts = 10;
  Lines out;
  if (oracle.elements.size() != kParts || tested.elements.size() != kParts) {
    differ(out, "COMMAND INFO", oracle.describe(), tested.describe());
    return out;
  }
  const std::string& name = oracle.elements[0].text;
  static constexpr const char* kPlain[] = {"name", "arity", nullptr, "first key", "last key", "key step"};
  for (size_t part = 0; part < std::size(kPlain); ++part) {
    if (kPlain[part] == nullptr || (part == 1 && has_later_option(oracle, tested))) continue;
    differ(out, name + " " + kPlain[part], oracle.elements[part].describe(),
           tested.elements[part].describe());
  }
  differ(out, name + " flags", describe_set(&oracle.elements[2]), describe_set(&tested.elements[2]));
  differ(out, name + " ACL categories", describe_set(&oracle.elements[6]), describe_set(&tested.elements[6]));
  differ(out, name + " tips", describe_set(&oracle.elements[7]), describe_set(&tested.elements[7]));
  compare_key_specs(out, name, oracle.elements[8], tested.elements[8]);
  for (const Reply& sub : oracle.elements[9].elements) {
    const Reply* other = sub.elements.empty() ? nullptr : named(tested.elements[9], sub.elements[0].text);
    if (other == nullptr) continue;
    const Lines more = compare_info(sub, *other);
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

Lines compare_docs(const std::string& name, const Reply& oracle, const Reply& tested) {
  Lines out;
  for (const char* part : {"since", "group", "deprecated_since"}) {
    differ(out, name + " " + part, describe_optional(member(oracle, part)),
           describe_optional(member(tested, part)));
  }
  differ(out, name + " members", names(oracle), names(tested));
  for (const char* part : {"summary", "replaced_by"}) {
    differ(out, name + " " + part, presence(member(oracle, part)), presence(member(tested, part)));
  }
  differ(out, name + " doc_flags", describe_set(member(oracle, "doc_flags")),
         describe_set(member(tested, "doc_flags")));
  differ(out, name + " complexity", order_terms(member(oracle, "complexity")),
         order_terms(member(tested, "complexity")));
  differ(out, name + " history", versions(member(oracle, "history")), versions(member(tested, "history")));
  compare_arguments(out, name, member(oracle, "arguments"), member(tested, "arguments"));
  const Reply* subcommands = member(oracle, "subcommands");
  const Reply* others = member(tested, "subcommands");
  if (subcommands == nullptr || others == nullptr) return out;
  for (size_t i = 0; i + 1 < subcommands->elements.size(); i += 2) {
    const std::string& sub = subcommands->elements[i].text;
    if (member(*others, sub) == nullptr) continue;
    const Lines more = compare_docs(sub, subcommands->elements[i + 1], *member(*others, sub));
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

}  // namespace corral::differential
