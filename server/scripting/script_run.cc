// Flags, locks, run.
// Threading: see script_run.h.
// See: script_run.h.
#include "server/scripting/script_run.h"

namespace corral::scripting {

using namespace dispatch;

bool read_key_count(CommandContext& ctx, int64_t& keys) {
  if (!ctx.integer(2, keys)) return false;
  if (keys > static_cast<int64_t>(ctx.argc()) - 3) {
    ctx.fail("ERR Number of keys can't be greater than number of args");
    return false;
  }
  if (keys < 0) {
    ctx.fail("ERR Number of keys can't be negative");
    return false;
  }
  return true;
}

Outcome run_script(CommandContext& ctx, Interpreter& interpreter, const Runnable& what, bool read_only, int64_t keys) {
  using Reach = Script::Reach;
  const bool declared_only = ctx.services().settings.allow_undeclared_keys == 0;
  // Until a run has shown that the declared keys are all it needs, everything is held.
  if (!declared_only && what.reach->load(std::memory_order_relaxed) != Reach::kDeclared && !ctx.locks()->holds_all()) {
    return Outcome::kAllStripes;
  }
  const bool plain = (what.flags & kPlainScript) != 0;
  const bool full = ctx.services().budget.over_limit();
  const bool may_grow = (what.flags & (kAllowOom | kNoWrites)) != 0;
  if (!plain && full && !may_grow && !read_only) {
    return ctx.fail("OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'");
  }
  const size_t count = static_cast<size_t>(keys);
  Run run{.ctx = ctx,
          .name = what.name,
          .keys = ctx.args().subspan(3, count),
          .arguments = ctx.args().subspan(3 + count),
          .is_function = what.is_function,
          .read_only = read_only || (!plain && (what.flags & kNoWrites) != 0),
          .refuses_growth = full && (what.flags & kAllowOom) == 0,
          .declared_only = declared_only};
  const Outcome outcome = interpreter.run(what.reference, run);
  if (run.touched_undeclared) {
    what.reach->store(Reach::kAnywhere, std::memory_order_relaxed);
  } else if (what.reach->load(std::memory_order_relaxed) == Reach::kUnknown) {
    what.reach->store(Reach::kDeclared, std::memory_order_relaxed);
  }
  return outcome;
}

}  // namespace corral::scripting
