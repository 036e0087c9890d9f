// Consumer groups of streams: XGROUP with its sub-commands.
// Threading: the stripes of the command's keys are held.
// See: server/types/README.md, "Streams"; server/types/stream_group.h.
#include "server/commands/help.h"
#include "server/commands/stream_arguments.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using types::StreamGroup;
using types::StreamValue;

// As the parent of the sub-commands would answer.
Outcome fail_subcommand(CommandContext& ctx) {
  return fail_quoting(ctx, {"ERR unknown subcommand or wrong number of arguments for ",
                            ctx.arg(1).substr(0, 128), ". Try XGROUP HELP."});
}

struct GroupOptions {
  bool makes_stream = false;
  int64_t entries_read = StreamGroup::kUnknown;
};

// What follows the id, from argument 5 on; on failure writes the error and returns false.
bool read_options(CommandContext& ctx, bool may_make_stream, GroupOptions& out) {
  for (size_t i = 5; i < ctx.argc(); ++i) {
    if (may_make_stream && protocol::equals_ignore_case(ctx.arg(i), "mkstream")) {
      out.makes_stream = true;
    } else if (protocol::equals_ignore_case(ctx.arg(i), "entriesread") && i + 1 < ctx.argc()) {
      if (!ctx.integer(++i, out.entries_read)) return false;
      if (out.entries_read < 0 && out.entries_read != StreamGroup::kUnknown) {
        ctx.fail("ERR value for ENTRIESREAD must be positive or -1");
        return false;
      }
    } else {
      fail_subcommand(ctx);
      return false;
    }
  }
  return true;
}

Outcome fail_no_stream(CommandContext& ctx) {
  return ctx.fail(
      "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the "
      "MKSTREAM "
      "option to create an empty stream automatically.");
}

// The group of arguments 2 and 3; null with the error written when there is none.
StreamGroup* group_or_error(CommandContext& ctx, StreamEdit& stream) {
  if (stream.refused()) return nullptr;
  if (!stream) {
    fail_no_stream(ctx);
    return nullptr;
  }
  StreamGroup* const group = stream->groups().find(ctx.arg(3));
  if (group == nullptr) {
    fail_quoting(ctx, {"NOGROUP No such consumer group ", ctx.arg(3), " for key name ", ctx.arg(2)});
  }
  return group;
}

// XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD entries-read]
Outcome create(CommandContext& ctx) {
  constexpr size_t kMostArguments = 8;
  GroupOptions options;
  if (!read_options(ctx, true, options)) return Outcome::kDone;
  const KeyRef key = ctx.key(2);
  StreamEdit stream(ctx, key);
  if (stream.refused()) return Outcome::kDone;
  if (!stream && !options.makes_stream) return fail_no_stream(ctx);
  if (ctx.argc() > kMostArguments) return fail_subcommand(ctx);
  const bool is_new = !stream;
  StreamId id;
  if (ctx.arg(4) != "$") {
    if (!stream_id_argument(ctx, 4, id)) return Outcome::kDone;
  } else if (!is_new) {
    id = stream->last_id();
  }
  StreamValue& value = stream.make();
  if (value.groups().find(ctx.arg(3)) != nullptr) {
    return ctx.fail("BUSYGROUP Consumer Group name already exists");
  }
  value.groups().add(ctx.arg(3), id, options.entries_read);
  is_new ? stream.finish(1) : finish_group_change(ctx, stream, 1);
  ctx.notify(config::kStreamEvent, "xgroup-create", key);
  ctx.reply().ok();
  return Outcome::kDone;
}

// XGROUP SETID key group id|$ [ENTRIESREAD entries-read]
Outcome set_id(CommandContext& ctx) {
  constexpr size_t kMostArguments = 7;
  GroupOptions options;
  if (!read_options(ctx, false, options)) return Outcome::kDone;
  const KeyRef key = ctx.key(2);
  StreamEdit stream(ctx, key);
  StreamGroup* const group = group_or_error(ctx, stream);
  if (group == nullptr) return Outcome::kDone;
  if (ctx.argc() > kMostArguments) return fail_subcommand(ctx);
  const auto id = ctx.arg(4) == "$" ? stream->last_id() : parse_stream_id(ctx.arg(4), {.strict = false});
  if (!id) return ctx.fail(kBadStreamId);
  group->last_id = *id;
  group->entries_read = options.entries_read;
  finish_group_change(ctx, stream, 1);
  ctx.notify(config::kStreamEvent, "xgroup-setid", key);
  ctx.reply().ok();
  return Outcome::kDone;
}

// XGROUP DESTROY key group
Outcome destroy(CommandContext& ctx) {
  const KeyRef key = ctx.key(2);
  StreamEdit stream(ctx, key);
  if (stream.refused()) return Outcome::kDone;
  if (!stream) return fail_no_stream(ctx);
  StreamGroup* const group = stream->groups().find(ctx.arg(3));
  if (group == nullptr) {
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  stream->groups().remove(*group);
  finish_group_change(ctx, stream, 1);
  ctx.notify(config::kStreamEvent, "xgroup-destroy", key);
  // Whoever waits in the group must be told.
  ctx.wake_blocked(key);
  ctx.reply().integer(1);
  return Outcome::kDone;
}

// XGROUP CREATECONSUMER key group consumer
Outcome create_consumer(CommandContext& ctx) {
  const KeyRef key = ctx.key(2);
  StreamEdit stream(ctx, key);
  StreamGroup* const group = group_or_error(ctx, stream);
  if (group == nullptr) return Outcome::kDone;
  const bool is_new = group->find_consumer(ctx.arg(4)) == nullptr;
  if (is_new) consumer_seen(ctx, key, *group, ctx.arg(4));
  finish_group_change(ctx, stream, 0);
  ctx.reply().integer(is_new ? 1 : 0);
  return Outcome::kDone;
}

// XGROUP DELCONSUMER key group consumer
Outcome delete_consumer(CommandContext& ctx) {
  const KeyRef key = ctx.key(2);
  StreamEdit stream(ctx, key);
  StreamGroup* const group = group_or_error(ctx, stream);
  if (group == nullptr) return Outcome::kDone;
  types::StreamConsumer* const consumer = group->find_consumer(ctx.arg(4));
  const uint64_t pending = consumer == nullptr ? 0 : group->remove_consumer(*consumer);
  finish_group_change(ctx, stream, consumer == nullptr ? 0 : 1);
  if (consumer != nullptr) ctx.notify(config::kStreamEvent, "xgroup-delconsumer", key);
  ctx.reply().integer(static_cast<int64_t>(pending));
  return Outcome::kDone;
}

// XGROUP HELP
Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "CREATE <key> <groupname> <id|$> [option]",
      "    Make a group that has read everything up to <id>. Options are:",
      "    * MKSTREAM",
      "      Make an empty stream if there is none.",
      "    * ENTRIESREAD entries_read",
      "      How many entries the group has read, which tells its lag.",
      "CREATECONSUMER <key> <groupname> <consumer>",
      "    Make a consumer in the group.",
      "DELCONSUMER <key> <groupname> <consumer>",
      "    Remove the consumer with what is pending for it.",
      "DESTROY <key> <groupname>",
      "    Remove the group with its consumers.",
      "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
      "    Set up to where the group has read.",
  };
  return answer_help(ctx, kLines);
}

constexpr CommandSpec on_group(std::string_view name, int arity, uint32_t flags, Handler run) {
  return {
      .name = name, .arity = arity, .keys = keys::one(2), .flags = flags, .acl = acl::kStream, .run = run};
}
constexpr CommandSpec kSubcommands[] = {
    on_group("create", -5, kWrite | kDenyOom, create),
    on_group("setid", -5, kWrite, set_id),
    on_group("destroy", 4, kWrite, destroy),
    on_group("createconsumer", 5, kWrite | kDenyOom, create_consumer),
    on_group("delconsumer", 5, kWrite, delete_consumer),
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .acl = acl::kStream, .run = help},
};
static_assert(valid(kSubcommands));
constexpr CommandSpec kTable[] = {{.name = "xgroup", .arity = -2, .subcommands = kSubcommands}};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> stream_group_commands() {
  return kTable;
}

}  // namespace corral::commands
