// Parses and expands the notation of commands.
// Threading: see grammar.h.
// See: README.md of this folder, "Grammar".
#include "tests/differential/grammar.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "protocol/bytes.h"

namespace corral::differential {

struct Pattern::Node {
  enum class Kind { kWord, kArgument, kSequence, kChoice, kOptional, kAnyOrder, kRepeat };
  Kind kind = Kind::kSequence;
  std::string text;
  std::vector<Node> children;
};

namespace {

using Node = Pattern::Node;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Node parse() {
    Node all = parse_choice();
    if (next() != '\0') fail("something is left over");
    return all;
  }

 private:
  [[noreturn]] void fail(const char* why) const {
    std::fprintf(stderr, "pattern \"%.*s\", at %zu: %s\n", static_cast<int>(text_.size()), text_.data(), at_,
                 why);
    std::abort();
  }

  char next() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  Node parse_choice() {
    Node choice{Node::Kind::kChoice, {}, {}};
    choice.children.push_back(parse_sequence());
    while (next() == '|') {
      ++at_;
      choice.children.push_back(parse_sequence());
    }
    return choice.children.size() == 1 ? std::move(choice.children[0]) : std::move(choice);
  }

  Node parse_sequence() {
    Node sequence{Node::Kind::kSequence, {}, {}};
    for (char c = next(); c != '\0' && c != '|' && c != ']' && c != ')' && c != '}'; c = next()) {
      Node item = parse_item();
      if (text_.substr(at_, 3) == "...") {
        at_ += 3;
        Node repeat{Node::Kind::kRepeat, {}, {}};
        repeat.children.push_back(std::move(item));
        item = std::move(repeat);
      }
      sequence.children.push_back(std::move(item));
    }
    return sequence;
  }

  Node parse_item() {
    switch (next()) {
      case '(':
        return parse_group(')', Node::Kind::kSequence);
      case '[':
        return parse_group(']', Node::Kind::kOptional);
      case '{': {
        Node any = parse_group('}', Node::Kind::kAnyOrder);
        any.children = std::move(any.children[0].children);
        return any;
      }
      case '\'':
        return parse_literal();
      default:
        return parse_word();
    }
  }

  Node parse_group(char end, Node::Kind kind) {
    ++at_;
    Node group{kind, {}, {}};
    group.children.push_back(parse_choice());
    if (next() != end) fail("a bracket is not closed");
    ++at_;
    return group;
  }

  Node parse_literal() {
    const size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) fail("a literal is not closed");
    Node literal{Node::Kind::kWord, std::string(text_.substr(at_ + 1, end - at_ - 1)), {}};
    at_ = end + 1;
    return literal;
  }

  Node parse_word() {
    const size_t end = std::min(text_.find_first_of(" |[](){}", at_), text_.size());
    std::string word(text_.substr(at_, end - at_));
    if (word.size() > 3 && word.ends_with("...")) word.resize(word.size() - 3);
    at_ += word.size();
    const bool is_argument = word[0] >= 'a' && word[0] <= 'z';
    if (is_argument && !Arguments::knows(word)) fail("no such argument");
    return {is_argument ? Node::Kind::kArgument : Node::Kind::kWord, std::move(word), {}};
  }

  std::string_view text_;
  size_t at_ = 0;
};

std::string in_some_case(base::Random& random, std::string word) {
  const uint64_t dice = random.below(20);
  if (dice > 2) return word;
  for (char& c : word) {
    if (dice > 0 || random.below(2) == 0) c = protocol::to_lower(c);
  }
  return word;
}

void expand_node(const Node& node, base::Random& random, Arguments& arguments, Command& out) {
  switch (node.kind) {
    case Node::Kind::kWord:
      out.push_back(in_some_case(random, node.text));
      return;
    case Node::Kind::kArgument:
      arguments.make(node.text, random, out);
      return;
    case Node::Kind::kOptional:
      if (random.below(2) == 0) return;
      [[fallthrough]];
    case Node::Kind::kSequence:
      for (const Node& child : node.children) expand_node(child, random, arguments, out);
      return;
    case Node::Kind::kChoice:
      expand_node(node.children[random.below(node.children.size())], random, arguments, out);
      return;
    case Node::Kind::kRepeat:
      for (uint64_t left = 1 + random.below(4); left > 0; --left) {
        expand_node(node.children[0], random, arguments, out);
      }
      return;
    case Node::Kind::kAnyOrder: {
      std::vector<const Node*> order;
      for (const Node& child : node.children) order.push_back(&child);
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
      for (const Node* child : order) expand_node(*child, random, arguments, out);
      return;
    }
  }
}

}  // namespace

Pattern::Pattern(std::string_view text) : root_(std::make_unique<Node>(Parser(text).parse())) {}
Pattern::Pattern(Pattern&& other) noexcept = default;
Pattern::~Pattern() = default;

void Pattern::expand(base::Random& random, Arguments& arguments, Command& out) const {
  expand_node(*root_, random, arguments, out);
}

}  // namespace corral::differential
