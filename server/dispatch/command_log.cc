// What the dispatcher notes of commands that took long, or had much to read or to say.
// Threading: see dispatcher.h.
// See: server/metrics/slow_log.h.
#include <algorithm>

#include "server/dispatch/dispatcher.h"
#include "server/dispatch/key_accesses.h"
#include "server/dispatch/monitor_line.h"

namespace corral::dispatch {
namespace {

metrics::LoggedCommand logged(const Request& request, int64_t now_ms, int64_t amount) {
  metrics::LoggedCommand command;
  command.at_seconds = now_ms / 1000;
  command.amount = amount;
  const size_t argc = request.arguments.size();
  const size_t kept = std::min(argc, metrics::CommandLog::kMaxArguments);
  for (size_t i = 0; i < kept; ++i) {
    if (i + 1 == kept && argc > kept) {
      command.arguments.push_back("... (" + std::to_string(argc - kept + 1) + " more arguments)");
      break;
    }
    const Bytes argument = is_secret(request.arguments, i) ? kRedacted : request.arguments[i];
    std::string text(argument.substr(0, metrics::CommandLog::kMaxArgumentBytes));
    if (argument.size() > text.size()) {
      text += "... (" + std::to_string(argument.size() - text.size()) + " more bytes)";
    }
    command.arguments.push_back(std::move(text));
  }
  command.client_address = request.session->record->address;
  command.client_name = request.session->record->texts().name;
  return command;
}

size_t line_bytes(size_t number) {
  return protocol::int64_text(static_cast<int64_t>(number)).size() + sizeof "*\r\n" - 1;
}

// As an array of bulk strings; a request that came as a line is counted as if it had come so.
size_t request_bytes(const Request& request) {
  size_t bytes = line_bytes(request.arguments.size());
  for (const Bytes argument : request.arguments) {
    bytes += line_bytes(argument.size()) + argument.size() + sizeof "\r\n" - 1;
  }
  return bytes;
}

}  // namespace

void Dispatcher::keep(metrics::CommandLog& log, const Request& request, int64_t amount,
                      const config::Setting& most) {
  if ((request.command->spec->flags & kSkipSlowlog) != 0) return;
  log.add(logged(request, worker_.now_ms, amount), static_cast<size_t>(static_cast<int64_t>(most)));
}

void Dispatcher::note_slow(const Request& request, int64_t duration_us) {
  const config::Settings& settings = services_.settings;
  const int64_t slow_us = settings.slowlog_log_slower_than_us;
  if (slow_us >= 0 && duration_us >= slow_us) {
    keep(services_.command_logs.slow, request, duration_us, settings.slowlog_max_len);
  }
  const int64_t threshold_ms = settings.latency_monitor_threshold_ms;
  if (threshold_ms > 0 && duration_us / 1000 >= threshold_ms) {
    const bool fast = (request.command->spec->flags & kFast) != 0;
    services_.latency.add(fast ? "fast-command" : "command", worker_.now_ms / 1000, duration_us / 1000);
  }
}

void Dispatcher::note_accesses(const Request& request, int64_t reply_bytes) {
  const double ns = static_cast<double>(base::cycles() - cycle_mark_) * 1000 / services_.state.cycles_per_us;
  const uint64_t bytes = request_bytes(request) + static_cast<uint64_t>(std::max<int64_t>(reply_bytes, 0));
  record_accesses(services_, worker_, request, static_cast<uint64_t>(ns), bytes);
}

void Dispatcher::note_large_request(const Request& request) {
  const auto bytes = static_cast<int64_t>(request_bytes(request));
  if (bytes < large_request_) return;
  keep(services_.command_logs.large_requests, request, bytes,
       services_.settings.commandlog_large_request_max_len);
}

void Dispatcher::note_large_reply(const Request& request, int64_t bytes) {
  const session::Session& session = *request.session;
  if (session.has(session::kReplyOff) || session.has(session::kReplySkipThis)) return;
  keep(services_.command_logs.large_replies, request, bytes,
       services_.settings.commandlog_large_reply_max_len);
}

}  // namespace corral::dispatch
