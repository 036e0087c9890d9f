// Parse, prefetch, execute.
// Threading: see pipeline.h.
// See: README.md of this folder, "Batch".
#include "server/net/pipeline.h"

#include <span>

#include "protocol/reply_writer.h"

namespace corral::net {
namespace {

constexpr int64_t kPipelinedForMs = 10000;  // how long a connection counts as pipelined after it was seen so
constexpr size_t kLeastLoan = 4096;         // not worth lending less

// Rare steps stay out of line.
__attribute__((noinline, cold)) void close_soon(Connection& connection) {
  connection.closing_soon = true;
  connection.session.record->flags.fetch_or(session::kClientCloseSoon, std::memory_order_relaxed);
}

__attribute__((noinline, cold)) void note_paused(Connection& connection) {
  connection.session.record->flags.fetch_or(session::kClientPaused, std::memory_order_relaxed);
}

// A container whose sub-command is not known is no command either.
__attribute__((noinline, cold)) const char* name_of_rare(const dispatch::Request& request) {
  return request.command == nullptr || request.arguments.size() > 1 ? "NULL"
                                                                    : request.command->full_name.c_str();
}

}  // namespace

Pipeline::Pipeline(dispatch::Dispatcher& dispatcher)
    : dispatcher_(dispatcher),
      output_(std::make_unique<char[]>(kOutputArenaBytes)),
      output_cursor_(output_.get()),
      output_end_(output_.get() + kOutputArenaBytes) {
  arguments_.reserve(1024);
}

size_t Pipeline::ingest(Connection& connection, protocol::Bytes input, const protocol::ParseLimits& limits) {
  connection.input_end = input.data() + input.size();
  connection.data_commands = 0;
  dispatcher_.note_input(input.size());
  size_t used = 0;
  while (used < input.size()) {
    const size_t first_argument = arguments_.size();
    const protocol::Bytes* before = arguments_.data();
    const auto parsed = connection.parser.parse(input.substr(used), limits, arguments_);
    if (arguments_.data() != before) bind_arguments();
    if (parsed.status == protocol::ParseStatus::kNeedMore) break;
    if (parsed.status == protocol::ParseStatus::kError) {
      add_error(connection);
      return input.size();
    }
    const char* begin = input.data() + used;
    used += parsed.consumed;
    if (arguments_.size() == first_argument) continue;  // an empty request is no request
    add(connection, begin, input.data() + used, first_argument);
    // What a login changes must hold for the very next request, and the unquoted arguments of an inline request live
    // only until the next one is parsed.
    if (count_ >= kGroup || !limits.authenticated || *begin != '*') {
      run();
      if (connection.state != ConnectionState::kOpen || connection.held_back || connection.closing_soon)
        break;
      if (!limits.authenticated && !connection.session.has(session::kNotAuthenticated)) {
        protocol::ParseLimits open = limits;
        open.authenticated = true;
        return used + ingest(connection, input.substr(used), open);
      }
    }
  }
  return used;
}

// The arguments have moved.
void Pipeline::bind_arguments() {
  for (Item& item : std::span(items_).first(count_)) {
    item.request.arguments = {arguments_.data() + item.first_argument, item.request.arguments.size()};
  }
}

void Pipeline::add(Connection& connection, const char* begin, const char* end, size_t first_argument) {
  Item& item = items_[count_++];
  item.connection = &connection;
  item.begin = begin;
  item.end = end;
  item.first_argument = first_argument;
  item.request.session = &connection.session;
  item.request.arguments = {arguments_.data() + first_argument, arguments_.size() - first_argument};
  dispatcher_.resolve(item.request);
  if (item.request.first_key.bytes.data() == nullptr) return;
  // Two data commands in one read, or one behind a held reply: this client does not wait for replies.
  const uint32_t nth = ++connection.data_commands;
  if (nth == 2 || (nth == 1 && connection.session.has(session::kHasParked))) {
    connection.session.pipelined_until_ms = dispatcher_.worker().now_ms + kPipelinedForMs;
  }
}

void Pipeline::add_error(Connection& connection) {
  Item& item = items_[count_++];
  item = {};
  item.connection = &connection;
}

void Pipeline::run_group() {
  dispatcher_.begin_batch();
  const std::span<Item> items(items_.data(), count_);
  // A request alone would wait for its hint at once.
  if (count_ > 1) {
    for (Item& item : items) dispatcher_.prefetch_bucket(item.request);
    for (const Item& item : items) dispatcher_.prefetch_entries(item.request);
  }
  for (Item& item : items) execute(item);
  dispatcher_.worker().stats.batch_size.record(count_);
  count_ = 0;
  arguments_.clear();
}

inline void Pipeline::execute(Item& item) {
  Connection& connection = *item.connection;
  const auto state = static_cast<unsigned>(connection.state);
  static_assert(static_cast<unsigned>(ConnectionState::kOpen) == 0);
  if ((state | unsigned{connection.held_back} | unsigned{connection.closing_soon}) != 0) return;
  if (lent_to_ != &connection) {
    switch_output(connection);
    mark_dirty(connection);
  }
  if (__builtin_expect(item.request.session == nullptr, 0)) return answer_error(connection);
  const dispatch::Command* command = item.request.command;
  const char* name = command != nullptr ? command->plain.shown_name : nullptr;
  if (__builtin_expect(name == nullptr, 0)) name = name_of_rare(item.request);
  connection.session.record->last_command.store(name, std::memory_order_relaxed);
  switch (dispatcher_.execute(item.request)) {
    case dispatch::After::kContinue:
      break;
    case dispatch::After::kClose:
      close_soon(connection);
      break;
    case dispatch::After::kBlock:
      hold(connection, item.end);
      break;
    case dispatch::After::kHoldBack:
      note_paused(connection);
      hold(connection, item.begin);
      break;
  }
}

// Keeps the input from there on for later; the tail may hold a copy of the end of it already.
void Pipeline::hold(Connection& connection, const char* from) {
  connection.held_back = true;
  connection.parser.reset();
  connection.tail = std::string(from, connection.input_end);
}

void Pipeline::answer_error(Connection& connection) {
  dispatcher_.worker().stats.count_error(connection.parser.error());
  protocol::ReplyWriter reply(connection.session.output.tail(), connection.session.resp_version);
  reply.error(connection.parser.error());
  close_soon(connection);
}

void Pipeline::switch_output(Connection& connection) {
  settle_output();
  // With a gap open, replies queue behind it in memory of their own, and so does what a slow reader has not taken.
  if (static_cast<size_t>(output_end_ - output_cursor_) < kLeastLoan || connection.session.output.holds() ||
      !connection.session.output.ready().empty()) {
    return;
  }
  connection.session.output.ready().lend(output_cursor_, output_end_);
  lent_to_ = &connection;
}

void Pipeline::settle_output() {
  if (lent_to_ == nullptr) return;
  output_cursor_ = lent_to_->session.output.ready().take_back();
  lent_to_ = nullptr;
}

}  // namespace corral::net
