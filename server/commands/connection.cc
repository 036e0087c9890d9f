// The state of one's own connection: PING, ECHO, HELLO, AUTH, QUIT, RESET.
// Threading: the connection's worker.
// See: README.md of this folder.
#include <vector>

#include "protocol/redis_version.h"
#include "server/commands/client_name.h"
#include "server/commands/tables.h"
#include "server/dispatch/permissions.h"
#include "server/dispatch/tracking.h"
#include "server/dispatch/transaction.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using session::Session;

// PING [message]
Outcome ping(CommandContext& ctx) {
  if (ctx.argc() > 2) return ctx.fail_arity();
  if (ctx.session().has(session::kSubscribed) && ctx.session().resp_version == 2) {
    // Where messages come as arrays, so does this.
    ctx.reply().array(2);
    ctx.reply().bulk("pong");
    ctx.reply().bulk(ctx.argc() == 2 ? ctx.arg(1) : Bytes());
  } else if (ctx.argc() == 2) {
    ctx.reply().bulk(ctx.arg(1));
  } else {
    ctx.reply().simple("PONG");
  }
  return Outcome::kDone;
}

// ECHO message
Outcome echo(CommandContext& ctx) {
  ctx.reply().bulk(ctx.arg(1));
  return Outcome::kDone;
}

// AUTH [username] password
Outcome auth(CommandContext& ctx) {
  if (ctx.argc() > 3) return ctx.fail(error_text::kSyntax);
  const bool only_password = ctx.argc() == 2;
  if (only_password && ctx.services().users.default_needs_no_password()) {
    return ctx.fail(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
        "configuration is correct?");
  }
  if (log_in(ctx, only_password ? Bytes(acl::kDefaultUser) : ctx.arg(1), ctx.arg(ctx.argc() - 1))) ctx.reply().ok();
  return Outcome::kDone;
}

void set_resp_version(Session& session, int version) {
  session.resp_version = version;
  session.record->resp_version.store(version, std::memory_order_relaxed);
}

void describe_server(CommandContext& ctx) {
  const Session& session = ctx.session();
  protocol::ReplyWriter reply(ctx.reply().buffer(), session.resp_version);
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(protocol::kRedisVersion);
  reply.bulk("proto");
  reply.integer(session.resp_version);
  reply.bulk("id");
  reply.integer(static_cast<int64_t>(session.id));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array(0);
}

// HELLO [protover [AUTH username password] [SETNAME clientname]]: options take effect one after the other, also when
// a later one is wrong; the protocol changes last.
Outcome hello(CommandContext& ctx) {
  int64_t version = 0;
  if (ctx.argc() > 1) {
    const auto wanted = protocol::parse_int64(ctx.arg(1));
    if (!wanted) return ctx.fail("ERR Protocol version is not an integer or out of range");
    if (*wanted < 2 || *wanted > 3) return ctx.fail("NOPROTO unsupported protocol version");
    version = *wanted;
  }
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const size_t more = ctx.argc() - 1 - i;
    if (more >= 2 && protocol::equals_ignore_case(ctx.arg(i), "auth")) {
      if (!log_in(ctx, ctx.arg(i + 1), ctx.arg(i + 2))) return Outcome::kDone;
      i += 2;
    } else if (more >= 1 && protocol::equals_ignore_case(ctx.arg(i), "setname")) {
      if (!name_client(ctx, ctx.arg(i + 1))) return Outcome::kDone;
      ++i;
    } else {
      return ctx.fail("ERR Syntax error in HELLO option '" + std::string(protocol::c_text(ctx.arg(i))) + "'");
    }
  }
  if (ctx.session().has(session::kNotAuthenticated)) {
    return ctx.fail(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> "
        "<pass> option can be used to authenticate the client and select the RESP protocol version at the "
        "same time");
  }
  if (version != 0) set_resp_version(ctx.session(), static_cast<int>(version));
  describe_server(ctx);
  return Outcome::kDone;
}

// QUIT
Outcome quit(CommandContext& ctx) {
  ctx.reply().ok();
  return Outcome::kClose;
}

void leave_monitor_mode(CommandContext& ctx) {
  Session& session = ctx.session();
  if (!session.has(session::kMonitoring)) return;
  session.unset(session::kMonitoring);
  session.record->flags.fetch_and(~uint32_t{session::kClientMonitor}, std::memory_order_relaxed);
  std::erase(ctx.worker().monitors, session.id);
  ctx.services().state.monitors.fetch_sub(1, std::memory_order_relaxed);
}

// RESET: a connection as it was accepted, but for CLIENT NO-EVICT and the library's name, which stay true.
Outcome reset(CommandContext& ctx) {
  Session& session = ctx.session();
  leave_monitor_mode(ctx);
  unsubscribe_all(ctx.services(), ctx.worker(), session);
  stop_tracking(ctx.services(), ctx.worker(), session);
  drop_queue(session);
  unwatch(ctx.services(), session);
  session.database = 0;
  session.record->database.store(0, std::memory_order_relaxed);
  set_resp_version(session, 2);
  session.record->change_texts([](auto& texts) { texts.name.clear(); });
  session.unset(session::kNoTouch);
  session.record->flags.fetch_and(~uint32_t{session::kClientNoTouch}, std::memory_order_relaxed);
  session.unset(session::kReplyOff);
  session.unset(session::kReplySkipNext);
  become_default(ctx.services(), session);
  ctx.reply().simple("RESET");
  return Outcome::kDone;
}

constexpr uint32_t kEarly = kNoScript | kLoading | kStale | kFast | kNoAuth | kAllowBusy;

constexpr CommandSpec kTable[] = {
    {.name = "ping", .arity = -1, .flags = kFast | kWhileSubscribed, .acl = acl::kConnection, .run = ping},
    {.name = "echo", .arity = 2, .flags = kLoading | kStale | kFast, .acl = acl::kConnection, .run = echo},
    {.name = "hello", .arity = -1, .flags = kEarly, .acl = acl::kConnection, .run = hello},
    {.name = "auth", .arity = -2, .flags = kEarly, .acl = acl::kConnection, .run = auth},
    {.name = "quit", .arity = -1, .flags = kEarly | kNotQueued | kWhileSubscribed, .acl = acl::kConnection, .run = quit},
    {.name = "reset",
     .arity = 1,
     .keys = keys::queued(),
     .flags = kEarly | kNotQueued | kWhileSubscribed,
     .acl = acl::kConnection,
     .run = reset},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> connection_commands() {
  return kTable;
}

}  // namespace corral::commands
