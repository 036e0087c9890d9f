// Makes the arguments of commands: keys that collide, values at the edges, numbers good and bad.
// Threading: one thread at a time.
// See: README.md of this folder, "Grammar".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/random.h"
#include "tests/differential/program.h"

namespace corral::differential {

/// State of one program: which times to live were given out.
class Arguments {
 public:
  /// What `anycommand` makes: a mark, which whoever knows the rows replaces by a whole command.
  static constexpr std::string_view kAnyCommand = "\x01 any command \x01";

  static bool knows(std::string_view name);

  /// Appends the argument called `name` (known) to `out`; some are more than one word.
  void make(std::string_view name, base::Random& random, Command& out);

  std::string key(base::Random& random) const;
  std::string junk(base::Random& random) const;

  /// A time to live no nearer than 100 s to any other that this object gave out, so that neither a comparison
  /// (GT, LT) nor a reading depends on how many milliseconds passed between two commands.
  int64_t distinct_seconds() { return 1'000 + 100 * static_cast<int64_t>(++times_given_); }

 private:
  uint64_t times_given_ = 0;
};

}  // namespace corral::differential
