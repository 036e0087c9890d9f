// Policies at run time, their figures, and the story of one key.
// Threading: handlers.
// See: cache_policy.h.
#include "server/commands/cache_policy.h"

#include <cstdio>

#include "server/base/duration.h"
#include "server/dispatch/loading.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;

// Both hold for the very next command.
Outcome policy_set(CommandContext& ctx) {
  if (ctx.argc() < 4) return ctx.fail("ERR CACHE.POLICY SET takes a name and its words: match PATTERN …");
  std::vector<std::string_view> words(ctx.args().begin() + 3, ctx.args().end());
  auto policy = stampede::Policy::parse(ctx.arg(2), words);
  if (!policy) return ctx.fail("ERR " + policy.error());
  if (const std::string why = load_objection(ctx.services().loader, policy.value()); !why.empty()) return ctx.fail("ERR " + why);
  ctx.services().cache.change_policies(
      [&](const stampede::PolicyTable& current) { return current.with(std::move(policy.value())); });
  ctx.reply().ok();
  return Outcome::kGates;
}

Outcome policy_delete(CommandContext& ctx) {
  bool known = false;
  ctx.services().cache.change_policies([&](const stampede::PolicyTable& current) {
    known = current.by_name(ctx.arg(2)) != nullptr;
    return known ? current.without(ctx.arg(2)) : current;
  });
  ctx.reply().integer(known ? 1 : 0);
  return Outcome::kGates;
}

struct Figure {
  const char* name;
  stampede::PolicyStats::Counter stampede::PolicyStats::* counter;
};

constexpr Figure kFigures[] = {
    {"hits", &stampede::PolicyStats::hits},
    {"stale_hits", &stampede::PolicyStats::stale_hits},
    {"misses", &stampede::PolicyStats::misses},
    {"elections", &stampede::PolicyStats::elections},
    {"fills", &stampede::PolicyStats::fills},
    {"duplicate_fills", &stampede::PolicyStats::duplicate_fills},
    {"waits", &stampede::PolicyStats::waits},
    {"wait_timeouts", &stampede::PolicyStats::wait_timeouts},
    {"promotions", &stampede::PolicyStats::promotions},
    {"hedges", &stampede::PolicyStats::hedges},
    {"failed_leases", &stampede::PolicyStats::failed_leases},
    {"hit_for_miss", &stampede::PolicyStats::hit_for_miss},
    {"probes", &stampede::PolicyStats::probes},
    {"holder_waits", &stampede::PolicyStats::holder_waits},
    {"holder_timeouts", &stampede::PolicyStats::holder_timeouts},
    {"bound_refusals", &stampede::PolicyStats::bound_refusals},
    {"invalidations", &stampede::PolicyStats::invalidations},
    {"loads", &stampede::PolicyStats::loads},
    {"loads_absent", &stampede::PolicyStats::loads_absent},
    {"loads_failed", &stampede::PolicyStats::loads_failed},
    {"loads_void", &stampede::PolicyStats::loads_void},
};

uint64_t value(const stampede::PolicyStats::Counter& counter) { return counter.load(std::memory_order_relaxed); }

// One sentence of advice from the figures: what a person would conclude.
std::string hint(const stampede::Policy& policy) {
  const stampede::PolicyStats& stats = *policy.stats;
  const double slow_fill_ms = stats.fill_quantile_ms(0.95);
  if (value(stats.bound_refusals) > 0) return "a bound on leases or waiters was reached: raise cache-max-leases or cache-max-waiters";
  if (value(stats.wait_timeouts) * 20 > value(stats.waits) && static_cast<double>(policy.wait_ms) < slow_fill_ms) {
    return "wait is below the 95th percentile of fills: raise wait or set stale";
  }
  if (value(stats.elections) > 20 && value(stats.fills) * 2 < value(stats.elections)) {
    return "most elected readers do not fill: the pattern may match keys that are not cache-aside";
  }
  if (policy.stale_ms == 0 && value(stats.waits) > value(stats.elections) * 10) {
    return "many readers wait for fills: with stale they would get the old value at once";
  }
  return "nothing to mend";
}

void reply_stats(protocol::ReplyWriter& reply, const stampede::Policy& policy) {
  const stampede::PolicyStats& stats = *policy.stats;
  reply.map(static_cast<int64_t>(std::size(kFigures)) + 5);
  for (const Figure& figure : kFigures) {
    reply.bulk(figure.name);
    reply.integer(static_cast<int64_t>(value(stats.*figure.counter)));
  }
  reply.bulk("fill_p50_ms");
  reply.number(stats.fill_quantile_ms(0.5));
  reply.bulk("fill_p99_ms");
  reply.number(stats.fill_quantile_ms(0.99));
  reply.bulk("lease_ms");
  reply.integer(stats.lease_ms());
  // Each of these readers would have gone to the origin without us.
  reply.bulk("origin_calls_avoided");
  reply.integer(static_cast<int64_t>(value(stats.stale_hits) + value(stats.waits) - std::min(value(stats.waits), value(stats.wait_timeouts) + value(stats.promotions))));
  reply.bulk("hint");
  reply.bulk(hint(policy));
}

std::string in_ms(int64_t at_ms, int64_t now_ms) {
  if (at_ms == store::kNoExpiry) return "never";
  return at_ms >= now_ms ? "in " + base::duration_text(at_ms - now_ms) : base::duration_text(now_ms - at_ms) + " ago";
}

}  // namespace

// CACHE.POLICY SET name words… | GET name | LIST | DEL name
Outcome cache_policy(CommandContext& ctx) {
  const Bytes verb = ctx.arg(1);
  if (equals_ignore_case(verb, "set")) return policy_set(ctx);
  if (equals_ignore_case(verb, "del") && ctx.argc() == 3) return policy_delete(ctx);
  const auto policies = ctx.services().cache.policies();
  if (equals_ignore_case(verb, "get") && ctx.argc() == 3) {
    const stampede::Policy* policy = policies->by_name(ctx.arg(2));
    if (policy == nullptr) {
      ctx.reply().null();
    } else {
      ctx.reply().bulk(policy->words());
    }
    return Outcome::kDone;
  }
  if (equals_ignore_case(verb, "list") && ctx.argc() == 2) {
    ctx.reply().array(static_cast<int64_t>(policies->all().size()));
    for (const stampede::Policy& policy : policies->all()) ctx.reply().bulk(policy.name + " " + policy.words());
    return Outcome::kDone;
  }
  return ctx.fail("ERR CACHE.POLICY takes SET name match PATTERN …, GET name, DEL name or LIST");
}

// CACHE.STATS [policy]: one policy's figures, or name and figures of each.
Outcome cache_stats(CommandContext& ctx) {
  ctx.worker().policy_hits.flush();
  if (ctx.argc() > 2) return ctx.fail(protocol::error_text::kSyntax);
  const auto policies = ctx.services().cache.policies();
  if (ctx.argc() == 2) {
    const stampede::Policy* policy = policies->by_name(ctx.arg(1));
    if (policy == nullptr) return ctx.fail("ERR no policy has this name; CACHE.POLICY LIST shows them");
    reply_stats(ctx.reply(), *policy);
    return Outcome::kDone;
  }
  ctx.reply().map(static_cast<int64_t>(policies->all().size()));
  for (const stampede::Policy& policy : policies->all()) {
    ctx.reply().bulk(policy.name);
    reply_stats(ctx.reply(), policy);
  }
  return Outcome::kDone;
}

// CACHE.EXPLAIN key: lines for a person.
Outcome cache_explain(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  std::vector<std::string> lines;
  const stampede::Policy* policy = ctx.policy_of(key.bytes);
  if (policy == nullptr) {
    lines.push_back("policy: none matches, so this key behaves exactly as in Redis");
  } else {
    lines.push_back("policy: " + policy->name + " (" + policy->words() + ")");
  }
  store::Table* table = ctx.table_if_any(key);
  const store::Entry* entry = table == nullptr ? nullptr : table->peek(key.bytes, key.hash);
  if (entry != nullptr && entry->has_expiry() && entry->expiry_ms() <= ctx.now_ms()) entry = nullptr;
  if (entry == nullptr) {
    lines.push_back("value: none");
  } else if (!entry->has_extension()) {
    lines.push_back("value: " + std::to_string(entry->string().size()) + " bytes, expires " +
                    in_ms(entry->expiry_ms(), ctx.now_ms()) + ", written before a policy covered it");
  } else {
    const store::Extension extension = entry->extension();
    const Freshness freshness = ctx.services().cache.freshness(extension, ctx.now_ms());
    const char* state = freshness == Freshness::kFresh ? "fresh" : freshness == Freshness::kStale ? "stale" : "invalidated";
    lines.push_back("value: " + std::to_string(entry->string().size()) + " bytes, " + state + ", filled " +
                    in_ms(extension.filled_ms, ctx.now_ms()));
    lines.push_back("times: asked-for expiry " + in_ms(extension.nominal_ms, ctx.now_ms()) + ", soft expiry " +
                    in_ms(extension.soft_ms, ctx.now_ms()) + ", gone " + in_ms(entry->expiry_ms(), ctx.now_ms()));
    if (extension.stale) lines.push_back("mark: invalidated softly, the next reader is elected to fill it");
    if (extension.tag_count > 0) lines.push_back("tags: " + std::to_string(extension.tag_count));
    if (extension.cost_log2 > 0) {
      lines.push_back("cost: the last fill took about " + base::duration_text(int64_t{1} << (extension.cost_log2 - 1)));
    }
  }
  if (const stampede::Flights* flights = ctx.services().cache.flights_if_any(ctx.stripe(key))) {
    const std::string story = flights->explain({ctx.session().database, key.bytes, key.hash}, ctx.now_us());
    lines.push_back("lease: " + (story.empty() ? std::string("none") : story));
  } else {
    lines.push_back("lease: none");
  }
  ctx.reply().array(static_cast<int64_t>(lines.size()));
  for (const std::string& line : lines) ctx.reply().bulk(line);
  return Outcome::kDone;
}

}  // namespace corral::commands
