// Cuts a program on which two servers disagree down to what it takes.
// Threading: one thread at a time.
// See: README.md of this folder.
#pragma once

#include "tests/differential/program.h"
#include "tests/differential/runner.h"

namespace corral::differential {

struct Shrunk {
  Program program;
  Disagreement disagreement;
  /// The whole program did not disagree again when it was run once more: something depends on time or chance.
  bool is_reproducible = true;
};

/// Runs parts of `program` again and again (a few hundred runs), keeping those whose disagreement is about
/// the same command.
Shrunk shrink(Runner& runner, const Program& program, const Disagreement& disagreement);

}  // namespace corral::differential
