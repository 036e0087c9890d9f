// CLIENT KILL: closes connections of any worker by address, number or filter.
// Threading: other connections are closed by their own workers, which are told by message.
// See: client.h.
#include <optional>
#include <string>

#include "server/commands/client.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using session::ClientRecord;

struct Filter {
  std::optional<uint64_t> id;
  std::optional<ClientType> type;
  std::optional<Bytes> user, address, local_address;
  bool skip_me = true;

  bool matches(const ClientRecord& record) const {
    if (address && record.address != *address) return false;
    if (local_address && record.local_address != *local_address) return false;
    if (type && *type != type_of(record)) return false;
    if (id && record.id != *id) return false;
    return !user || record.texts().user == *user;
  }
};

// One filter at argument `at`, its value behind it. On failure answers the error and returns false.
bool read_filter(CommandContext& ctx, size_t at, Filter& filter) {
  const Bytes name = ctx.arg(at);
  const auto is = [name](Bytes wanted) { return protocol::equals_ignore_case(name, wanted); };
  const bool has_value = at + 1 < ctx.argc();
  const Bytes value = has_value ? ctx.arg(at + 1) : Bytes();
  if (has_value && is("id")) {
    const auto id = protocol::parse_int64(value);
    if (!id || *id < 1) {
      ctx.fail("ERR client-id should be greater than 0");
      return false;
    }
    filter.id = static_cast<uint64_t>(*id);
  } else if (has_value && is("type")) {
    ClientType type = ClientType::kNormal;
    if (!read_client_type(ctx, at + 1, type)) return false;
    filter.type = type;
  } else if (has_value && is("addr")) {
    filter.address = value;
  } else if (has_value && is("laddr")) {
    filter.local_address = value;
  } else if (has_value && is("user")) {
    if (ctx.services().users.find(value) == nullptr) {
      ctx.fail("ERR No such user '" + std::string(value) + "'");
      return false;
    }
    filter.user = value;
  } else if (has_value && is("skipme") && protocol::equals_ignore_case(value, "yes")) {
    filter.skip_me = true;
  } else if (has_value && is("skipme") && protocol::equals_ignore_case(value, "no")) {
    filter.skip_me = false;
  } else {
    ctx.fail(error_text::kSyntax);
    return false;
  }
  return true;
}

struct Killed {
  int64_t count = 0;
  bool self = false;
};

Killed kill_matching(CommandContext& ctx, const Filter& filter) {
  Killed killed;
  ctx.services().clients.for_each([&](const std::shared_ptr<ClientRecord>& record) {
    const bool self = record->id == ctx.session().id;
    if ((self && filter.skip_me) || !filter.matches(*record)) return;
    // Whoever sets the mark closes; a second KILL before its worker got there finds nobody any more.
    if (!self && record->kill.exchange(true, std::memory_order_relaxed)) return;
    ++killed.count;
    killed.self |= self;
    // Its own connection is closed behind the reply. In a transaction there are more replies to come: the message is
    // received after this turn has sent them.
    if (!self || ctx.in_transaction()) ctx.worker().port.post(record->worker, KillMessage{record->id});
  });
  return killed;
}

}  // namespace

// CLIENT KILL ip:port
// CLIENT KILL [ID client-id] [TYPE type] [USER name] [ADDR ip:port] [LADDR ip:port] [SKIPME yes|no]
Outcome client_kill(CommandContext& ctx) {
  const bool old_form = ctx.argc() == 3;
  Filter filter;
  if (old_form) {
    filter.address = ctx.arg(2);
    filter.skip_me = false;
  } else {
    for (size_t i = 2; i < ctx.argc(); i += 2) {
      if (!read_filter(ctx, i, filter)) return Outcome::kDone;
    }
  }
  const Killed killed = kill_matching(ctx, filter);
  if (!old_form) {
    ctx.reply().integer(killed.count);
  } else if (killed.count == 0) {
    return ctx.fail("ERR No such client");
  } else {
    ctx.reply().ok();
  }
  return killed.self && !ctx.in_transaction() ? Outcome::kClose : Outcome::kDone;
}

}  // namespace corral::commands
