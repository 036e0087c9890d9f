// A compact notation for commands, and its expansion with chosen words, numbers and keys.
// Threading: a Grammar is constant once made; expand() draws from the caller's generator.
// See: README.md of this folder, "Grammar".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/random.h"
#include "tests/differential/arguments.h"
#include "tests/differential/program.h"

namespace corral::differential {

/// A parsed pattern such as `SET key value { [NX|XX] [GET] [EX seconds|PX milliseconds|KEEPTTL] }`:
///   NX        a word in capitals is written as it is, now and then in another case; 'ip:port' literally
///   key       a word in small letters is an argument made by Arguments::make()
///   [ a b ]   one time in two
///   ( a | b ) one of them; so inside [ ]
///   { a b }   all, in any order
///   a...      one to four times
class Pattern {
 public:
  /// Aborts with a message when the text is no pattern or names an unknown argument: tables are constant.
  explicit Pattern(std::string_view text);
  Pattern(Pattern&& other) noexcept;
  ~Pattern();

  void expand(base::Random& random, Arguments& arguments, Command& out) const;

  struct Node;

 private:
  std::unique_ptr<Node> root_;
};

}  // namespace corral::differential
