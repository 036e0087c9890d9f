// CLIENT but for LIST, INFO and KILL: names, modes of the connection, pausing and unblocking others.
// Threading: the connection's worker; other workers are told by message.
// See: README.md of this folder.
#include "server/commands/client.h"

#include "server/commands/client_name.h"
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/session/library_patience.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using session::Session;

// --- who I am -----------------------------------------------------------------------------------------------------

// CLIENT ID
Outcome id(CommandContext& ctx) {
  ctx.reply().integer(static_cast<int64_t>(ctx.session().id));
  return Outcome::kDone;
}

// CLIENT GETNAME
Outcome getname(CommandContext& ctx) {
  const std::string name = ctx.session().record->texts().name;
  if (name.empty()) {
    ctx.reply().null();
  } else {
    ctx.reply().bulk(name);
  }
  return Outcome::kDone;
}

// CLIENT SETNAME connection-name
Outcome setname(CommandContext& ctx) {
  if (name_client(ctx, ctx.arg(2))) ctx.reply().ok();
  return Outcome::kDone;
}

// CLIENT SETINFO LIB-NAME|LIB-VER value. The library's name also bounds how long its reads are made to wait.
Outcome setinfo(CommandContext& ctx) {
  const Bytes option = ctx.arg(2);
  const Bytes value = ctx.arg(3);
  const bool is_name = protocol::equals_ignore_case(option, "lib-name");
  if (!is_name && !protocol::equals_ignore_case(option, "lib-ver")) {
    return ctx.fail("ERR Unrecognized option '" + std::string(option) + "'");
  }
  if (!is_client_text(value)) {
    return ctx.fail("ERR " + std::string(option) + " cannot contain spaces, newlines or special characters.");
  }
  ctx.session().record->change_texts(
      [&](auto& texts) { (is_name ? texts.lib_name : texts.lib_version) = std::string(value); });
  if (is_name) ctx.session().patience_cap_ms = session::library_patience_ms(value);
  ctx.reply().ok();
  return Outcome::kDone;
}

// --- modes --------------------------------------------------------------------------------------------------------

// CLIENT REPLY ON|OFF|SKIP: only ON is answered.
Outcome reply_mode(CommandContext& ctx) {
  Session& session = ctx.session();
  if (protocol::equals_ignore_case(ctx.arg(2), "on")) {
    session.unset(session::kReplyOff);
    session.unset(session::kReplySkipThis);
    ctx.reply().ok();
  } else if (protocol::equals_ignore_case(ctx.arg(2), "off")) {
    session.set(session::kReplyOff);
  } else if (protocol::equals_ignore_case(ctx.arg(2), "skip")) {
    if (!session.has(session::kReplyOff)) session.set(session::kReplySkipNext);
  } else {
    return ctx.fail(error_text::kSyntax);
  }
  return Outcome::kDone;
}

Outcome switch_mode(CommandContext& ctx, session::SessionFlag flag, session::ClientFlag shown) {
  Session& session = ctx.session();
  if (protocol::equals_ignore_case(ctx.arg(2), "on")) {
    session.set(flag);
    session.record->flags.fetch_or(shown, std::memory_order_relaxed);
  } else if (protocol::equals_ignore_case(ctx.arg(2), "off")) {
    session.unset(flag);
    session.record->flags.fetch_and(~uint32_t{shown}, std::memory_order_relaxed);
  } else {
    return ctx.fail(error_text::kSyntax);
  }
  ctx.reply().ok();
  return Outcome::kDone;
}

// CLIENT NO-EVICT ON|OFF
Outcome no_evict(CommandContext& ctx) {
  return switch_mode(ctx, session::kNoEvict, session::kClientNoEvict);
}

// CLIENT NO-TOUCH ON|OFF
Outcome no_touch(CommandContext& ctx) {
  return switch_mode(ctx, session::kNoTouch, session::kClientNoTouch);
}

// --- others -------------------------------------------------------------------------------------------------------

Outcome fail_shape(CommandContext& ctx) {
  return ctx.fail("ERR unknown subcommand or wrong number of arguments for '" +
                  std::string(protocol::c_text(ctx.arg(1).substr(0, 128))) + "'. Try CLIENT HELP.");
}

// CLIENT PAUSE timeout [WRITE|ALL]: while a pause lasts, a second one makes it longer and stricter, never less so.
Outcome pause(CommandContext& ctx) {
  if (ctx.argc() > 4) return fail_shape(ctx);
  const bool writes_only = ctx.argc() == 4 && protocol::equals_ignore_case(ctx.arg(3), "write");
  if (ctx.argc() == 4 && !writes_only && !protocol::equals_ignore_case(ctx.arg(3), "all")) {
    return ctx.fail("ERR CLIENT PAUSE mode must be WRITE or ALL");
  }
  const auto ms = protocol::parse_int64(ctx.arg(2));
  if (!ms) return ctx.fail("ERR timeout is not an integer or out of range");
  if (*ms < 0) return ctx.fail("ERR timeout is negative");
  if (*ms > INT64_MAX - ctx.now_ms()) return ctx.fail("ERR timeout is out of range");
  ServerState& state = ctx.services().state;
  const int64_t until_ms = ctx.now_ms() + *ms;
  const int64_t before_ms = state.paused_until_ms.load(std::memory_order_relaxed);
  const bool lasts = before_ms > ctx.now_ms();
  const bool all_before = lasts && !state.pause_writes_only.load(std::memory_order_relaxed);
  state.pause_writes_only.store(writes_only && !all_before, std::memory_order_relaxed);
  state.paused_until_ms.store(lasts && before_ms > until_ms ? before_ms : until_ms,
                              std::memory_order_relaxed);
  ctx.reply().ok();
  return Outcome::kGates;
}

// CLIENT UNPAUSE
Outcome unpause(CommandContext& ctx) {
  ServerState& state = ctx.services().state;
  state.paused_until_ms.store(0, std::memory_order_relaxed);
  for (uint32_t worker = 0; worker < state.workers; ++worker)
    ctx.worker().port.post(worker, UnpauseMessage{});
  ctx.reply().ok();
  return Outcome::kGates;
}

// CLIENT UNBLOCK client-id [TIMEOUT|ERROR]: ends the waiting of blocking commands and of reads held for a fill.
Outcome unblock(CommandContext& ctx) {
  if (ctx.argc() > 4) return fail_shape(ctx);
  const bool with_error = ctx.argc() == 4 && protocol::equals_ignore_case(ctx.arg(3), "error");
  if (ctx.argc() == 4 && !with_error && !protocol::equals_ignore_case(ctx.arg(3), "timeout")) {
    return ctx.fail("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  int64_t client = 0;
  if (!ctx.integer(2, client)) return Outcome::kDone;
  const auto record = ctx.services().clients.find(static_cast<uint64_t>(client));
  const bool waits = record != nullptr && (record->parked_reads.load(std::memory_order_relaxed) > 0 ||
                                           (record->flags.load(std::memory_order_relaxed) & session::kClientBlocked) != 0);
  if (waits) ctx.worker().port.post(record->worker, UnblockMessage{record->id, with_error});
  ctx.reply().integer(waits ? 1 : 0);
  return Outcome::kDone;
}

// --- the table ----------------------------------------------------------------------------------------------------

Outcome help(CommandContext& ctx) {
  static constexpr Bytes kLines[] = {
      "CACHING (YES|NO)",
      "    Whether the keys of the next command are tracked, in mode OPTIN or OPTOUT.",
      "GETNAME",
      "    The name of this connection.",
      "GETREDIR",
      "    Where this connection's invalidations are sent; -1: tracking is off.",
      "ID",
      "    The number of this connection.",
      "INFO",
      "    Describe this connection.",
      "KILL <ip:port>",
      "    Close the connection from this address.",
      "KILL <option> <value> [<option> <value> [...]]",
      "    Close all connections that fit every option:",
      "    * ADDR (<ip:port>|<unixsocket>:0)",
      "      the address it comes from",
      "    * LADDR (<ip:port>|<unixsocket>:0)",
      "      the address it came to",
      "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
      "      its kind",
      "    * USER <username>",
      "      the user it is logged in as",
      "    * ID <client-id>",
      "      its number",
      "    * SKIPME (YES|NO)",
      "      whether this connection is spared (default: yes)",
      "LIST [options ...]",
      "    Describe connections:",
      "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
      "      those of a kind",
      "    * ID <client-id> [<client-id> ...]",
      "      those with these numbers",
      "NO-EVICT (ON|OFF)",
      "    Whether this connection is spared when memory is short.",
      "NO-TOUCH (ON|OFF)",
      "    Whether reads of this connection leave the keys' last use alone.",
      "PAUSE <timeout> [WRITE|ALL]",
      "    Hold back the commands of all connections, or their writes, for so many ms.",
      "REPLY (ON|OFF|SKIP)",
      "    Whether this connection is answered; SKIP: all but the next command.",
      "SETINFO (LIB-NAME|LIB-VER) <value>",
      "    Record the name or version of the client library.",
      "SETNAME <name>",
      "    Name this connection.",
      "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
      "         [OPTIN] [OPTOUT] [NOLOOP]",
      "    Whether this connection is told when what it has read changes.",
      "TRACKINGINFO",
      "    How this connection is tracked.",
      "UNBLOCK <clientid> [TIMEOUT|ERROR]",
      "    End the waiting of a connection's reads.",
      "UNPAUSE",
      "    End the pause.",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kPlain = kNoScript | kLoading | kStale;
constexpr uint32_t kAdminOnly = kAdmin | kPlain;

constexpr CommandSpec kClient[] = {
    {.name = "getname", .arity = 2, .flags = kPlain, .acl = acl::kConnection, .run = getname},
    {.name = "caching", .arity = 3, .flags = kPlain, .acl = acl::kConnection, .run = client_caching},
    {.name = "getredir", .arity = 2, .flags = kPlain, .acl = acl::kConnection, .run = client_getredir},
    {.name = "help", .arity = 2, .flags = kLoading | kStale, .acl = acl::kConnection, .run = help},
    {.name = "id", .arity = 2, .flags = kPlain, .acl = acl::kConnection, .run = id},
    {.name = "info", .arity = 2, .flags = kPlain, .acl = acl::kConnection, .run = client_info},
    {.name = "kill", .arity = -3, .flags = kAdminOnly, .acl = acl::kConnection, .run = client_kill},
    {.name = "list", .arity = -2, .flags = kAdminOnly, .acl = acl::kConnection, .run = client_list},
    {.name = "no-evict", .arity = 3, .flags = kAdminOnly, .acl = acl::kConnection, .run = no_evict},
    {.name = "no-touch", .arity = 3, .flags = kPlain, .acl = acl::kConnection, .run = no_touch},
    {.name = "pause", .arity = -3, .flags = kAdminOnly, .acl = acl::kConnection, .run = pause},
    {.name = "reply", .arity = 3, .flags = kPlain, .acl = acl::kConnection, .run = reply_mode},
    {.name = "setinfo", .arity = 4, .flags = kPlain, .acl = acl::kConnection, .run = setinfo},
    {.name = "setname", .arity = 3, .flags = kPlain, .acl = acl::kConnection, .run = setname},
    {.name = "tracking", .arity = -3, .keys = keys::walk(), .flags = kPlain, .acl = acl::kConnection, .run = client_tracking},
    {.name = "trackinginfo", .arity = 2, .flags = kPlain, .acl = acl::kConnection, .run = client_trackinginfo},
    {.name = "unblock", .arity = -3, .flags = kAdminOnly, .acl = acl::kConnection, .run = unblock},
    {.name = "unpause", .arity = 2, .flags = kAdminOnly, .acl = acl::kConnection, .run = unpause},
};
static_assert(valid(kClient));

constexpr CommandSpec kTable[] = {
    {.name = "client", .arity = -2, .subcommands = kClient},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> client_commands() {
  return kTable;
}

}  // namespace corral::commands
