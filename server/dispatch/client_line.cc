// The fields of a connection's line.
// Threading: see client_line.h.
// See: client_line.h.
#include "server/dispatch/client_line.h"

#include <algorithm>

namespace corral::dispatch {
namespace {

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
  letter(read(record.parked_reads) > 0 || (flags & (session::kClientPaused | session::kClientBlocked)) != 0,
         'b');
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

}  // namespace

// The fields of Redis 7.0 in its order, the library as 7.2 has it, and behind them our own.
void add_client_line(std::string& out, const ClientRecord& record, int64_t now_ms, const Session* self,
                     size_t argument_bytes) {
  const ClientRecord::Texts texts = record.texts();
  const uint64_t input = read(record.query_bytes);
  const uint64_t input_free = read(record.query_free);
  const uint64_t queued = read(record.argument_bytes);
  const uint64_t output = read(record.output_bytes);
  const uint64_t reply_memory = read(record.reply_memory);
  const auto seconds_since = [now_ms](int64_t then_ms) {
    return std::max<int64_t>(0, (now_ms - then_ms) / 1000);
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
  add(out, "argv-mem", self != nullptr ? argument_bytes : 0);
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

}  // namespace corral::dispatch
