// Values as bytes: DUMP RESTORE.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/rdb/README.md.
#include "server/commands/string_value.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"
#include "server/rdb/payload.h"
#include "server/types/hash_value.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using store::Entry;

bool has_expiring_fields(const Entry& entry) {
  return entry.type() == types::ValueType::kHash &&
         static_cast<const types::HashValue&>(*entry.container()).expiring_fields() > 0;
}

// DUMP key
Outcome dump(CommandContext& ctx) {
  const Entry* const entry = ctx.find(ctx.key(1), true);
  if (entry == nullptr) {
    ctx.reply().null();
  } else if (entry->is_string()) {
    ctx.reply().bulk(rdb::dump(entry->string()));
  } else if (has_expiring_fields(*entry)) {
    return ctx.fail("ERR fields of this hash expire, which the format of DUMP cannot tell");
  } else {
    ctx.reply().bulk(rdb::dump(*entry->container(), ctx.thresholds(), ctx.now_ms()));
  }
  return Outcome::kDone;
}

struct RestoreOptions {
  bool replace = false;
  bool absolute = false;
  int64_t idle_seconds = -1;
  int64_t frequency = -1;
};

bool parse_options(CommandContext& ctx, RestoreOptions& options) {
  using protocol::equals_ignore_case;
  for (size_t i = 4; i < ctx.argc(); ++i) {
    const Bytes word = ctx.arg(i);
    const bool has_value = i + 1 < ctx.argc();
    if (equals_ignore_case(word, "replace")) {
      options.replace = true;
    } else if (equals_ignore_case(word, "absttl")) {
      options.absolute = true;
    } else if (equals_ignore_case(word, "idletime") && has_value && options.frequency == -1) {
      if (!ctx.integer(++i, options.idle_seconds)) return false;
      if (options.idle_seconds < 0) {
        ctx.fail("ERR Invalid IDLETIME value, must be >= 0");
        return false;
      }
    } else if (equals_ignore_case(word, "freq") && has_value && options.idle_seconds == -1) {
      if (!ctx.integer(++i, options.frequency)) return false;
      if (options.frequency < 0 || options.frequency > 255) {
        ctx.fail("ERR Invalid FREQ value, must be >= 0 and <= 255");
        return false;
      }
    } else {
      ctx.fail(error_text::kSyntax);
      return false;
    }
  }
  return true;
}

void put(CommandContext& ctx, const KeyRef& key, rdb::Restored& value, const Expiry& expiry) {
  if (value.container != nullptr) {
    ctx.put_container(key, std::move(value.container), expiry);
    return;
  }
  StringValue text(value.text);
  ctx.put_string(key, text.take(), expiry);
}

// RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
Outcome restore(CommandContext& ctx) {
  RestoreOptions options;
  if (!parse_options(ctx, options)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  if (!options.replace && ctx.find(key) != nullptr)
    return ctx.fail("BUSYKEY Target key name already exists.");
  int64_t ttl_ms = 0;
  if (!ctx.integer(2, ttl_ms)) return Outcome::kDone;
  if (ttl_ms < 0) return ctx.fail("ERR Invalid TTL value, must be >= 0");
  const auto bytes = rdb::verified(ctx.arg(3));
  if (!bytes) return ctx.fail("ERR DUMP payload version or checksum are wrong");
  const rdb::Settings settings{ctx.services().keyspace.placement().secret(), ctx.thresholds(), ctx.now_ms()};
  auto value = rdb::restore(*bytes, settings);
  if (!value) return ctx.fail("ERR Bad data format");
  Expiry expiry = Expiry::none();
  if (ttl_ms != 0) {
    // A time beyond all counting is one long ago, as Redis adds.
    const auto sum =
        static_cast<int64_t>(static_cast<uint64_t>(ttl_ms) + static_cast<uint64_t>(ctx.now_ms()));
    const int64_t at_ms = options.absolute ? ttl_ms : sum;
    expiry = options.absolute ? Expiry::absolute(at_ms) : Expiry::relative(at_ms);
  }
  if (ttl_ms != 0 && expiry.at_ms <= ctx.now_ms()) {
    // It has run out already: all it does is to remove what was there.
    if (Entry* const old = ctx.find(key)) {
      ctx.erase(key, old);
      ctx.notify(config::kGenericEvent, "del", key);
    }
  } else {
    // Redis deletes first, so that the key is new each time.
    const bool existed = options.replace && ctx.peek(key, false, false) != nullptr;
    put(ctx, key, *value, expiry);
    if (existed) ctx.notify(config::kNewKeyEvent, "new", key);
    store::Table* const table = ctx.table_if_any(key);
    if (options.idle_seconds >= 0) table->set_idle_seconds(key.bytes, key.hash, options.idle_seconds);
    if (options.frequency >= 0)
      table->set_frequency(key.bytes, key.hash, static_cast<int>(options.frequency));
    ctx.notify(config::kGenericEvent, "restore", key);
  }
  ctx.reply().ok();
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "dump",
     .arity = 2,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kKeyspace,
     .run = dump},
    {.name = "restore",
     .arity = -4,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kKeyspace | acl::kDangerous,
     .run = restore},
    {.name = "restore-asking",
     .arity = -4,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom | kAsking,
     .acl = acl::kKeyspace | acl::kDangerous,
     .run = restore},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> dump_commands() {
  return kTable;
}

}  // namespace corral::commands
