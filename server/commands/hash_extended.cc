// Reading, writing and removing fields together with their times (Redis 8.0): HGETEX HSETEX HGETDEL.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder, "Times of fields".
#include "protocol/number.h"
#include "server/commands/field_list.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;
using types::HashValue;

// Answers the value of the field, nil when there is none. Returns whether there is one.
bool reply_field(CommandContext& ctx, HashEdit& hash, Bytes field) {
  const auto value = hash ? hash->get(field, ctx.now_ms()) : std::nullopt;
  value ? write_element(ctx.reply(), *value) : ctx.reply().null();
  return value.has_value();
}

// HGETDEL key FIELDS numfields field [field ...]
Outcome hgetdel(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  HashEdit hash(ctx, key);
  FieldList fields;
  if (hash.refused() || !read_field_list(ctx, 2, kFieldsNotPositive, fields)) return Outcome::kDone;
  ctx.reply().array(static_cast<int64_t>(fields.size()));
  int64_t removed = 0;
  for (size_t i = fields.first; i < fields.end; ++i) {
    if (!reply_field(ctx, hash, ctx.arg(i))) continue;
    hash->erase(ctx.arg(i), ctx.now_ms());
    ++removed;
  }
  if (removed > 0) hash.finish_removal(removed, "hdel");
  return Outcome::kDone;
}

// HGETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST] FIELDS numfields field [field ...]
Outcome hgetex(CommandContext& ctx) {
  const KeyRef key = ctx.key(1);
  HashEdit hash(ctx, key);
  if (hash.refused()) return Outcome::kDone;
  const auto form = parse_time_form(ctx.arg(2));
  const bool persist = equals_ignore_case(ctx.arg(2), "persist");
  int64_t at_ms = HashValue::kNever;
  if (form && !read_field_time(ctx, 3, *form, at_ms)) return Outcome::kDone;
  FieldList fields;
  if (!read_field_list(ctx, form ? 4 : persist ? 3 : 2, kFieldsNotPositive, fields)) return Outcome::kDone;
  ctx.reply().array(static_cast<int64_t>(fields.size()));
  int64_t updated = 0;
  int64_t removed = 0;
  for (size_t i = fields.first; i < fields.end; ++i) {
    const Bytes field = ctx.arg(i);
    if (!reply_field(ctx, hash, field)) continue;
    if (form) {
      (expire_or_remove(*hash, field, at_ms, ctx.now_ms()) ? removed : updated) += 1;
    } else if (persist && hash->expiry_ms(field, ctx.now_ms()) != HashValue::kNever) {
      hash->set_expiry(field, HashValue::kNever, ctx.now_ms());
      ++updated;
    }
  }
  if (updated + removed > 0) {
    hash.finish_removal(updated + removed,
                   removed > 0 ? "hdel"
                   : persist   ? "hpersist"
                               : "hexpire");
  }
  return Outcome::kDone;
}

struct SetOptions {
  enum class When : uint8_t { kAlways, kAllMissing, kAllThere };
  When when = When::kAlways;
  bool keep_time = false;
  std::optional<int64_t> at_ms;
  FieldList pairs;
};

// FIELDS numfields field value [field value ...]
bool read_pairs(CommandContext& ctx, size_t at, FieldList& pairs) {
  if (at + 3 >= ctx.argc()) {
    ctx.fail_arity();
    return false;
  }
  const auto count = protocol::parse_int64(ctx.arg(at + 1));
  if (!count || *count < 1 || *count > INT32_MAX) {
    ctx.fail("ERR invalid number of fields");
    return false;
  }
  pairs = {at + 2, ctx.argc()};
  if (pairs.size() % 2 != 0 || static_cast<uint64_t>(*count) != pairs.size() / 2) {
    ctx.fail_arity();
    return false;
  }
  return true;
}

// One option at argument `i`, which is moved to its last word. On failure answers the error.
bool read_option(CommandContext& ctx, size_t& i, SetOptions& options) {
  using When = SetOptions::When;
  const Bytes word = ctx.arg(i);
  const auto form = parse_time_form(word);
  const bool keep = equals_ignore_case(word, "keepttl");
  const bool all_there = equals_ignore_case(word, "fxx");
  if (form || keep) {
    if (options.at_ms || options.keep_time) {
      ctx.fail("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
      return false;
    }
    options.keep_time = keep;
    if (keep) return true;
    if (++i >= ctx.argc()) {
      ctx.fail("ERR missing expire time");
      return false;
    }
    return read_field_time(ctx, i, *form, options.at_ms.emplace());
  }
  if (all_there || equals_ignore_case(word, "fnx")) {
    if (options.when != When::kAlways) {
      ctx.fail("ERR Only one of FXX or FNX arguments can be specified");
      return false;
    }
    options.when = all_there ? When::kAllThere : When::kAllMissing;
    return true;
  }
  ctx.fail("ERR unknown argument: " + std::string(protocol::c_text(word)));
  return false;
}

bool read_set_options(CommandContext& ctx, SetOptions& options) {
  for (size_t i = 2; i < ctx.argc(); ++i) {
    if (equals_ignore_case(ctx.arg(i), "fields")) return read_pairs(ctx, i, options.pairs);
    if (!read_option(ctx, i, options)) return false;
  }
  ctx.fail_arity();  // as when FIELDS has nothing behind it
  return false;
}

bool may_set(CommandContext& ctx, HashEdit& hash, const SetOptions& options) {
  using When = SetOptions::When;
  if (options.when == When::kAlways) return true;
  for (size_t i = options.pairs.first; i < options.pairs.end; i += 2) {
    const bool there = hash && hash->contains(ctx.arg(i), ctx.now_ms());
    if (there != (options.when == When::kAllThere)) return false;
  }
  return true;
}

// HSETEX key [FNX | FXX] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL] FIELDS numfields field value [field value ...]
Outcome hsetex(CommandContext& ctx) {
  SetOptions options;
  if (!read_set_options(ctx, options)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  HashEdit hash(ctx, key);
  if (hash.refused()) return Outcome::kDone;
  if (!may_set(ctx, hash, options)) {
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  HashValue& value = hash_of(ctx, hash);
  bool removed = false;
  const auto expiry = options.keep_time ? HashValue::Expiry::kKeep : HashValue::Expiry::kClear;
  for (size_t i = options.pairs.first; i < options.pairs.end; i += 2) {
    value.set(ctx.arg(i), ctx.arg(i + 1), ctx.now_ms(), ctx.thresholds(), expiry);
    if (options.at_ms) removed |= expire_or_remove(value, ctx.arg(i), *options.at_ms, ctx.now_ms());
  }
  const bool gone = value.size() == 0;
  hash.finish(static_cast<int64_t>(options.pairs.size() / 2));
  ctx.notify(config::kHashEvent, "hset", key);
  if (options.at_ms) ctx.notify(config::kHashEvent, removed ? "hdel" : "hexpire", key);
  if (gone) ctx.notify(config::kGenericEvent, "del", key);
  ctx.reply().integer(1);
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "hgetdel",
     .arity = -5,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kHash,
     .run = hgetdel},
    {.name = "hgetex",
     .arity = -5,
     .keys = keys::one(1),
     .flags = kWrite | kFast,
     .acl = acl::kHash,
     .run = hgetex},
    {.name = "hsetex",
     .arity = -6,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom | kFast,
     .acl = acl::kHash,
     .run = hsetex},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> hash_extended_commands() {
  return kTable;
}

}  // namespace corral::commands
