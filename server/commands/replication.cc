// What a master without replicas answers: WAIT, ROLE, REPLICAOF, FAILOVER; the replicas' own SYNC, PSYNC, REPLCONF.
// Threading: any worker; touches no keys.
// See: README.md of this folder, "What is not there yet".
#include <algorithm>
#include <string>

#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;
using session::BlockedRequest;
namespace error_text = protocol::error_text;

constexpr Bytes kNoReplicas =
    "ERR replication is not part of this version, so nobody can follow this server. DUMP and "
    "RESTORE copy keys to another one.";

// WAIT numreplicas timeout: no replica will ever acknowledge anything, so whoever asks for one waits in vain, as in Redis.
Outcome wait(CommandContext& ctx) {
  int64_t replicas = 0;
  if (!ctx.integer(1, replicas)) return Outcome::kDone;
  const auto timeout_ms = protocol::parse_int64(ctx.arg(2));
  if (!timeout_ms) return ctx.fail("ERR timeout is not an integer or out of range");
  if (*timeout_ms < 0) return ctx.fail("ERR timeout is negative");
  if (replicas <= 0) {
    ctx.reply().integer(0);
    return Outcome::kDone;
  }
  const int64_t until_ms =
      *timeout_ms == 0 ? 0 : ctx.now_ms() + std::min(*timeout_ms, INT64_MAX - ctx.now_ms());
  return ctx.block({}, until_ms, BlockedRequest::Nothing::kZero);
}

// ROLE
Outcome role(CommandContext& ctx) {
  protocol::ReplyWriter& reply = ctx.reply();
  reply.array(3);
  reply.bulk("master");
  reply.integer(0);
  reply.array(0);
  return Outcome::kDone;
}

// REPLICAOF host port, REPLICAOF NO ONE
Outcome replicaof(CommandContext& ctx) {
  if (equals_ignore_case(ctx.arg(1), "no") && equals_ignore_case(ctx.arg(2), "one")) {
    ctx.reply().ok();
    return Outcome::kDone;
  }
  constexpr int64_t kLastPort = 65535;
  const auto port = protocol::parse_int64(ctx.arg(2));
  if (!port || *port < 0 || *port > kLastPort) return ctx.fail("ERR Invalid master port");
  return ctx.fail(
      "ERR replication is not part of this version: this server follows nobody and stays a master. DUMP and "
      "RESTORE copy keys from another one.");
}

// FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]
Outcome failover(CommandContext& ctx) {
  bool abort = false;
  bool target = false;
  bool force = false;
  bool timeout = false;
  for (size_t i = 1; i < ctx.argc(); ++i) {
    const Bytes word = ctx.arg(i);
    int64_t number = 0;
    if (equals_ignore_case(word, "timeout") && i + 1 < ctx.argc() && !timeout) {
      if (!ctx.integer(++i, number)) return Outcome::kDone;
      if (number <= 0) return ctx.fail("ERR FAILOVER timeout must be greater than 0");
      timeout = true;
    } else if (equals_ignore_case(word, "abort") && ctx.argc() == 2) {
      abort = true;
    } else if (equals_ignore_case(word, "to") && i + 2 < ctx.argc() && !target) {
      if (!ctx.integer(i + 2, number)) return Outcome::kDone;
      i += 2;
      target = true;
    } else if (equals_ignore_case(word, "force") && !force) {
      force = true;
    } else {
      return ctx.fail(error_text::kSyntax);
    }
  }
  return ctx.fail(abort ? "ERR No failover in progress." : "ERR FAILOVER requires connected replicas.");
}

// SYNC, PSYNC replicationid offset
Outcome sync(CommandContext& ctx) {
  return ctx.fail(kNoReplicas);
}

// REPLCONF [option value …]
Outcome replconf(CommandContext& ctx) {
  constexpr Bytes kOptions[] = {"listening-port", "ip-address", "capa",           "ack",
                                "getack",         "rdb-only",   "rdb-filter-only"};
  if (ctx.argc() % 2 == 0) return ctx.fail(error_text::kSyntax);
  if (ctx.argc() == 1) {
    ctx.reply().ok();
    return Outcome::kDone;
  }
  const Bytes option = ctx.arg(1);
  if (std::ranges::any_of(kOptions, [option](Bytes known) { return equals_ignore_case(option, known); })) {
    return ctx.fail(kNoReplicas);
  }
  return ctx.fail("ERR Unrecognized REPLCONF option: " + std::string(protocol::c_text(option)));
}

constexpr uint32_t kSyncFlags = kAdmin | kNoScript | kNoAsyncLoading | kNoMulti;
constexpr uint32_t kOfFlags = kAdmin | kNoScript | kStale | kNoAsyncLoading;
constexpr CommandSpec kTable[] = {
    {.name = "wait", .arity = 3, .flags = kNoScript, .acl = acl::kConnection, .run = wait},
    {.name = "role",
     .arity = 1,
     .flags = kNoScript | kLoading | kStale | kFast,
     .acl = acl::kAdmin | acl::kDangerous,
     .run = role},
    {.name = "replicaof", .arity = 3, .flags = kOfFlags, .run = replicaof},
    {.name = "slaveof", .arity = 3, .flags = kOfFlags, .run = replicaof},
    {.name = "failover", .arity = -1, .flags = kAdmin | kNoScript | kStale, .run = failover},
    {.name = "sync", .arity = 1, .flags = kSyncFlags, .run = sync},
    {.name = "psync", .arity = -3, .flags = kSyncFlags, .run = sync},
    {.name = "replconf",
     .arity = -1,
     .flags = kAdmin | kNoScript | kLoading | kStale | kAllowBusy,
     .run = replconf},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> replication_commands() {
  return kTable;
}

}  // namespace corral::commands
