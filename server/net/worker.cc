// What a worker does in a turn: receive, read, execute, send, keep house.
// Threading: see worker.h.
// See: README.md of this folder, "Turn".
#include "server/net/worker.h"

#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/dispatch/loading.h"
#include "server/dispatch/blocking.h"
#include "server/dispatch/parking.h"
#include "server/dispatch/permissions.h"
#include "server/dispatch/publishing.h"
#include "server/dispatch/script_task.h"
#include "server/dispatch/tracking.h"
#include "server/net/socket_calls.h"
#include "server/store/lock_set.h"

namespace corral::net {
namespace {

constexpr size_t kTailInPlace = 4096;           // longer tails are read into directly instead of being moved
constexpr size_t kPauseReadingAt = 256 * 1024;  // unsent output at which a slow reader's input waits
constexpr int kPieces = 64;
constexpr int64_t kTickMs = 100;
constexpr size_t kTimersPerTurn = 256;
constexpr int64_t kHousekeepingUs = 50;   // most per turn while requests wait
constexpr int64_t kIdleHousekeepingUs = 150;
constexpr int kTurnsPerRest = 3;            // of housekeeping alone, before the thread sleeps for a millisecond
constexpr int64_t kHousekeepingShare = 10;  // percent of the time, while requests wait
constexpr int64_t kMostCreditUs = 500;

void raise(std::atomic<uint64_t>& most, uint64_t value) {
  if (value > most.load(std::memory_order_relaxed)) most.store(value, std::memory_order_relaxed);
}

}  // namespace

Worker::Worker(dispatch::Services& services, metrics::WorkerStats& stats, uint32_t index, uint64_t seed,
               std::vector<std::unique_ptr<Worker>>& peers)
    : services_(services),
      stats_(stats),
      index_(index),
      peers_(peers),
      loop_(*this),
      state_(index, seed, *this, stats),
      dispatcher_(services, state_),
      housekeeper_(services, state_),
      pipeline_(dispatcher_),
      outgoing_(services.state.workers),
      read_arena_(std::make_unique<char[]>(kReadArenaBytes)),
      us_per_cycle_(1 / services.state.cycles_per_us) {}

Worker::~Worker() = default;

void Worker::start(int pin_to_cpu) {
  thread_ = std::thread([this, pin_to_cpu] {
    if (pin_to_cpu >= 0) {
      cpu_set_t cpus;
      CPU_ZERO(&cpus);
      CPU_SET(pin_to_cpu, &cpus);
      if (pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus) != 0) {
        services_.log.warning("cannot pin worker " + std::to_string(index_) + " to processor " +
                              std::to_string(pin_to_cpu));
      }
    }
    pthread_setname_np(pthread_self(), ("corral-" + std::to_string(index_)).c_str());
    base::bind_thread_arena();
    loop_.run();
  });
}

void Worker::stop() { loop_.stop(); }
void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::adopt(NewConnection connection) {
  std::vector<NewConnection> one;
  one.push_back(std::move(connection));
  if (arrivals_.post_all(one)) loop_.wake();
}

void Worker::deliver(std::vector<dispatch::Message>& messages) {
  if (mailbox_.post_all(messages)) loop_.wake();
}

void Worker::post(uint32_t worker, dispatch::Message message) {
  outgoing_[worker].push_back(std::move(message));
  posted_ = true;
}

// --- a turn -------------------------------------------------------------------------------------------------------

void Worker::turn() {
  const uint64_t begin = base::cycles();
  const bool with_cpu_clock = services_.settings.loop_cpu_clock != 0;
  const int64_t cpu_begin_us = with_cpu_clock ? services_.clock.thread_us() : 0;
  dispatcher_.begin_turn(services_.clock.wall_us());
  receive_messages();
  const bool had_requests = !ready_.empty() || !again_.empty();
  if (had_requests) serve_ready();
  if (state_.script_suspended) resume_script();
  if (!dispatch::script_in_the_way(services_)) {
    dispatch::run_timers(services_, state_, kTimersPerTurn);
    dispatch::run_block_timers(services_, state_, kTimersPerTurn);
    dispatcher_.deliver_answers();
  }
  release_resumed();
  dispatch::send_loads(services_, state_);
  dispatch::send_broadcasts(services_, state_);
  flush_outgoing();  // the others need not wait until our sockets are written to
  send_dirty();
  flush_outgoing();
  state_.policy_hits.flush();

  const uint64_t served = base::cycles();
  const bool more_work = !dispatch::script_in_the_way(services_) && keep_house(had_requests, served);
  if (state_.now_ms - last_tick_ms_ >= kTickMs) tick();
  last_turn_end_ = base::cycles();
  if (had_requests) housekeeping_credit_us_ -= microseconds(last_turn_end_ - served);

  const auto spent_us = static_cast<uint64_t>(microseconds(last_turn_end_ - begin));
  stats_.turns.add();
  stats_.busy_us.add(spent_us);
  stats_.turn_us.record(spent_us);
  raise(stats_.longest_turn_us, spent_us);
  if (with_cpu_clock) {
    raise(stats_.longest_turn_cpu_us, static_cast<uint64_t>(services_.clock.thread_us() - cpu_begin_us));
  }
  loop_.next_turn_in(milliseconds_to_next_turn(more_work));
}

// Returns whether there is more to do soon. `now`: cycles.
bool Worker::keep_house(bool requests_wait, uint64_t now) {
  if (!requests_wait) return housekeeper_.run(kIdleHousekeepingUs);
  const int64_t since_us = microseconds(now - last_turn_end_);
  housekeeping_credit_us_ = std::min(housekeeping_credit_us_ + since_us * kHousekeepingShare / 100, kMostCreditUs);
  return housekeeping_credit_us_ >= kHousekeepingUs && housekeeper_.run(kHousekeepingUs);
}

int64_t Worker::milliseconds_to_next_turn(bool more_work) {
  if (!again_.empty() || !state_.answers.empty() || state_.script_suspended) return 0;
  // What housekeeping has to tell.
  if (posted_ || !state_.broadcast.empty() || !state_.dirty_sessions.empty() || !state_.served.empty()) return 0;
  if (more_work && ++busy_turns_ % kTurnsPerRest != 0) return 0;
  int64_t ms = more_work ? 1 : std::clamp<int64_t>(housekeeper_.ms_to_next_round(), 1, kTickMs);
  if (!state_.block_timers.empty()) {
    ms = std::min(ms, std::max<int64_t>(1, state_.block_timers.top().at_ms - state_.now_ms));
  }
  if (!state_.timers.empty()) ms = std::min(ms, std::max<int64_t>(1, state_.timers.top().at_ms - state_.now_ms));
  return ms;
}

// --- connections --------------------------------------------------------------------------------------------------

void Worker::open(NewConnection incoming) {
  auto owned = std::make_unique<Connection>();
  Connection& connection = *owned;
  connection.fd = incoming.fd;
  connection.session.record = services_.clients.add(index_, incoming.fd, std::move(incoming.address),
                                                    std::move(incoming.local_address), state_.now_ms);
  connection.session.id = connection.session.record->id;
  if (incoming.unix_socket) {
    connection.session.record->flags.fetch_or(session::kClientUnixSocket, std::memory_order_relaxed);
  }
  // As in Redis it keeps this state whatever becomes of the password, and needs it only while there is one.
  dispatch::become_default(services_, connection.session);
  connection.poll.data = &connection;
  connection.worker = this;
  CHECK(uv_poll_init(loop_.handle(), &connection.poll, incoming.fd) == 0);
  connections_.emplace(connection.session.id, std::move(owned));
  state_.sessions.emplace(connection.session.id, &connection.session);
  stats_.connections.add();
  watch_events(connection, UV_READABLE);
}

void Worker::watch_events(Connection& connection, int events) {
  if (connection.events == events) return;
  connection.events = events;
  if (events == 0) {
    uv_poll_stop(&connection.poll);
    return;
  }
  uv_poll_start(&connection.poll, events, [](uv_poll_t* poll, int status, int ready) {
    auto* ready_connection = static_cast<Connection*>(poll->data);
    ready_connection->worker->on_ready(*ready_connection, status, ready);
  });
}

void Worker::on_ready(Connection& connection, int status, int events) {
  if ((events & UV_WRITABLE) != 0) pipeline_.mark_dirty(connection);
  if (status < 0) {
    // libuv stops a handle with an error (a reset, say). What the client sent before is still to be read, so the end of this
    // turn must begin to watch anew.
    connection.events = 0;
    pipeline_.mark_dirty(connection);
  }
  if ((events & UV_DISCONNECT) != 0) connection.disconnected = true;
  if (((events & (UV_READABLE | UV_DISCONNECT)) != 0 || status < 0) && !connection.in_ready) {
    connection.in_ready = true;
    ready_.push_back(&connection);
  }
}

void Worker::close(Connection& connection) {
  if (connection.state == ConnectionState::kClosed) return;
  session::Session& session = connection.session;
  const bool takes_locks = session.has(session::kBlocked) || !session.leases.empty() || !session.parked.empty() ||
                           !session.watched.empty();
  if (takes_locks && dispatch::script_in_the_way(services_)) {
    // A script holds its keys, or is its own: later.
    if (std::find(closing_.begin(), closing_.end(), session.id) == closing_.end()) closing_.push_back(session.id);
    connection.closing_soon = true;
    watch_events(connection, 0);
    return;
  }
  connection.state = ConnectionState::kClosed;
  pipeline_.settle_output();
  session.set(session::kClosing);
  dispatch::end_wait(services_, state_, session, dispatch::EndOfWait::kSilent);
  dispatch::abandon(services_, state_, session);
  dispatch::unsubscribe_all(services_, state_, session);
  dispatch::stop_tracking(services_, state_, session);
  if (session.has(session::kMonitoring)) {
    std::erase(state_.monitors, session.id);
    services_.state.monitors.fetch_sub(1, std::memory_order_relaxed);
  }
  services_.budget.add_connections(-static_cast<int64_t>(connection.memory_counted));
  session.output.clear();
  services_.clients.remove(session.id);
  state_.sessions.erase(session.id);
  std::erase(again_, &connection);
  // The object outlives this turn's lists: it goes when the loop has let go of the handle.
  const auto at = connections_.find(session.id);
  Connection* raw = at->second.release();
  connections_.erase(at);
  uv_close(reinterpret_cast<uv_handle_t*>(&raw->poll),
           [](uv_handle_t* handle) { std::unique_ptr<Connection>(static_cast<Connection*>(handle->data)); });
  // Last: from here on the number may belong to a client that another worker has just got.
  ::close(connection.fd);
  connection.fd = -1;
}

void Worker::stopping() {
  state_.end_scripts = true;
  while (state_.script_suspended) dispatcher_.resume_script();
  if (on_stop_) on_stop_();
  while (!connections_.empty()) close(*connections_.begin()->second);
  dispatcher_.deliver_answers();
}

// --- input --------------------------------------------------------------------------------------------------------

void Worker::serve_ready() {
  serving_.clear();
  serving_.swap(again_);
  // What is left over from the turn before may be ready again.
  const size_t left_over = serving_.size();
  for (Connection* connection : ready_) {
    connection->in_ready = false;
    const auto end = serving_.begin() + static_cast<ptrdiff_t>(left_over);
    if (std::find(serving_.begin(), end, connection) == end) serving_.push_back(connection);
  }
  ready_.clear();
  for (Connection* connection : serving_) serve(*connection);
  pipeline_.run();
  read_used_ = 0;
}

void Worker::serve(Connection& connection) {
  if (connection.disconnected && connection.state == ConnectionState::kOpen) return close(connection);
  if (connection.state != ConnectionState::kOpen || connection.held_back || connection.closing_soon) {
    // A client that is being got rid of is read no more; a paused one keeps its bytes in the socket.
    if (connection.state == ConnectionState::kOpen) watch_events(connection, connection.events & ~UV_READABLE);
    return;
  }
  if (kReadArenaBytes - read_used_ < kReadAtOnce + kTailInPlace) {
    pipeline_.run();
    read_used_ = 0;
  }
  protocol::Bytes input;
  const Input where = read_input(connection, input);
  if (where != Input::kNothing) ingest(connection, input, where);
}

ssize_t Worker::receive(Connection& connection, char* into, size_t room) {
  const ssize_t got = receive_bytes(connection.fd, into, room);
  stats_.reads.add();
  if (got > 0) {
    stats_.net_input_bytes.add(static_cast<uint64_t>(got));
    connection.session.record->last_active_ms.store(state_.now_ms, std::memory_order_relaxed);
    return got;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return -1;
  pipeline_.run();  // what the client asked before it left is still executed
  close(connection);
  return 0;
}

Worker::Input Worker::read_input(Connection& connection, protocol::Bytes& input) {
  std::string& tail = connection.tail;
  if (tail.size() >= kTailInPlace || connection.parser.wanted() > kTailInPlace) {
    // A large request: read straight to where it is kept, in growing steps so that a lie about its size costs little.
    const size_t before = tail.size();
    const size_t wanted = connection.parser.wanted() > before ? connection.parser.wanted() - before : 0;
    const size_t room = std::clamp(wanted, kReadAtOnce, std::max(before, kReadAtOnce));
    tail.resize(before + room);
    const ssize_t got = receive(connection, tail.data() + before, room);
    if (connection.state != ConnectionState::kOpen) return Input::kNothing;
    tail.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    input = tail;
    return Input::kTail;
  }
  char* const begin = read_arena_.get() + read_used_;
  const size_t kept = tail.size();
  if (kept > 0) std::copy(tail.begin(), tail.end(), begin);
  const ssize_t got = receive(connection, begin + kept, kReadAtOnce);
  if (connection.state != ConnectionState::kOpen) return Input::kNothing;
  if (got < 0 && kept == 0) return Input::kNothing;
  tail.clear();
  input = {begin, kept + static_cast<size_t>(std::max<ssize_t>(got, 0))};
  read_used_ += input.size();
  return Input::kArena;
}

void Worker::ingest(Connection& connection, protocol::Bytes input, Input where) {
  protocol::ParseLimits limits;
  limits.max_bulk_bytes = services_.settings.proto_max_bulk_len;
  limits.authenticated =
      !connection.session.has(session::kNotAuthenticated) || !services_.users.login_required();
  const size_t used = pipeline_.ingest(connection, input, limits);
  if (where == Input::kTail) {
    // The batch has views into the tail: execute before it changes.
    pipeline_.run();
    if (connection.state != ConnectionState::kOpen || connection.held_back) return;
    connection.tail.erase(0, used);
    if (connection.tail.empty()) std::string().swap(connection.tail);
  } else if (!connection.held_back && used < input.size()) {
    connection.tail.assign(input.substr(used));
  } else if (!connection.held_back && connection.tail.capacity() > sizeof(std::string)) {
    std::string().swap(connection.tail);  // read_input() has emptied it
  }
  // A transaction's queue is input that waits, too.
  const uint64_t queued = connection.session.record->argument_bytes.load(std::memory_order_relaxed);
  if (static_cast<int64_t>(connection.tail.size() + queued) > services_.settings.client_query_buffer_limit) {
    services_.log.warning("closing client " + connection.session.record->address +
                          ": its unfinished request is longer than client-query-buffer-limit");
    stats_.query_limit_disconnections.add();
    pipeline_.run();
    close(connection);
    return;
  }
  publish(connection);
}

// --- output -------------------------------------------------------------------------------------------------------

void Worker::send_dirty() {
  pipeline_.settle_output();
  for (const uint64_t id : state_.dirty_sessions) {
    const auto at = connections_.find(id);
    if (at != connections_.end()) pipeline_.mark_dirty(*at->second);
  }
  state_.dirty_sessions.clear();
  auto& dirty = pipeline_.dirty();
  for (size_t i = 0; i < dirty.size(); ++i) {
    Connection& connection = *dirty[i];
    connection.in_dirty = false;
    if (connection.state == ConnectionState::kOpen) send(connection);
  }
  dirty.clear();
  pipeline_.reset_output();
}

void Worker::send(Connection& connection) {
  protocol::ReplyBuffer& out = connection.session.output.ready();
  while (!out.empty()) {
    protocol::ReplyBuffer::Piece pieces[kPieces];
    const size_t count = out.pieces(pieces, kPieces);
    ssize_t sent = 0;
    if (count == 1) {
      sent = send_bytes(connection.fd, pieces[0].data, pieces[0].size);
    } else {
      iovec vectors[kPieces];
      for (size_t i = 0; i < count; ++i) vectors[i] = {const_cast<char*>(pieces[i].data), pieces[i].size};
      msghdr message{};
      message.msg_iov = vectors;
      message.msg_iovlen = count;
      sent = ::sendmsg(connection.fd, &message, MSG_NOSIGNAL);
    }
    stats_.writes.add();
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) {
        close(connection);
        return;
      }
      break;
    }
    stats_.net_output_bytes.add(static_cast<uint64_t>(sent));
    out.consume(static_cast<size_t>(sent));
    size_t offered = 0;
    for (size_t i = 0; i < count; ++i) offered += pieces[i].size;
    if (static_cast<size_t>(sent) < offered) break;
  }
  out.own();
  const bool shown = connection.session.record->output_buffers.load(std::memory_order_relaxed) != 0;
  if (__builtin_expect(!out.empty() || connection.session.output.holds() || shown, 0)) publish_replies(connection);
  publish(connection);
  const size_t unsent = connection.session.output.total_bytes();
  if (connection.closing_soon && out.empty()) {
    close(connection);
    return;
  }
  if (unsent > 0 && over_output_limit(connection)) {
    services_.log.warning("closing client " + connection.session.record->address +
                          ": its unsent output passed client-output-buffer-limit");
    stats_.output_limit_disconnections.add();
    close(connection);
    return;
  }
  // A slow reader pauses itself: nothing more is read from it until it has taken what it asked for.
  const bool may_read = !connection.closing_soon && !connection.held_back && out.size() <= kPauseReadingAt;
  // Of a client that waits we want to know when it goes, or it would be given what nobody takes.
  const int input = may_read ? UV_READABLE : connection.session.has(session::kBlocked) ? UV_DISCONNECT : 0;
  watch_events(connection, input | (out.empty() ? 0 : UV_WRITABLE));
}

bool Worker::over_output_limit(Connection& connection) {
  const auto& limit = connection.session.has(session::kMonitoring)   ? services_.settings.output_replica
                      : connection.session.has(session::kSubscribed) ? services_.settings.output_pubsub
                                                                     : services_.settings.output_normal;
  const auto bytes = static_cast<int64_t>(connection.session.output.total_bytes());
  if (limit.hard_bytes > 0 && bytes > limit.hard_bytes) return true;
  if (limit.soft_bytes <= 0 || bytes <= limit.soft_bytes) {
    connection.soft_limit_since_ms = 0;
    return false;
  }
  if (connection.soft_limit_since_ms == 0) connection.soft_limit_since_ms = state_.now_ms;
  return state_.now_ms - connection.soft_limit_since_ms > limit.soft_seconds * 1000;
}

void Worker::publish(Connection& connection) {
  session::ClientRecord& record = *connection.session.record;
  const uint64_t output = connection.session.output.total_bytes();
  const uint64_t held =
      output + connection.tail.capacity() + record.argument_bytes.load(std::memory_order_relaxed);
  record.query_bytes.store(connection.tail.size(), std::memory_order_relaxed);
  record.output_bytes.store(output, std::memory_order_relaxed);
  if (__builtin_expect(held != connection.memory_counted, 0)) recount(connection, held);
}

// Out of line: it is rare, and publish() is called twice a turn for every connection.
__attribute__((noinline, cold)) void Worker::recount(Connection& connection, uint64_t held) {
  services_.budget.add_connections(static_cast<int64_t>(held) - static_cast<int64_t>(connection.memory_counted));
  connection.memory_counted = held;
  connection.session.record->query_free.store(
      connection.tail.empty() ? 0 : connection.tail.capacity() - connection.tail.size(), std::memory_order_relaxed);
}

// What waits to be sent, for CLIENT LIST; most connections never have any.
void Worker::publish_replies(const Connection& connection) {
  session::ClientRecord& record = *connection.session.record;
  const uint64_t memory = connection.session.output.owned_bytes();
  record.output_buffers.store(static_cast<uint32_t>(connection.session.output.buffer_count()), std::memory_order_relaxed);
  record.reply_memory.store(memory, std::memory_order_relaxed);
  if (memory > record.reply_memory_peak.load(std::memory_order_relaxed)) {
    record.reply_memory_peak.store(memory, std::memory_order_relaxed);
  }
}

// --- ten times a second -------------------------------------------------------------------------------------------

void Worker::tick() {
  const int64_t passed_ms = std::max<int64_t>(1, state_.now_ms - last_tick_ms_);
  last_tick_ms_ = state_.now_ms;
  check_idle_clients();
  // A pause that ran out by itself ends like one that was lifted.
  if (services_.state.paused_until_ms.load(std::memory_order_relaxed) <= state_.now_ms) {
    for (auto& [id, connection] : connections_) {
      release(*connection);
    }
  }
  if (index_ != 0) return;
  uint64_t commands = 0, input = 0, output = 0;
  for (const metrics::WorkerStats* stats : services_.stats) {
    commands += stats->commands.value();
    input += stats->net_input_bytes.value();
    output += stats->net_output_bytes.value();
  }
  dispatch::ServerState& state = services_.state;
  // A reset of the counters makes them smaller; the rate of that moment is unknown.
  const auto per_second = [&](std::atomic<uint64_t>& rate, uint64_t now, uint64_t& last) {
    const uint64_t fresh = now >= last ? (now - last) * 1000 / static_cast<uint64_t>(passed_ms) : 0;
    // Smoothed over about 16 ticks, as Redis' samples are.
    rate.store((rate.load(std::memory_order_relaxed) * 15 + fresh) / 16, std::memory_order_relaxed);
    last = now;
  };
  per_second(state.operations_per_second, commands, last_commands_);
  per_second(state.input_bytes_per_second, input, last_input_);
  per_second(state.output_bytes_per_second, output, last_output_);
  const auto used = static_cast<uint64_t>(std::max<int64_t>(0, services_.budget.total()));
  if (used > state.peak_memory.load(std::memory_order_relaxed)) state.peak_memory.store(used, std::memory_order_relaxed);
}

void Worker::check_idle_clients() {
  const int64_t limit_ms = services_.settings.timeout_seconds * 1000;
  std::vector<uint64_t> idle;
  for (const auto& [id, connection] : connections_) {
    // A soft output limit runs out by time, also when the client does nothing.
    if (!connection->session.output.ready().empty() && over_output_limit(*connection)) idle.push_back(id);
    if (limit_ms > 0 && connection->session.parked.empty() && !connection->session.has(session::kBlocked) &&
        !connection->session.has(session::kSubscribed) && !connection->session.has(session::kMonitoring) &&
        state_.now_ms - connection->session.record->last_active_ms.load(std::memory_order_relaxed) > limit_ms) {
      idle.push_back(id);
    }
  }
  for (const uint64_t id : idle) {
    const auto at = connections_.find(id);
    if (at != connections_.end()) close(*at->second);
  }
}

}  // namespace corral::net
