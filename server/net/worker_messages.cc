// What other workers tell this one, and what waits while a script is in the way.
// Threading: see worker.h.
// See: server/dispatch/README.md, "Messages" and "Scripts".
#include <iterator>
#include <utility>

#include "server/dispatch/loading.h"
#include "server/dispatch/blocking.h"
#include "server/dispatch/parking.h"
#include "server/dispatch/permissions.h"
#include "server/dispatch/publishing.h"
#include "server/dispatch/script_task.h"
#include "server/dispatch/tracking.h"
#include "server/net/worker.h"

namespace corral::net {

void Worker::receive_messages() {
  std::vector<NewConnection> arrived;
  arrivals_.take(arrived);
  for (NewConnection& incoming : arrived) open(std::move(incoming));
  mailbox_.take(inbox_);
  const bool in_the_way = dispatch::script_in_the_way(services_);
  if (!in_the_way) {
    inbox_.insert(inbox_.begin(), std::make_move_iterator(postponed_.begin()), std::make_move_iterator(postponed_.end()));
    postponed_.clear();
  }
  for (dispatch::Message& message : inbox_) {
    if (in_the_way && takes_locks(message)) {
      postponed_.push_back(std::move(message));
    } else {
      handle(message);
    }
  }
  inbox_.clear();
  if (in_the_way) return;
  for (const uint64_t client : std::exchange(closing_, {})) {
    const auto at = connections_.find(client);
    if (at != connections_.end()) close(*at->second);
  }
  dispatcher_.deliver_answers();
}

// A script that runs for long must not be waited for with work that can be done later.
bool Worker::takes_locks(const dispatch::Message& message) {
  return std::holds_alternative<dispatch::AnswerMessage>(message) ||
         std::holds_alternative<dispatch::UnblockMessage>(message) ||
         std::holds_alternative<dispatch::ServedMessage>(message) ||
         std::holds_alternative<dispatch::RetryMessage>(message) ||
         std::holds_alternative<dispatch::LoadedMessage>(message);
}

void Worker::resume_script() {
  dispatcher_.resume_script();
  if (!state_.script_suspended) release_resumed();
}

void Worker::handle(dispatch::Message& message) {
  if (auto* answer = std::get_if<dispatch::AnswerMessage>(&message)) {
    dispatch::queue_answers(state_, std::move(*answer));
  } else if (auto* kill = std::get_if<dispatch::KillMessage>(&message)) {
    const auto at = connections_.find(kill->client);
    if (at != connections_.end()) close(*at->second);
  } else if (auto* unblock = std::get_if<dispatch::UnblockMessage>(&message)) {
    const auto at = state_.sessions.find(unblock->client);
    if (at != state_.sessions.end()) {
      dispatch::give_up_all(services_, state_, *at->second,
                            unblock->with_error ? dispatch::GiveUp::kUnblockError : dispatch::GiveUp::kUnblock);
      dispatch::end_wait(services_, state_, *at->second,
                         unblock->with_error ? dispatch::EndOfWait::kError : dispatch::EndOfWait::kTimeout);
    }
  } else if (auto* served = std::get_if<dispatch::ServedMessage>(&message)) {
    dispatch::deliver_served(services_, state_, *served);
  } else if (auto* retry = std::get_if<dispatch::RetryMessage>(&message)) {
    dispatcher_.retry_blocked(*retry);
  } else if (auto* published = std::get_if<dispatch::PublishMessage>(&message)) {
    dispatch::deliver_publication(state_, *published->publication);
  } else if (auto* invalidation = std::get_if<dispatch::InvalidationMessage>(&message)) {
    dispatch::deliver_invalidation(services_, state_, *invalidation);
  } else if (auto* broadcast = std::get_if<dispatch::BroadcastMessage>(&message)) {
    dispatch::deliver_broadcast(services_, state_, *broadcast);
  } else if (auto* redirected = std::get_if<dispatch::RedirectedMessage>(&message)) {
    dispatch::deliver_redirected(state_, *redirected);
  } else if (auto* loaded = std::get_if<dispatch::LoadedMessage>(&message)) {
    dispatch::finish_load(services_, state_, *loaded);
  } else if (std::get_if<dispatch::UsersMessage>(&message) != nullptr) {
    dispatch::follow_users(services_, state_);
  } else if (auto* line = std::get_if<dispatch::MonitorMessage>(&message)) {
    for (const uint64_t id : state_.monitors) {
      const auto at = connections_.find(id);
      if (at == connections_.end()) continue;
      at->second->session.output.tail().append(*line->line);
      pipeline_.mark_dirty(*at->second);
    }
  } else {
    // CLIENT PAUSE is over: every connection that was held back runs on.
    for (auto& [id, connection] : connections_) {
      release(*connection);
    }
  }
}

// A connection that was held back runs on, unless a blocking command of its own still waits.
void Worker::release(Connection& connection) {
  if (!connection.held_back || connection.session.has(session::kBlocked)) return;
  connection.held_back = false;
  connection.session.record->flags.fetch_and(~uint32_t{session::kClientPaused}, std::memory_order_relaxed);
  again_.push_back(&connection);
}

void Worker::release_resumed() {
  for (const uint64_t id : state_.resumed) {
    const auto at = connections_.find(id);
    if (at != connections_.end()) release(*at->second);
  }
  state_.resumed.clear();
}

void Worker::flush_outgoing() {
  if (!posted_) return;
  posted_ = false;
  for (uint32_t i = 0; i < outgoing_.size(); ++i) {
    if (outgoing_[i].empty()) continue;
    if (peers_[i]->mailbox_.post_all(outgoing_[i])) peers_[i]->loop_.wake();
  }
}

}  // namespace corral::net
