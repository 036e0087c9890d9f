// CACHE.ORIGIN: what origins there are, how they do, and their breakers by hand.
// Threading: handlers.
// See: cache_policy.h; server/loading/README.md.
#include <algorithm>
#include <string>

#include "server/commands/cache_policy.h"
#include "server/dispatch/loading.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;

struct BreakerWord {
  const char* word;
  Loader::Breaker mode;
};
constexpr BreakerWord kBreakerWords[] = {{"auto", Loader::Breaker::kAuto},
                                         {"shadow", Loader::Breaker::kShadow},
                                         {"force-open", Loader::Breaker::kForceOpen},
                                         {"force-closed", Loader::Breaker::kForceClosed},
                                         {"reset", Loader::Breaker::kReset}};

Outcome no_such(CommandContext& ctx) {
  return ctx.fail("ERR no origin is called \"" + std::string(ctx.arg(2)) + "\"; CACHE.ORIGIN LIST shows them");
}

Outcome origin_list(CommandContext& ctx) {
  const Loader* const loader = ctx.services().loader;
  const std::vector<std::string> names = loader == nullptr ? std::vector<std::string>() : loader->names();
  ctx.reply().array(static_cast<int64_t>(names.size()));
  for (const std::string& name : names) ctx.reply().bulk(name + " " + loader->words(name));
  return Outcome::kDone;
}

Outcome origin_info(CommandContext& ctx) {
  const Loader* const loader = ctx.services().loader;
  if (loader == nullptr || loader->words(ctx.arg(2)).empty()) return no_such(ctx);
  ctx.reply().bulk(loader->figures(ctx.arg(2)));
  return Outcome::kDone;
}

Outcome origin_breaker(CommandContext& ctx) {
  Loader* const loader = ctx.services().loader;
  const auto known = std::find_if(std::begin(kBreakerWords), std::end(kBreakerWords),
                                  [&](const BreakerWord& row) { return equals_ignore_case(ctx.arg(3), row.word); });
  if (known == std::end(kBreakerWords)) {
    return ctx.fail("ERR CACHE.ORIGIN BREAKER takes a name and AUTO, SHADOW, FORCE-OPEN, FORCE-CLOSED or RESET");
  }
  if (loader == nullptr || loader->words(ctx.arg(2)).empty()) return no_such(ctx);
  if (!loader->set_breaker(ctx.arg(2), known->mode)) return ctx.fail("ERR too much waits for the origin's thread; try again");
  ctx.reply().ok();
  return Outcome::kDone;
}

}  // namespace

// CACHE.ORIGIN LIST | INFO name | BREAKER name mode
Outcome cache_origin(CommandContext& ctx) {
  const Bytes verb = ctx.arg(1);
  if (equals_ignore_case(verb, "list") && ctx.argc() == 2) return origin_list(ctx);
  if (equals_ignore_case(verb, "info") && ctx.argc() == 3) return origin_info(ctx);
  if (equals_ignore_case(verb, "breaker") && ctx.argc() == 4) return origin_breaker(ctx);
  return ctx.fail("ERR CACHE.ORIGIN takes LIST, INFO name, or BREAKER name AUTO|SHADOW|FORCE-OPEN|FORCE-CLOSED|RESET");
}

}  // namespace corral::commands
