// CLIENT LIST and CLIENT INFO: one line of name=value fields per connection.
// Threading: relaxed reads of the records; a line of another worker's connection may be a turn old.
// See: client.h.
#include <algorithm>
#include <string>

#include "server/commands/client.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using session::ClientRecord;
using session::Session;

template <typename Value>
Value read(const std::atomic<Value>& field) {
  return field.load(std::memory_order_relaxed);
}

void add_text(std::string& line, std::string_view name, std::string_view value) {
  line.append(name).append("=").append(value).append(" ");
}

template <typename Number>
void add(std::string& line, std::string_view name, Number value) {
  add_text(line, name, std::to_string(value));
}

// `self` is the session of the record when it is the asking connection's own, else null.
std::string flag_letters(const ClientRecord& record, const Session* self) {
  const uint32_t flags = read(record.flags);
  const bool dirty = self != nullptr && self->watch_mark && read(self->watch_mark->dirty);
  std::string letters;
  const auto letter = [&letters](bool on, char name) {
    if (on) letters += name;
  };
  letter((flags & session::kClientMonitor) != 0, 'O');
  letter((flags & session::kClientPubsub) != 0, 'P');
  letter(read(record.queued_commands) >= 0, 'x');
  letter(read(record.parked_reads) > 0 || (flags & (session::kClientPaused | session::kClientBlocked)) != 0, 'b');
  letter((flags & session::kClientTracking) != 0, 't');
  letter((flags & session::kClientTrackingBroken) != 0, 'R');
  letter((flags & session::kClientTrackingBroadcast) != 0, 'B');
  letter(dirty || (flags & session::kClientDirtyCas) != 0, 'd');
  letter((flags & session::kClientCloseSoon) != 0, 'c');
  letter((flags & session::kClientUnixSocket) != 0, 'U');
  letter((flags & session::kClientNoEvict) != 0, 'e');
  letter((flags & session::kClientNoTouch) != 0, 'T');
  return letters.empty() ? "N" : letters;
}

size_t argument_bytes(const CommandContext& ctx) {
  size_t bytes = 0;
  for (size_t i = 0; i < ctx.argc(); ++i) bytes += ctx.arg(i).size();
  return bytes;
}

// The fields of Redis 7.0 in its order, the library as 7.2 has it, and behind them our own.
void add_line(std::string& out, const ClientRecord& record, const CommandContext& ctx, const Session* self) {
  const ClientRecord::Texts texts = record.texts();
  const uint64_t input = read(record.query_bytes);
  const uint64_t input_free = read(record.query_free);
  const uint64_t queued = read(record.argument_bytes);
  const uint64_t output = read(record.output_bytes);
  const uint64_t reply_memory = read(record.reply_memory);
  const auto seconds_since = [&ctx](int64_t then_ms) {
    return std::max<int64_t>(0, (ctx.now_ms() - then_ms) / 1000);
  };
  add(out, "id", record.id);
  add_text(out, "addr", record.address);
  add_text(out, "laddr", record.local_address);
  add(out, "fd", record.fd);
  add_text(out, "name", texts.name);
  add(out, "age", seconds_since(record.created_ms));
  add(out, "idle", seconds_since(read(record.last_active_ms)));
  add_text(out, "flags", flag_letters(record, self));
  add(out, "db", read(record.database));
  add(out, "sub", read(record.subscriptions[0]));
  add(out, "psub", read(record.subscriptions[1]));
  add(out, "ssub", read(record.subscriptions[2]));
  add(out, "multi", read(record.queued_commands));
  add(out, "qbuf", input);
  add(out, "qbuf-free", input_free);
  // Arguments are views into the input; only who asks has any while it is asked.
  add(out, "argv-mem", self != nullptr ? argument_bytes(ctx) : 0);
  add(out, "multi-mem", queued);
  add(out, "rbs", reply_memory);
  add(out, "rbp", read(record.reply_memory_peak));
  // Replies of this turn, which lie in memory of the worker until the socket has had its chance.
  add(out, "obl", self != nullptr ? self->output.total_bytes() - self->output.held_bytes() : 0);
  add(out, "oll", read(record.output_buffers));
  add(out, "omem", output);
  add(out, "tot-mem",
      sizeof(ClientRecord) + sizeof(Session) + input + input_free + queued + std::max(output, reply_memory));
  add_text(out, "events", output > 0 ? "rw" : "r");
  add_text(out, "cmd", read(record.last_command));
  add_text(out, "user", texts.user);
  add(out, "redir", read(record.redirect));
  add(out, "resp", read(record.resp_version));
  add_text(out, "lib-name", texts.lib_name);
  add_text(out, "lib-ver", texts.lib_version);
  add(out, "parked", read(record.parked_reads));
  out.back() = '\n';
}

void add_line(std::string& out, const ClientRecord& record, CommandContext& ctx) {
  if (read(record.kill)) return;  // closed as far as anybody can tell; its worker only has to hear of it
  add_line(out, record, ctx, record.id == ctx.session().id ? &ctx.session() : nullptr);
}

}  // namespace

bool read_client_type(CommandContext& ctx, size_t at, ClientType& type) {
  struct Name {
    Bytes name;
    ClientType type;
  };
  static constexpr Name kNames[] = {{"normal", ClientType::kNormal},
                                    {"slave", ClientType::kReplica},
                                    {"replica", ClientType::kReplica},
                                    {"pubsub", ClientType::kPubsub},
                                    {"master", ClientType::kMaster}};
  for (const Name& row : kNames) {
    if (!protocol::equals_ignore_case(ctx.arg(at), row.name)) continue;
    type = row.type;
    return true;
  }
  ctx.fail("ERR Unknown client type '" + std::string(protocol::c_text(ctx.arg(at))) + "'");
  return false;
}

// CLIENT INFO
Outcome client_info(CommandContext& ctx) {
  std::string text;
  add_line(text, *ctx.session().record, ctx, &ctx.session());
  ctx.reply().verbatim(text, "txt");
  return Outcome::kDone;
}

// CLIENT LIST [TYPE NORMAL|MASTER|REPLICA|PUBSUB] [ID client-id [client-id ...]]
Outcome client_list(CommandContext& ctx) {
  const session::ClientRegistry& clients = ctx.services().clients;
  ClientType type = ClientType::kNormal;
  std::string text;
  if (ctx.argc() > 3 && protocol::equals_ignore_case(ctx.arg(2), "id")) {
    for (size_t i = 3; i < ctx.argc(); ++i) {
      const auto id = protocol::parse_int64(ctx.arg(i));
      if (!id) return ctx.fail("ERR Invalid client ID");
      if (const auto record = clients.find(static_cast<uint64_t>(*id))) add_line(text, *record, ctx);
    }
  } else {
    if (ctx.argc() == 4 && protocol::equals_ignore_case(ctx.arg(2), "type")) {
      if (!read_client_type(ctx, 3, type)) return Outcome::kDone;
    } else if (ctx.argc() != 2) {
      return ctx.fail(protocol::error_text::kSyntax);
    }
    // There are no replicas, masters or subscribers yet.
    if (type == ClientType::kNormal)
      clients.for_each([&](const auto& record) { add_line(text, *record, ctx); });
  }
  ctx.reply().verbatim(text, "txt");
  return Outcome::kDone;
}

}  // namespace corral::commands
