// Documentation of the commands that publish and listen: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ArgumentDoc kPsubscribePatternArguments[] = {
    {.name = "pattern", .type = "pattern"},
};
constexpr ArgumentDoc kPsubscribeArguments[] = {
    {.name = "pattern", .type = "block", .flags = kMultiple, .children = kPsubscribePatternArguments},
};
constexpr ArgumentDoc kPublishArguments[] = {
    {.name = "channel", .type = "string"},
    {.name = "message", .type = "string"},
};
constexpr ArgumentDoc kPubsubChannelsArguments[] = {
    {.name = "pattern", .type = "pattern", .flags = kOptional},
};
constexpr ArgumentDoc kPubsubNumsubArguments[] = {
    {.name = "channel", .type = "string", .flags = kOptional | kMultiple},
};
constexpr ArgumentDoc kPubsubShardnumsubArguments[] = {
    {.name = "shardchannel", .type = "string", .flags = kOptional | kMultiple},
};
constexpr ArgumentDoc kPunsubscribeArguments[] = {
    {.name = "pattern", .type = "pattern", .flags = kOptional | kMultiple},
};
constexpr ArgumentDoc kSpublishArguments[] = {
    {.name = "shardchannel", .type = "string"},
    {.name = "message", .type = "string"},
};
constexpr KeySpecDoc kSpublishKeys[] = {
    {.flags = kNotKey, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kSsubscribeArguments[] = {
    {.name = "shardchannel", .type = "string", .flags = kMultiple},
};
constexpr KeySpecDoc kSsubscribeKeys[] = {
    {.flags = kNotKey, .begin = {.position = 1}, .find = {.last = -1, .step = 1}}};
constexpr ArgumentDoc kSubscribeArguments[] = {
    {.name = "channel", .type = "string", .flags = kMultiple},
};

constexpr CommandDoc kDocs[] = {
    {.name = "psubscribe",
     .summary = "Starts to listen to all channels that match patterns.",
     .since = "2.0.0",
     .group = "pubsub",
     .complexity = "O(N), N the patterns",
     .arguments = kPsubscribeArguments},
    {.name = "publish",
     .summary = "Sends a message to who listens to a channel.",
     .since = "2.0.0",
     .group = "pubsub",
     .complexity = "O(N+M), N the listeners, M the patterns that anybody listens to",
     .arguments = kPublishArguments},
    {.name = "pubsub",
     .summary = "Tells what is listened to.",
     .since = "2.8.0",
     .group = "pubsub",
     .complexity = "that of the sub-command"},
    {.name = "pubsub|channels",
     .summary = "Lists the channels that somebody listens to.",
     .since = "2.8.0",
     .group = "pubsub",
     .complexity = "O(N), N the channels",
     .arguments = kPubsubChannelsArguments},
    {.name = "pubsub|help",
     .summary = "Explains the sub-commands.",
     .since = "6.2.0",
     .group = "pubsub",
     .complexity = "O(1)"},
    {.name = "pubsub|numpat",
     .summary = "Counts the patterns that somebody listens to.",
     .since = "2.8.0",
     .group = "pubsub",
     .complexity = "O(1)"},
    {.name = "pubsub|numsub",
     .summary = "Counts who listens to each channel.",
     .since = "2.8.0",
     .group = "pubsub",
     .complexity = "O(N), N the channels asked for",
     .arguments = kPubsubNumsubArguments},
    {.name = "pubsub|shardchannels",
     .summary = "Lists the shard channels that somebody listens to.",
     .since = "7.0.0",
     .group = "pubsub",
     .complexity = "O(N), N the shard channels",
     .arguments = kPubsubChannelsArguments},
    {.name = "pubsub|shardnumsub",
     .summary = "Counts who listens to each shard channel.",
     .since = "7.0.0",
     .group = "pubsub",
     .complexity = "O(N), N the shard channels asked for",
     .arguments = kPubsubShardnumsubArguments},
    {.name = "punsubscribe",
     .summary = "Stops listening to patterns, or to all of them.",
     .since = "2.0.0",
     .group = "pubsub",
     .complexity = "O(N+M), N the patterns of the client, M those of all clients",
     .arguments = kPunsubscribeArguments},
    {.name = "spublish",
     .summary = "Sends a message to who listens to a shard channel.",
     .since = "7.0.0",
     .group = "pubsub",
     .complexity = "O(N), N the listeners",
     .arguments = kSpublishArguments,
     .key_specs = kSpublishKeys},
    {.name = "ssubscribe",
     .summary = "Starts to listen to shard channels.",
     .since = "7.0.0",
     .group = "pubsub",
     .complexity = "O(N), N the shard channels",
     .arguments = kSsubscribeArguments,
     .key_specs = kSsubscribeKeys},
    {.name = "subscribe",
     .summary = "Starts to listen to channels.",
     .since = "2.0.0",
     .group = "pubsub",
     .complexity = "O(N), N the channels",
     .arguments = kSubscribeArguments},
    {.name = "sunsubscribe",
     .summary = "Stops listening to shard channels, or to all of them.",
     .since = "7.0.0",
     .group = "pubsub",
     .complexity = "O(N), N the shard channels",
     .arguments = kPubsubShardnumsubArguments,
     .key_specs = kSsubscribeKeys},
    {.name = "unsubscribe",
     .summary = "Stops listening to channels, or to all of them.",
     .since = "2.0.0",
     .group = "pubsub",
     .complexity = "O(N), N the channels",
     .arguments = kPubsubNumsubArguments},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> pubsub_docs() {
  return kDocs;
}

}  // namespace corral::commands
