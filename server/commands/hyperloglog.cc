// Counting different elements: PFADD, PFCOUNT, PFMERGE, PFDEBUG, PFSELFTEST.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/hyperloglog.h.
#include "server/types/hyperloglog.h"

#include <algorithm>
#include <memory>
#include <string>

#include "server/commands/string_value.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
namespace hyperloglog = types::hyperloglog;
using hyperloglog::Raised;
using store::Entry;

constexpr Bytes kCorrupt = "INVALIDOBJ Corrupted HLL object detected";

// Whether the entry holds a HyperLogLog by its looks; if not, answers the error.
bool is_hyperloglog(CommandContext& ctx, const Entry& entry) {
  if (!entry.is_string()) {
    ctx.fail(error_text::kWrongType);
    return false;
  }
  // Redis' numbers are no bytes; none is long enough to be one anyway.
  if (hyperloglog::is_hyperloglog(entry.string())) return true;
  ctx.fail("WRONGTYPE Key is not a valid HyperLogLog string value.");
  return false;
}

size_t most_sparse_bytes(CommandContext& ctx) {
  return static_cast<size_t>(int64_t{ctx.services().settings.hll_sparse_max_bytes});
}

// Stores a changed HyperLogLog in place of the old one, whose expiry stays.
void put(CommandContext& ctx, const KeyRef& key, const std::string& bytes) {
  StringValue value(bytes, store::StringEncoding::kRaw);
  ctx.put_string(key, value.take(), Expiry::keep());
}

// PFADD to a dense one, in place.
Outcome add_dense(CommandContext& ctx, const KeyRef& key, Entry* entry) {
  char* bytes = ctx.writable_string(key, entry, hyperloglog::kDenseBytes);
  bool changed = false;
  for (size_t i = 2; i < ctx.argc(); ++i)
    changed |= hyperloglog::raise_dense(bytes, hyperloglog::observe(ctx.arg(i)));
  if (changed) {
    hyperloglog::forget_estimate(bytes);
    ctx.modified(key, entry);
    ctx.notify(config::kStringEvent, "pfadd", key);
  }
  ctx.reply().integer(changed ? 1 : 0);
  return Outcome::kDone;
}

// PFADD key [element ...]
Outcome pfadd(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  Entry* entry = ctx.find(key);
  if (entry != nullptr && !is_hyperloglog(ctx, *entry)) return Outcome::kDone;
  if (entry != nullptr && hyperloglog::is_dense(entry->string())) return add_dense(ctx, key, entry);
  std::string bytes = entry == nullptr ? hyperloglog::make_empty() : std::string(entry->string());
  bool changed = entry == nullptr;
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const Raised raised = hyperloglog::raise(bytes, hyperloglog::observe(ctx.arg(i)), most_sparse_bytes(ctx));
    if (raised == Raised::kCorrupt) return ctx.fail(kCorrupt);
    changed |= raised == Raised::kYes;
  }
  if (changed) {
    hyperloglog::forget_estimate(bytes.data());
    put(ctx, key, bytes);
    ctx.notify(config::kStringEvent, "pfadd", key);
  } else {
    // Redis has made it a plain string by now, and OBJECT ENCODING shows that.
    ctx.writable_string(key, entry, bytes.size());
  }
  ctx.reply().integer(changed ? 1 : 0);
  return Outcome::kDone;
}

Outcome count_one(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  Entry* entry = ctx.find(key, true);
  if (entry == nullptr) {
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  if (!is_hyperloglog(ctx, *entry)) return Outcome::kDone;
  auto estimate = hyperloglog::cached_estimate(entry->string());
  const bool kept = estimate.has_value();
  if (!kept) estimate = hyperloglog::estimate(entry->string());
  char* bytes = ctx.writable_string(key, entry, entry->string().size());
  if (!estimate) return ctx.fail(kCorrupt);
  if (!kept) {
    // A read that changes the bytes: what watches the key or copies it must know.
    hyperloglog::cache_estimate(bytes, *estimate);
    ctx.modified(key, entry);
  }
  ctx.reply().integer(static_cast<int64_t>(*estimate));
  return Outcome::kDone;
}

// Merges the HyperLogLogs of all keys from argument 1 on; missing ones are empty. On failure answers the error.
bool merge_all(CommandContext& ctx, hyperloglog::Registers& registers, bool& any_dense) {
  for (size_t i = 1; i < ctx.argc(); ++i) {
    const Entry* entry = ctx.find(ctx.key(i), true);
    if (entry == nullptr) continue;
    if (!is_hyperloglog(ctx, *entry)) return false;
    any_dense |= hyperloglog::is_dense(entry->string());
    if (!hyperloglog::merge(entry->string(), registers)) {
      ctx.fail(kCorrupt);
      return false;
    }
  }
  return true;
}

// PFCOUNT key [key ...]
Outcome pfcount(CommandContext& ctx) {
  if (ctx.argc() == 2) return count_one(ctx);
  const auto registers = std::make_unique<hyperloglog::Registers>();
  bool any_dense = false;
  if (!merge_all(ctx, *registers, any_dense)) return Outcome::kDone;
  ctx.reply().integer(static_cast<int64_t>(hyperloglog::estimate(*registers)));
  return Outcome::kDone;
}

// PFMERGE destination [source ...]
Outcome pfmerge(CommandContext& ctx) {
  const auto registers = std::make_unique<hyperloglog::Registers>();
  bool use_dense = false;
  if (!merge_all(ctx, *registers, use_dense)) return Outcome::kDone;
  const KeyRef destination = ctx.key(1);
  const Entry* entry = ctx.find(destination);
  std::string bytes = entry == nullptr ? hyperloglog::make_empty() : std::string(entry->string());
  if (use_dense && !hyperloglog::make_dense(bytes)) return ctx.fail(kCorrupt);
  for (uint32_t i = 0; i < hyperloglog::kRegisters; ++i) {
    if ((*registers)[i] != 0) hyperloglog::raise(bytes, {i, (*registers)[i]}, most_sparse_bytes(ctx));
  }
  hyperloglog::forget_estimate(bytes.data());
  put(ctx, destination, bytes);
  ctx.notify(config::kStringEvent, "pfadd", destination);
  ctx.reply().ok();
  return Outcome::kDone;
}

// Makes the entry's HyperLogLog dense. No change of what it counts, so nobody is told, as in Redis. False: corrupt, the
// error is answered.
bool make_dense(CommandContext& ctx, const KeyRef& key, Entry*& entry) {
  std::string bytes(entry->string());
  if (!hyperloglog::make_dense(bytes)) {
    ctx.fail(kCorrupt);
    return false;
  }
  std::copy(bytes.begin(), bytes.end(), ctx.writable_string(key, entry, bytes.size()));
  return true;
}

// PFDEBUG GETREG | DECODE | ENCODING | TODENSE key
Outcome pfdebug(CommandContext& ctx) {
  using protocol::equals_ignore_case;
  const Bytes what = ctx.arg(1);
  const KeyRef key = ctx.key(2);
  Entry* entry = ctx.find(key);
  if (entry == nullptr) return ctx.fail("ERR The specified key does not exist");
  if (!is_hyperloglog(ctx, *entry)) return Outcome::kDone;
  const bool dense = hyperloglog::is_dense(entry->string());
  ctx.writable_string(key, entry, entry->string().size());
  if (equals_ignore_case(what, "getreg")) {
    if (!make_dense(ctx, key, entry)) return Outcome::kDone;
    ctx.reply().array(hyperloglog::kRegisters);
    for (size_t i = 0; i < hyperloglog::kRegisters; ++i) {
      ctx.reply().integer(hyperloglog::dense_register(entry->string(), i));
    }
  } else if (equals_ignore_case(what, "decode")) {
    if (dense) return ctx.fail("ERR HLL encoding is not sparse");
    ctx.reply().bulk(hyperloglog::describe_sparse(entry->string()));
  } else if (equals_ignore_case(what, "encoding")) {
    ctx.reply().simple(dense ? "dense" : "sparse");
  } else if (equals_ignore_case(what, "todense")) {
    if (!make_dense(ctx, key, entry)) return Outcome::kDone;
    ctx.reply().integer(dense ? 0 : 1);
  } else {
    return ctx.fail("ERR Unknown PFDEBUG subcommand '" + std::string(protocol::c_text(what)) + "'");
  }
  return Outcome::kDone;
}

// PFSELFTEST: estimates of growing sets must stay within four standard errors, in both forms alike.
Outcome pfselftest(CommandContext& ctx) {
  constexpr uint64_t kMostElements = 1'000'000;
  constexpr double kStandardError = 1.04 / 128;  // the root of the registers
  std::string sparse = hyperloglog::make_empty();
  std::string dense = sparse;
  hyperloglog::make_dense(dense);
  const uint64_t seed = ctx.worker().random.next();
  uint64_t checkpoint = 1;
  for (uint64_t n = 1; n <= kMostElements; ++n) {
    const uint64_t element = seed ^ n;
    const Bytes bytes(reinterpret_cast<const char*>(&element), sizeof element);
    const hyperloglog::Observation observation = hyperloglog::observe(bytes);
    hyperloglog::raise(dense, observation, 0);
    hyperloglog::raise(sparse, observation, most_sparse_bytes(ctx));
    if (n != checkpoint) continue;
    checkpoint *= 10;
    const auto estimate = hyperloglog::estimate(dense);
    if (!estimate || hyperloglog::estimate(sparse) != estimate) {
      return ctx.fail("ERR TESTFAILED sparse and dense registers disagree at " + std::to_string(n) +
                      " elements");
    }
    const double error = std::abs(static_cast<double>(*estimate) - static_cast<double>(n));
    if (error > std::max(1.0, 4 * kStandardError * static_cast<double>(n))) {
      return ctx.fail("ERR TESTFAILED estimated " + std::to_string(*estimate) + " of " + std::to_string(n) +
                      " elements");
    }
  }
  ctx.reply().ok();
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "pfadd",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom | kFast,
     .acl = acl::kHyperLogLog,
     .run = pfadd},
    {.name = "pfcount",
     .arity = -2,
     .keys = keys::range(1, -1, 1),
     .flags = kReadOnly | kMayReplicate,
     .acl = acl::kHyperLogLog,
     .run = pfcount},
    {.name = "pfmerge",
     .arity = -2,
     .keys = keys::range(1, -1, 1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kHyperLogLog,
     .run = pfmerge},
    {.name = "pfdebug",
     .arity = 3,
     .keys = keys::one(2),
     .flags = kWrite | kDenyOom | kAdmin,
     .acl = acl::kHyperLogLog,
     .run = pfdebug},
    {.name = "pfselftest",
     .arity = 1,
     .keys = keys::none(),
     .flags = kAdmin,
     .acl = acl::kHyperLogLog,
     .run = pfselftest},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> hyperloglog_commands() {
  return kTable;
}

}  // namespace corral::commands
