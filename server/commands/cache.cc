// CACHE.GET, CACHE.SET, CACHE.RELEASE, CACHE.INVALIDATE, CACHE.EXPLAIN: the protocol of clients that know of leases.
// Threading: handlers run with their keys' stripes held.
// See: README.md of this folder, "CACHE.*"; server/stampede/README.md for the rules.
#include <algorithm>

#include "protocol/number.h"
#include "server/commands/cache_policy.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"
#include "server/dispatch/entry_rules.h"
#include "server/dispatch/parking.h"
#include "server/dispatch/tracking.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;
namespace error_text = protocol::error_text;

constexpr Bytes kNoLease = "NOLEASE this key has no policy, so it has no leases";

void reply_value(protocol::ReplyWriter& reply, const store::Entry* entry) {
  if (entry == nullptr || !entry->is_string()) return reply.null();
  if (entry->blob() != nullptr) return write_blob(reply, entry->blob());
  reply.bulk(entry->string());
}

void reply_time(protocol::ReplyWriter& reply, int64_t at_ms, int64_t now_ms) {
  if (at_ms == store::kNoExpiry) return reply.null();
  reply.integer(at_ms - now_ms);
}

// [status, value, token, age-ms, soft-ms, hard-ms]; times are milliseconds from now, nil where there is none.
void reply_status(CommandContext& ctx, Bytes status, const store::Entry* entry, uint64_t token) {
  protocol::ReplyWriter& reply = ctx.reply();
  reply.array(6);
  reply.bulk(status);
  reply_value(reply, entry);
  if (token != 0) {
    reply.bulk(std::to_string(token));
  } else {
    reply.null();
  }
  if (entry == nullptr || !entry->has_extension()) {
    reply.null();
    reply.null();
    return reply_time(reply, entry == nullptr ? store::kNoExpiry : entry->expiry_ms(), ctx.now_ms());
  }
  const store::Extension extension = entry->extension();
  reply.integer(ctx.now_ms() - extension.filled_ms);
  reply_time(reply, extension.soft_ms, ctx.now_ms());
  reply_time(reply, entry->expiry_ms(), ctx.now_ms());
}

struct GetOptions {
  int64_t wait_ms = INT64_MAX;
  bool fresh = false;
};

bool parse_get(CommandContext& ctx, GetOptions& options) {
  for (size_t i = 2; i < ctx.argc(); ++i) {
    if (equals_ignore_case(ctx.arg(i), "fresh")) {
      options.fresh = true;
    } else if (equals_ignore_case(ctx.arg(i), "meta")) {
      // The reply always carries the times.
    } else if (equals_ignore_case(ctx.arg(i), "wait") && i + 1 < ctx.argc()) {
      if (!ctx.integer(++i, options.wait_ms)) return false;
      if (options.wait_ms < 0 || options.wait_ms > 60000) {
        ctx.fail("ERR WAIT takes 0 to 60000 milliseconds");
        return false;
      }
    } else {
      ctx.fail(error_text::kSyntax);
      return false;
    }
  }
  return true;
}

Outcome park_get(CommandContext& ctx, const KeyRef& key, uint64_t ticket, const stampede::ReadOutcome& outcome, bool loads) {
  session::ParkedRead read;
  read.shape = session::ParkedRead::Shape::kCacheGet;
  read.until_ms = outcome.until_ms;
  read.waiting = 1;
  read.on_holder = outcome.on_holder;
  auto& part = read.parts.emplace_back();
  part.key = std::string(key.bytes);
  part.stripe = key.stripe;
  part.hash = key.hash;
  part.waiting = true;
  part.loads = loads;
  park(ctx.worker(), ctx.session(), ticket, std::move(read));
  return Outcome::kParked;
}

// CACHE.GET key [WAIT ms] [FRESH] [META]
Outcome cache_get(CommandContext& ctx) {
  GetOptions options;
  if (!parse_get(ctx, options)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  store::Entry* entry = ctx.find(key, true);
  if (entry != nullptr) {
    if (!entry->is_string()) return ctx.fail(error_text::kWrongType);
    reply_status(ctx, "HIT", entry, 0);
    return Outcome::kDone;
  }
  const stampede::Policy* policy = ctx.policy_of(key.bytes);
  if (policy == nullptr) {
    reply_status(ctx, "MISS", nullptr, 0);
    return Outcome::kDone;
  }
  // A value past its soft expiry is still there for those who take it; FRESH does not, nor do transactions.
  store::Table* table = ctx.table_if_any(key);
  const store::Entry* stale = table == nullptr ? nullptr : table->peek(key.bytes, key.hash);
  if (options.fresh || ctx.in_transaction()) stale = nullptr;
  if (ctx.in_transaction()) {
    reply_status(ctx, "MISS", nullptr, 0);
    return Outcome::kDone;
  }
  stampede::Reader reader;
  reader.client = ctx.session().id;
  reader.worker = ctx.worker().index;
  reader.ticket = ctx.session().next_ticket;
  reader.pipelined = ctx.session().pipelined(ctx.now_ms());
  reader.fills_alone = ctx.now_ms() < ctx.session().fills_alone_until_ms;
  reader.patience_cap_ms = std::min(ctx.session().patience_cap_ms, options.wait_ms);
  reader.may_park = options.wait_ms > 0;
  reader.tags = ctx.services().cache.tags_of(policy, key.bytes);
  WorkerFlightEvents events(ctx.worker(), key, ctx.session().database);
  CacheRules& cache = ctx.services().cache;
  const auto outcome = cache.flights(ctx.stripe(key))
                           .on_read({ctx.session().database, key.bytes, key.hash},
                                    stale != nullptr ? stampede::KeyState::kStale : stampede::KeyState::kMissing, reader,
                                    *policy, ctx.now_us(), events);
  cache.settle(ctx.stripe(key));
  switch (outcome.verdict) {
    case stampede::Verdict::kElected:
      remember_lease(ctx.session(), key, ctx.session().database, outcome.token);
      // Who knows of leases may have the old value with it, and decide.
      reply_status(ctx, "LEASE", stale, outcome.token);
      return Outcome::kDone;
    case stampede::Verdict::kServeStale:
      reply_status(ctx, "STALE", stale, 0);
      return Outcome::kDone;
    case stampede::Verdict::kParked:
      return park_get(ctx, key, reader.ticket, outcome, policy->loads());
    case stampede::Verdict::kLoadFailed:
      return ctx.fail_load(outcome.failure);
    case stampede::Verdict::kNil:
      break;
  }
  reply_status(ctx, "MISS", nullptr, 0);
  return Outcome::kDone;
}

struct SetOptions {
  Expiry expiry;
  int64_t stale_ms = -1;
  std::vector<Bytes> tags;
};

// EX s | PX ms
bool parse_expiry(CommandContext& ctx, size_t at, int64_t unit_ms, Expiry& expiry) {
  int64_t amount = 0;
  if (!ctx.integer(at, amount)) return false;
  if (amount <= 0 || amount > (INT64_MAX - ctx.now_ms()) / unit_ms) {
    ctx.fail("ERR invalid expire time in 'cache.set' command");
    return false;
  }
  expiry = Expiry::relative(ctx.now_ms() + amount * unit_ms);
  return true;
}

bool parse_set(CommandContext& ctx, SetOptions& options) {
  for (size_t i = 4; i < ctx.argc(); ++i) {
    const bool more = i + 1 < ctx.argc();
    if (more && equals_ignore_case(ctx.arg(i), "ex")) {
      if (!parse_expiry(ctx, ++i, 1000, options.expiry)) return false;
    } else if (more && equals_ignore_case(ctx.arg(i), "px")) {
      if (!parse_expiry(ctx, ++i, 1, options.expiry)) return false;
    } else if (more && equals_ignore_case(ctx.arg(i), "stale")) {
      if (!ctx.integer(++i, options.stale_ms)) return false;
      if (options.stale_ms < 0 || options.stale_ms > 7LL * 24 * 3600 * 1000) {
        ctx.fail("ERR STALE takes 0 to 604800000 milliseconds");
        return false;
      }
    } else if (more && equals_ignore_case(ctx.arg(i), "tags")) {
      int64_t count = 0;
      if (!ctx.integer(++i, count)) return false;
      if (count < 1 || count > store::kMaxTagsPerEntry || i + static_cast<size_t>(count) >= ctx.argc()) {
        ctx.fail("ERR TAGS takes a count of 1 to 8 and so many tags");
        return false;
      }
      for (int64_t n = 0; n < count; ++n) options.tags.push_back(ctx.arg(++i));
    } else {
      ctx.fail(error_text::kSyntax);
      return false;
    }
  }
  return true;
}

// CACHE.SET key value token [EX s | PX ms] [STALE ms] [TAGS n tag …]
Outcome cache_set(CommandContext& ctx) {
  SetOptions options;
  if (!parse_set(ctx, options)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  const stampede::Policy* policy = ctx.policy_of(key.bytes);
  if (policy == nullptr) return ctx.fail(kNoLease);
  const auto token = protocol::parse_uint64(ctx.arg(3));
  if (!token) return ctx.fail("ERR the token is the number that CACHE.GET gave with LEASE");
  if (!has_room_for(*policy, options.tags.size())) {
    return ctx.fail("ERR a key has 8 tags and prefixes at most, and the policy's own count as well");
  }
  CacheRules& cache = ctx.services().cache;
  const stampede::Flights* flights = cache.flights_if_any(ctx.stripe(key));
  if (flights == nullptr || !flights->lease_is_good({ctx.session().database, key.bytes, key.hash}, *token,
                                                   cache.tags_of(policy, key.bytes))) {
    ctx.reply().null();
    return Outcome::kDone;
  }
  store::NewValue value;
  if (ctx.arg(2).size() > base::Blob::kInlineLimit) {
    value.blob = base::Blob::copy_of(ctx.arg(2));
  } else {
    value.bytes = ctx.arg(2);
  }
  store::Entry* entry = ctx.put_string(key, value, options.expiry);
  ctx.notify(config::kStringEvent, "set", key);
  add_rules(ctx.services(), key, ctx.session().database, entry, options.stale_ms, options.tags);
  ctx.reply().ok();
  return Outcome::kDone;
}

// CACHE.RELEASE key token [NEGATIVE ms]
Outcome cache_release(CommandContext& ctx) {
  int64_t negative_ms = -1;
  if (ctx.argc() == 5 && equals_ignore_case(ctx.arg(3), "negative")) {
    if (!ctx.integer(4, negative_ms)) return Outcome::kDone;
    if (negative_ms < 0 || negative_ms > 3600 * 1000) return ctx.fail("ERR NEGATIVE takes 0 to 3600000 milliseconds");
  } else if (ctx.argc() != 3) {
    return ctx.fail(error_text::kSyntax);
  }
  const auto token = protocol::parse_uint64(ctx.arg(2));
  if (!token) return ctx.fail("ERR the token is the number that CACHE.GET gave with LEASE");
  const KeyRef key = ctx.key(1);
  CacheRules& cache = ctx.services().cache;
  stampede::Flights* flights = cache.flights_if_any(ctx.stripe(key));
  bool ended = false;
  if (flights != nullptr) {
    WorkerFlightEvents events(ctx.worker(), key, ctx.session().database);
    ended = flights->end_lease({ctx.session().database, key.bytes, key.hash}, *token, negative_ms,
                               ctx.policy_of(key.bytes), ctx.now_us(), events,
                               cache.tags_of(ctx.policy_of(key.bytes), key.bytes));
    cache.settle(ctx.stripe(key));
    forget_lease(ctx.session(), key, ctx.session().database);
  }
  ctx.reply().integer(ended ? 1 : 0);
  return Outcome::kDone;
}

// The keys of CACHE.INVALIDATE [HARD] KEY k …; TAG and PREFIX have none.
bool invalidate_keys(std::span<const Bytes> arguments, std::vector<int>& positions) {
  size_t at = 1;
  if (at < arguments.size() && equals_ignore_case(arguments[at], "hard")) ++at;
  if (at >= arguments.size() || !equals_ignore_case(arguments[at], "key")) return true;
  for (++at; at < arguments.size(); ++at) positions.push_back(static_cast<int>(at));
  return true;
}

bool prefix_is_declared(const stampede::PolicyTable* policies) {
  return policies != nullptr && std::any_of(policies->all().begin(), policies->all().end(),
                                            [](const auto& policy) { return !policy.prefixes.empty(); });
}

// CACHE.INVALIDATE [HARD] KEY k … | TAG t … | PREFIX p …: the count of keys or epochs touched.
Outcome cache_invalidate(CommandContext& ctx) {
  size_t at = 1;
  const bool hard = equals_ignore_case(ctx.arg(at), "hard");
  if (hard) ++at;
  if (at + 1 >= ctx.argc()) return ctx.fail("ERR CACHE.INVALIDATE takes [HARD], one of KEY, TAG, PREFIX, and names");
  const Bytes what = ctx.arg(at++);
  int64_t touched = 0;
  if (equals_ignore_case(what, "key")) {
    for (; at < ctx.argc(); ++at) touched += ctx.invalidate(ctx.key(at), hard) ? 1 : 0;
  } else if (equals_ignore_case(what, "tag") || equals_ignore_case(what, "prefix")) {
    const bool prefix = equals_ignore_case(what, "prefix");
    if (prefix && !prefix_is_declared(ctx.policies())) {
      return ctx.fail("ERR no policy declares a prefix; add: prefix \"name:{1}:\" to a policy whose keys begin so");
    }
    const auto space = prefix ? stampede::TagSpace::kPrefix : stampede::TagSpace::kTag;
    for (; at < ctx.argc(); ++at) touched += ctx.services().cache.tags().invalidate(space, ctx.arg(at), hard) ? 1 : 0;
    // Which keys they are nobody looks up, so clients that keep values are told to keep none.
    if (touched > 0) invalidate_everything(ctx.services(), ctx.worker(), ctx.session().id);
  } else {
    return ctx.fail("ERR CACHE.INVALIDATE takes KEY, TAG or PREFIX, before it HARD or nothing");
  }
  ctx.reply().integer(touched);
  return Outcome::kDone;
}

// In this file, because the table's compile-time check wants functions whose address is known here.
Outcome explain(CommandContext& ctx) { return cache_explain(ctx); }
Outcome origin(CommandContext& ctx) { return cache_origin(ctx); }
Outcome policy(CommandContext& ctx) { return cache_policy(ctx); }
Outcome stats(CommandContext& ctx) { return cache_stats(ctx); }

constexpr CommandSpec kTable[] = {
    {.name = "cache.get", .arity = -2, .keys = keys::one(1), .flags = kReadOnly | kFast, .acl = acl::kString, .run = cache_get},
    {.name = "cache.set", .arity = -4, .keys = keys::one(1), .flags = kWrite | kDenyOom | kFast, .acl = acl::kString, .run = cache_set},
    {.name = "cache.release", .arity = -3, .keys = keys::one(1), .flags = kWrite | kFast, .acl = acl::kKeyspace, .run = cache_release},
    {.name = "cache.invalidate", .arity = -2, .keys = keys::custom(invalidate_keys), .flags = kWrite, .acl = acl::kKeyspace, .run = cache_invalidate},
    {.name = "cache.explain", .arity = 2, .keys = keys::one(1), .flags = kReadOnly, .acl = acl::kKeyspace, .run = explain},
    {.name = "cache.origin", .arity = -2, .keys = keys::none(), .flags = kAdmin | kLoading | kStale, .run = origin},
    {.name = "cache.policy", .arity = -2, .keys = keys::none(), .flags = kAdmin | kLoading | kStale, .run = policy},
    {.name = "cache.stats", .arity = -1, .keys = keys::walk(), .flags = kLoading | kStale, .run = stats},
};
static_assert(valid(kTable));

}  // namespace

std::span<const dispatch::CommandSpec> cache_commands() { return kTable; }

}  // namespace corral::commands
