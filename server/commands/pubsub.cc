// Publish and subscribe: SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE, their ends, PUBLISH, SPUBLISH, PUBSUB.
// Threading: no stripe is held; the registry's shards are leaf locks.
// See: server/pubsub/README.md.
#include <string>

#include "server/base/glob.h"
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using pubsub::Kind;

// Clients are told one number: of channels and patterns, or of shard channels.
int64_t count_of(const session::Session& session, Kind kind) {
  const auto size = [&session](Kind of) { return static_cast<int64_t>(session.subscriptions[static_cast<size_t>(of)].size()); };
  return kind == Kind::kShardChannel ? size(kind) : size(Kind::kChannel) + size(Kind::kPattern);
}

void confirm(CommandContext& ctx, Bytes word, const std::string* name, Kind kind) {
  ctx.reply().push(3);
  ctx.reply().bulk(word);
  if (name == nullptr) {
    ctx.reply().null();
  } else {
    ctx.reply().bulk(*name);
  }
  ctx.reply().integer(count_of(ctx.session(), kind));
}

// Over RESP2 the messages that follow could not be told from replies of a transaction or script.
bool may_listen(CommandContext& ctx) {
  if (!ctx.in_transaction() || ctx.session().resp_version >= 3) return true;
  ctx.fail("ERR " + ctx.command().full_name + " is not allowed in a RESP2 transaction");
  return false;
}

template <Kind kind>
Outcome subscribe_to(CommandContext& ctx) {
  constexpr Bytes kWords[] = {"subscribe", "psubscribe", "ssubscribe"};
  if (!may_listen(ctx)) return Outcome::kDone;
  for (size_t i = 1; i < ctx.argc(); ++i) {
    const std::string name(ctx.arg(i));
    dispatch::subscribe(ctx.services(), ctx.worker(), ctx.session(), kind, name);
    confirm(ctx, kWords[static_cast<size_t>(kind)], &name, kind);
  }
  return Outcome::kDone;
}

template <Kind kind>
Outcome unsubscribe_from(CommandContext& ctx) {
  constexpr Bytes kWords[] = {"unsubscribe", "punsubscribe", "sunsubscribe"};
  constexpr Bytes kWord = kWords[static_cast<size_t>(kind)];
  const auto end = [&](const std::string& name) {
    dispatch::unsubscribe(ctx.services(), ctx.worker(), ctx.session(), kind, name);
    confirm(ctx, kWord, &name, kind);
  };
  if (ctx.argc() > 1) {
    for (size_t i = 1; i < ctx.argc(); ++i) end(std::string(ctx.arg(i)));
    return Outcome::kDone;
  }
  const auto names = ctx.session().subscriptions[static_cast<size_t>(kind)];
  if (names.empty()) confirm(ctx, kWord, nullptr, kind);
  for (const std::string& name : names) end(name);
  return Outcome::kDone;
}

template <Kind kind>
Outcome publish_to(CommandContext& ctx) {
  // Who publishes to itself hears it before the reply, as in Redis; not in the middle of EXEC's, where Redis breaks it.
  const uint64_t executing = ctx.in_transaction() ? ctx.session().id : 0;
  ctx.reply().integer(static_cast<int64_t>(publish(ctx.services(), ctx.worker(), kind, ctx.arg(1), ctx.arg(2), executing)));
  return Outcome::kDone;
}

// PUBSUB CHANNELS [pattern], PUBSUB SHARDCHANNELS [pattern]
template <Kind kind>
Outcome channels(CommandContext& ctx) {
  std::vector<std::string> names = ctx.services().pubsub.names(kind);
  if (ctx.argc() > 2) std::erase_if(names, [&ctx](const auto& name) { return !base::glob_matches(ctx.arg(2), name); });
  ctx.reply().array(static_cast<int64_t>(names.size()));
  for (const std::string& name : names) ctx.reply().bulk(name);
  return Outcome::kDone;
}

// PUBSUB NUMSUB [channel ...], PUBSUB SHARDNUMSUB [channel ...]
template <Kind kind>
Outcome numsub(CommandContext& ctx) {
  ctx.reply().array(static_cast<int64_t>(2 * (ctx.argc() - 2)));
  for (size_t i = 2; i < ctx.argc(); ++i) {
    ctx.reply().bulk(ctx.arg(i));
    ctx.reply().integer(ctx.services().pubsub.listeners(kind, ctx.arg(i)).total);
  }
  return Outcome::kDone;
}

// PUBSUB NUMPAT
Outcome numpat(CommandContext& ctx) {
  ctx.reply().integer(static_cast<int64_t>(ctx.services().pubsub.patterns()));
  return Outcome::kDone;
}

Outcome help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "CHANNELS [<pattern>]",
      "    Tell the channels that somebody listens to, or those that match <pattern>.",
      "NUMPAT",
      "    Tell how many patterns somebody listens to.",
      "NUMSUB [<channel> ...]",
      "    Tell how many clients listen to each channel; patterns are not counted.",
      "SHARDCHANNELS [<pattern>]",
      "    As CHANNELS, for shard channels.",
      "SHARDNUMSUB [<shardchannel> ...]",
      "    As NUMSUB, for shard channels.",
  };
  return answer_help(ctx, kLines);
}

constexpr CommandSpec about(std::string_view name, int arity, Handler run) {
  return {.name = name, .arity = arity, .flags = kPubsub | kLoading | kStale, .acl = acl::kPubSub, .run = run};
}
constexpr CommandSpec kSubcommands[] = {
    about("channels", -2, channels<Kind::kChannel>),
    about("numpat", 2, numpat),
    about("numsub", -2, numsub<Kind::kChannel>),
    about("shardchannels", -2, channels<Kind::kShardChannel>),
    about("shardnumsub", -2, numsub<Kind::kShardChannel>),
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .run = help},
};
static_assert(valid(kSubcommands));

constexpr uint32_t kListen = kPubsub | kNoScript | kLoading | kStale | kWhileSubscribed;
constexpr CommandSpec listen(std::string_view name, int arity, Handler run) {
  return {.name = name, .arity = arity, .flags = kListen, .acl = acl::kPubSub, .run = run};
}
constexpr uint32_t kSend = kPubsub | kLoading | kStale | kFast | kMayReplicate;
constexpr CommandSpec kTable[] = {
    listen("subscribe", -2, subscribe_to<Kind::kChannel>),
    listen("unsubscribe", -1, unsubscribe_from<Kind::kChannel>),
    listen("psubscribe", -2, subscribe_to<Kind::kPattern>),
    listen("punsubscribe", -1, unsubscribe_from<Kind::kPattern>),
    listen("ssubscribe", -2, subscribe_to<Kind::kShardChannel>),
    listen("sunsubscribe", -1, unsubscribe_from<Kind::kShardChannel>),
    {.name = "publish", .arity = 3, .flags = kSend, .acl = acl::kPubSub, .run = publish_to<Kind::kChannel>},
    {.name = "spublish", .arity = 3, .flags = kSend, .acl = acl::kPubSub, .run = publish_to<Kind::kShardChannel>},
    {.name = "pubsub", .arity = -2, .subcommands = kSubcommands},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> pubsub_commands() { return kTable; }

}  // namespace corral::commands
