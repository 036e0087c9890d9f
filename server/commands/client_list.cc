// CLIENT LIST and CLIENT INFO: one line of name=value fields per connection.
// Threading: relaxed reads of the records; a line of another worker's connection may be a turn old.
// See: client.h.
#include <string>

#include "server/commands/client.h"
#include "server/dispatch/client_line.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using session::ClientRecord;

size_t argument_bytes(const CommandContext& ctx) {
  size_t bytes = 0;
  for (size_t i = 0; i < ctx.argc(); ++i) bytes += ctx.arg(i).size();
  return bytes;
}

void add_line(std::string& out, const ClientRecord& record, CommandContext& ctx) {
  if (record.kill.load(std::memory_order_relaxed)) return;  // closed as far as anybody can tell; its worker only has to hear of it
  const bool self = record.id == ctx.session().id;
  add_client_line(out, record, ctx.now_ms(), self ? &ctx.session() : nullptr, argument_bytes(ctx));
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
  add_client_line(text, *ctx.session().record, ctx.now_ms(), &ctx.session(), argument_bytes(ctx));
  ctx.reply().verbatim(text, "txt");
  return Outcome::kDone;
}

// CLIENT LIST [TYPE NORMAL|MASTER|REPLICA|PUBSUB] [ID client-id [client-id ...]]
Outcome client_list(CommandContext& ctx) {
  const session::ClientRegistry& clients = ctx.services().clients;
  std::string text;
  if (ctx.argc() > 3 && protocol::equals_ignore_case(ctx.arg(2), "id")) {
    for (size_t i = 3; i < ctx.argc(); ++i) {
      const auto id = protocol::parse_int64(ctx.arg(i));
      if (!id) return ctx.fail("ERR Invalid client ID");
      if (const auto record = clients.find(static_cast<uint64_t>(*id))) add_line(text, *record, ctx);
    }
  } else {
    std::optional<ClientType> type;
    if (ctx.argc() == 4 && protocol::equals_ignore_case(ctx.arg(2), "type")) {
      type.emplace();
      if (!read_client_type(ctx, 3, *type)) return Outcome::kDone;
    } else if (ctx.argc() != 2) {
      return ctx.fail(protocol::error_text::kSyntax);
    }
    clients.for_each([&](const auto& record) {
      if (!type || *type == type_of(*record)) add_line(text, *record, ctx);
    });
  }
  ctx.reply().verbatim(text, "txt");
  return Outcome::kDone;
}

}  // namespace corral::commands
