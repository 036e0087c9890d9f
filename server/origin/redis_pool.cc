// The connections of a Redis endpoint: opened, picked, given up.
// Threading: see redis_endpoint.h.
// See: redis_endpoint.h.
#include <algorithm>
#include <utility>

#include "server/origin/redis_endpoint.h"

namespace corral::origin {
namespace {

// A connection with so many calls before the next one is reason to open another.
constexpr size_t kBusy = 64;
constexpr uint64_t kIdleMs = 60'000;

using Connections = std::vector<std::unique_ptr<RedisConnection>>;

// The ready connection with the fewest calls before the next one.
RedisConnection* pick(const Connections& connections) {
  RedisConnection* best = nullptr;
  for (const std::unique_ptr<RedisConnection>& connection : connections) {
    if (!connection->usable()) continue;
    if (best == nullptr || connection->in_flight() < best->in_flight()) best = connection.get();
  }
  return best;
}

bool any(const Connections& connections, RedisConnection::Life life) {
  return std::any_of(connections.begin(), connections.end(),
                     [&](const auto& connection) { return connection->life() == life; });
}

}  // namespace

size_t RedisEndpoint::connections() const {
  size_t count = 0;
  for (const std::unique_ptr<Node>& node : nodes_) count += node->connections.size();
  return count;
}

void RedisEndpoint::on_room() {
  if (!tickets_.empty()) pump_soon();
}

void RedisEndpoint::pump_soon() {
  if (pumping_) return;
  pumping_ = true;
  loop_.next_turn([this, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired()) pump();
  });
}

void RedisEndpoint::pump() {
  pumping_ = false;
  gone_.clear();
  // Answers may add nodes.
  for (size_t i = 0; i < nodes_.size(); ++i) pump_node(i);
}

void RedisEndpoint::pump_node(size_t index) {
  Node& node = *nodes_[index];
  while (!node.waiting.empty()) {
    const CallPointer call = node.waiting.front();
    if (call->failure || !call->live()) {
      node.waiting.pop_front();
      if (call->failure) fail(*call, *call->failure);
      continue;
    }
    RedisConnection* const best = pick(node.connections);
    if (best == nullptr || best->in_flight() >= kBusy) open_one(index);
    if (best == nullptr) break;
    node.waiting.pop_front();
    best->send(call);
  }
  for (const std::unique_ptr<RedisConnection>& connection : node.connections) connection->flush();
}

void RedisEndpoint::open_one(size_t index) {
  Node& node = *nodes_[index];
  if (any(node.connections, RedisConnection::Life::kConnecting)) return;
  if (node.connections.size() >= most_ && !make_room(node)) return;
  node.connections.push_back(std::make_unique<RedisConnection>(loop_, settings_, node.target, index,
                                                               static_cast<RedisConnection::Owner&>(*this)));
  node.connections.back()->open();
}

// Gives up a connection whose calls nobody waits for any more.
bool RedisEndpoint::make_room(Node& node) {
  const auto found =
      std::find_if(node.connections.begin(), node.connections.end(),
                   [](const auto& connection) { return connection->late() && !connection->anybody_waits(); });
  if (found == node.connections.end()) return false;
  gone_.push_back(std::move(*found));
  node.connections.erase(found);
  pump_soon();
  return true;
}

void RedisEndpoint::on_ready(RedisConnection& connection) {
  if (connection.node() == 0) answer_checks(base::Ok{});
  if (nodes_[connection.node()]->connections.size() < least_) open_one(connection.node());
  if (nodes_[connection.node()]->connections.size() > least_ && !idle_timer_.active())
    idle_timer_.start_ms(kIdleMs);
}

void RedisEndpoint::on_broken(RedisConnection& connection, const Answer& first, const Answer& others,
                              std::vector<CallPointer> unfinished) {
  const size_t index = connection.node();
  Node& node = *nodes_[index];
  const auto found = std::find_if(node.connections.begin(), node.connections.end(),
                                  [&](const auto& held) { return held.get() == &connection; });
  const bool was_ready = connection.was_ready();
  if (found != node.connections.end()) {
    gone_.push_back(std::move(*found));
    node.connections.erase(found);
  }
  pump_soon();
  for (size_t i = 0; i < unfinished.size(); ++i) {
    Answer why = i == 0 ? first : others;
    why.maybe_done = unfinished[i]->writes();
    fail(*unfinished[i], why);
  }
  // A server that cannot be reached fails who waits for it, unless other connections still serve them.
  if (was_ready || any(node.connections, RedisConnection::Life::kReady)) return;
  // The node may have left its cluster; the configured one knows who has its slots.
  std::replace(slots_.begin(), slots_.end(), static_cast<uint16_t>(index), uint16_t{0});
  if (index == 0) answer_checks(base::Error{"origin " + name_ + ": " + first.reason});
  std::deque<CallPointer> waiting;
  waiting.swap(node.waiting);
  for (const CallPointer& call : waiting) fail(*call, call->failure.value_or(first));
}

void RedisEndpoint::check(Checked done) {
  checks_.push_back(std::move(done));
  loop_.next_turn([this, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired()) return;
    if (any(nodes_[0]->connections, RedisConnection::Life::kReady)) return answer_checks(base::Ok{});
    open_one(0);
  });
}

void RedisEndpoint::answer_checks(const base::Status& status) {
  std::vector<Checked> checks;
  checks.swap(checks_);
  for (const Checked& done : checks) done(status);
}

void RedisEndpoint::close_idle() {
  bool more = false;
  const uint64_t now_us = loop_.now_us();
  for (const std::unique_ptr<Node>& node : nodes_) {
    size_t open = node->connections.size();
    for (const std::unique_ptr<RedisConnection>& connection : node->connections) {
      if (open <= least_) break;
      const bool idle = connection->life() == RedisConnection::Life::kReady && connection->in_flight() == 0 &&
                        now_us - connection->idle_since_us() >= kIdleMs * 1000;
      if (!idle) continue;
      connection->retire();
      --open;
    }
    more = more || open > least_;
  }
  if (more) idle_timer_.start_ms(kIdleMs);
}

}  // namespace corral::origin
