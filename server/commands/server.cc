// About the running server: TIME, LOLWUT, SHUTDOWN, DEBUG, MONITOR.
// Threading: DEBUG OBJECT takes the lock of its key's stripe; nothing else touches keys.
// See: README.md of this folder.
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "protocol/redis_version.h"
#include "server/commands/help.h"
#include "server/commands/tables.h"
#include "server/commands/version.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::equals_ignore_case;
namespace error_text = protocol::error_text;

// TIME
Outcome time(CommandContext& ctx) {
  const int64_t now_us = ctx.services().clock.wall_us();
  ctx.reply().array(2);
  ctx.reply().bulk_integer(now_us / 1'000'000);
  ctx.reply().bulk_integer(now_us % 1'000'000);
  return Outcome::kDone;
}

// --- LOLWUT -------------------------------------------------------------------------------------------------------

// A fence with a herd in it; where the animals stand is chance.
std::string corral_picture(base::Random& random) {
  constexpr int kWidth = 44;
  constexpr int kHeight = 7;
  std::string rail = "  ";
  for (int i = 0; i < kWidth + 2; ++i) rail += i % 5 == 0 ? '+' : '=';
  std::string picture = "\n";
  picture.append(rail).append("\n");
  for (int row = 0; row < kHeight; ++row) {
    std::string grass(kWidth, ' ');
    for (char& c : grass) {
      if (random.below(14) == 0) c = random.below(3) == 0 ? '"' : '.';
    }
    const auto at = static_cast<size_t>(random.below(kWidth - 8));
    if (random.below(4) != 0) grass.replace(at, 7, random.below(2) == 0 ? "~(__)^>" : "<^(__)~");
    picture.append("  |").append(grass).append("|\n");
  }
  return picture.append(rail).append("\n");
}

// LOLWUT [VERSION version] …
Outcome lolwut(CommandContext& ctx) {
  if (ctx.argc() >= 3 && equals_ignore_case(ctx.arg(1), "version")) {
    int64_t version = 0;
    if (!ctx.integer(2, version)) return Outcome::kDone;
    // The sizes that Redis' pictures of versions 5 and 6 take; ours has one size, but they must be numbers.
    const size_t sizes = version == 5 ? 3 : version == 6 ? 2 : 0;
    for (size_t i = 3; i < std::min(ctx.argc(), 3 + sizes); ++i) {
      int64_t size = 0;
      if (!ctx.integer(i, size)) return Outcome::kDone;
    }
  }
  std::string text = corral_picture(ctx.worker().random);
  text.append("\nOne of them went for water; the others wait. Corral ").append(kCorralVersion);
  text.append(", Redis ver. ").append(protocol::kRedisVersion).append("\n");
  ctx.reply().verbatim(text, "txt");
  return Outcome::kDone;
}

// --- SHUTDOWN -----------------------------------------------------------------------------------------------------

// SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]
Outcome shutdown(CommandContext& ctx) {
  bool save = false;
  bool nosave = false;
  bool abort = false;
  bool hurry = false;  // NOW and FORCE are about replicas and saving, which are not there to wait for
  for (size_t i = 1; i < ctx.argc(); ++i) {
    const Bytes word = ctx.arg(i);
    if (equals_ignore_case(word, "nosave")) {
      nosave = true;
    } else if (equals_ignore_case(word, "save")) {
      save = true;
    } else if (equals_ignore_case(word, "now") || equals_ignore_case(word, "force")) {
      hurry = true;
    } else if (equals_ignore_case(word, "abort")) {
      abort = true;
    } else {
      return ctx.fail(error_text::kSyntax);
    }
  }
  if ((abort && (save || nosave || hurry)) || (save && nosave)) return ctx.fail(error_text::kSyntax);
  if (abort) return ctx.fail("ERR No shutdown in progress.");
  if (save) return ctx.fail("ERR Nothing was stopped: persistence is not part of this version, so SAVE cannot be done");
  ServerState& state = ctx.services().state;
  state.shutdown_requested.store(true, std::memory_order_relaxed);
  if (state.request_shutdown) state.request_shutdown();
  return Outcome::kClose;
}

// --- DEBUG --------------------------------------------------------------------------------------------------------

bool is_local(const session::ClientRecord& record) {
  if ((record.flags.load(std::memory_order_relaxed) & session::kClientUnixSocket) != 0) return true;
  const std::string_view address = record.address;
  return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("::1");
}

bool may_debug(CommandContext& ctx) {
  switch (static_cast<config::DebugAccess>(static_cast<int64_t>(ctx.services().settings.enable_debug_command))) {
    case config::DebugAccess::kNo: return false;
    case config::DebugAccess::kYes: return true;
    case config::DebugAccess::kLocal: return is_local(*ctx.session().record);
  }
  return false;
}

// DEBUG SLEEP seconds: this worker alone stands still, with everybody connected to it. Like Redis it reads what is no
// number as 0.
Outcome debug_sleep(CommandContext& ctx) {
  constexpr double kMostSeconds = 60;
  const Bytes text = ctx.arg(2);
  double seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (seconds > kMostSeconds) return ctx.fail("ERR DEBUG SLEEP stops a worker for 60 seconds at most");
  if (seconds > 0) {
    const auto nanoseconds = static_cast<int64_t>(seconds * 1e9);
    const timespec wait{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
    ppoll(nullptr, 0, &wait, nullptr);
  }
  ctx.reply().ok();
  return Outcome::kDone;
}

std::string_view encoding_name(const store::Entry& entry) {
  if (const types::Value* container = entry.container()) return container->encoding();
  switch (entry.encoding()) {
    case store::StringEncoding::kInt: return "int";
    case store::StringEncoding::kEmbstr: return "embstr";
    case store::StringEncoding::kRaw: break;
  }
  return "raw";
}

// What the value would take in a dump file of Redis, were it not compressed. Of a container: what it takes in memory,
// which is more.
size_t serialized_length(const store::Entry& entry) {
  if (const types::Value* container = entry.container()) return container->memory_bytes();
  const std::string_view value = entry.string();
  if (const auto number = protocol::parse_int64(value)) {
    if (*number == static_cast<int8_t>(*number)) return 2;
    if (*number == static_cast<int16_t>(*number)) return 3;
    if (*number == static_cast<int32_t>(*number)) return 5;
  }
  return value.size() + (value.size() < 64 ? 1 : value.size() < 16384 ? 2 : 5);
}

// DEBUG OBJECT key. COMMAND says that DEBUG has no keys, so the stripe is locked here, or is held already by EXEC.
Outcome debug_object(CommandContext& ctx) {
  const KeyRef key = ctx.services().keyspace.placement().locate(ctx.arg(2));
  std::string text;
  ctx.walk(key.stripe, key.stripe + 1, [&](store::Stripe& stripe) {
    const store::Entry* entry = ctx.peek(key);
    if (entry == nullptr) return false;
    const store::Table* table = ctx.services().keyspace.table_if_any(stripe, ctx.session().database);
    const int64_t idle_seconds = table->access_figures(key.bytes, key.hash).idle_seconds;
    constexpr int64_t kClockBits = (1 << 24) - 1;
    // An address would tell where things are in memory, which no client needs to know.
    text = "Value at:0x0 refcount:1 encoding:";
    text += encoding_name(*entry);
    text += " serializedlength:" + protocol::int64_text(static_cast<int64_t>(serialized_length(*entry)));
    text += " lru:" + protocol::int64_text((ctx.now_ms() / 1000 - idle_seconds) & kClockBits);
    text += " lru_seconds_idle:" + protocol::int64_text(idle_seconds);
    return true;
  });
  if (text.empty()) return ctx.fail(error_text::kNoSuchKey);
  ctx.reply().simple(text);
  return Outcome::kDone;
}

Outcome debug_help(CommandContext& ctx) {
  constexpr Bytes kLines[] = {
      "OBJECT <key>",
      "    Tell how the value of <key> is kept.",
      "SLEEP <seconds>",
      "    Let the worker that serves this connection stand still for <seconds>, a",
      "    fraction too, 60 at most. The other workers go on.",
  };
  return answer_help(ctx, kLines);
}

// DEBUG subcommand …: not a container of sub-commands, in Redis neither.
Outcome debug(CommandContext& ctx) {
  if (!may_debug(ctx)) {
    return ctx.fail("ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it "
                    "from a local connection, otherwise you need to set this option in the configuration file, and then "
                    "restart the server.");
  }
  const Bytes name = ctx.arg(1);
  if (ctx.argc() == 2 && equals_ignore_case(name, "help")) return debug_help(ctx);
  if (ctx.argc() == 3 && equals_ignore_case(name, "sleep")) return debug_sleep(ctx);
  if (ctx.argc() == 3 && equals_ignore_case(name, "object")) return debug_object(ctx);
  return ctx.fail("ERR unknown subcommand or wrong number of arguments for '" + std::string(name.substr(0, std::min<size_t>(128, name.find('\0')))) +
                  "'. Try DEBUG HELP.");
}

// --- MONITOR ------------------------------------------------------------------------------------------------------

// MONITOR: from here on the connection is shown every command of every worker.
Outcome monitor(CommandContext& ctx) {
  if (ctx.in_transaction()) return ctx.fail("ERR MONITOR isn't allowed for DENY BLOCKING client");
  session::Session& session = ctx.session();
  if (session.has(session::kMonitoring)) return Outcome::kDone;  // Redis says nothing the second time
  session.set(session::kMonitoring);
  session.record->flags.fetch_or(session::kClientMonitor, std::memory_order_relaxed);
  ctx.worker().monitors.push_back(session.id);
  ctx.services().state.monitors.fetch_add(1, std::memory_order_relaxed);
  ctx.reply().ok();
  return Outcome::kGates;
}

constexpr uint32_t kAdminFlags = kAdmin | kNoScript | kLoading | kStale;
constexpr CommandSpec kTable[] = {
    {.name = "time", .arity = 1, .flags = kLoading | kStale | kFast, .run = time},
    {.name = "lolwut", .arity = -1, .flags = kReadOnly | kFast, .run = lolwut},
    {.name = "shutdown", .arity = -1, .flags = kAdminFlags | kNoMulti | kAllowBusy, .run = shutdown},
    {.name = "debug", .arity = -2, .keys = keys::walk(), .flags = kAdminFlags, .run = debug},
    {.name = "monitor", .arity = 1, .flags = kAdminFlags, .run = monitor},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> server_commands() { return kTable; }

}  // namespace corral::commands
