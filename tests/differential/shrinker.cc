// Delta debugging on steps, then on commands, then on connections.
// Threading: one thread at a time.
// See: README.md of this folder.
#include "tests/differential/shrinker.h"

#include <algorithm>
#include <utility>

namespace corral::differential {
namespace {

class Shrinker {
 public:
  Shrinker(Runner& runner, Shrunk best) : runner_(runner), best_(std::move(best)) {}

  bool reproduces() { return keeps(best_.program); }

  Shrunk shrink() {
    size_t before = 0;
    do {
      before = best_.program.command_count();
      drop_steps();
      drop_commands();
    } while (best_.program.command_count() < before);
    simplify();
    return best_;
  }

 private:
  // Adopts the candidate if it still shows the disagreement.
  bool keeps(const Program& candidate) {
    const auto found = runner_.run(candidate);
    if (!found || verb_of(found->command) != verb_of(best_.disagreement.command)) return false;
    best_.program = candidate;
    best_.disagreement = *found;
    best_.program.steps.resize(found->step + 1);
    best_.disagreement.step = found->step;
    return true;
  }

  // Without runs of steps, first long ones, then ever shorter ones.
  void drop_steps() {
    for (size_t run = std::max<size_t>(best_.program.steps.size() / 2, 1); run > 0; run /= 2) {
      for (size_t at = 0; at < best_.program.steps.size();) {
        Program candidate = best_.program;
        const auto begin = candidate.steps.begin() + static_cast<std::ptrdiff_t>(at);
        const auto length = std::min(run, candidate.steps.size() - at);
        candidate.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(length));
        if (candidate.steps.empty() || !keeps(candidate)) at += run;
      }
    }
  }

  void drop_commands() {
    for (size_t step = best_.program.steps.size(); step-- > 0;) {
      if (step >= best_.program.steps.size() || best_.program.steps[step].is_whole) continue;
      for (size_t at = best_.program.steps[step].commands.size(); at-- > 0;) {
        Program candidate = best_.program;
        auto& commands = candidate.steps[step].commands;
        commands.erase(commands.begin() + static_cast<std::ptrdiff_t>(at));
        if (!commands.empty() || !candidate.steps[step].raw.empty()) keeps(candidate);
        if (step >= best_.program.steps.size()) break;
      }
    }
  }

  void simplify() {
    for (size_t step = 0; step < best_.program.steps.size(); ++step) {
      Program candidate = best_.program;
      candidate.steps[step].connection = 0;
      if (candidate.steps[step].connection != best_.program.steps[step].connection) keeps(candidate);
    }
    for (size_t connection = 0; connection < best_.program.protocols.size(); ++connection) {
      Program candidate = best_.program;
      if (std::exchange(candidate.protocols[connection], 2) != 2) keeps(candidate);
    }
  }

  Runner& runner_;
  Shrunk best_;
};

}  // namespace

Shrunk shrink(Runner& runner, const Program& program, const Disagreement& disagreement) {
  Shrunk start{program, disagreement, true};
  start.program.steps.resize(disagreement.step + 1);
  Shrinker shrinker(runner, start);
  if (!shrinker.reproduces()) {
    start.is_reproducible = false;
    return start;
  }
  return shrinker.shrink();
}

}  // namespace corral::differential
