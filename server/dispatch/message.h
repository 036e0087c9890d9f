// What one worker tells another: the only way state crosses workers besides stripes.
// Threading: built by the sender, owned by the receiver after the mailbox hands it over.
// See: README.md of this folder, "Messages".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/reply_buffer.h"
#include "server/base/blob.h"
#include "server/pubsub/registry.h"
#include "server/stampede/flights.h"
#include "server/types/value.h"

namespace corral::dispatch {

/// What listeners get: encoded but for the first byte, which is '>' over RESP3 and '*' over RESP2.
struct Publication {
  pubsub::Kind kind = pubsub::Kind::kChannel;
  std::string name;  // the channel, or the pattern that matched
  std::string encoded;
};

/// Gives up one reference to bytes that replies share.
struct ReleaseShared {
  void operator()(protocol::SharedBytes* shared) const noexcept { shared->release(); }
};

/// Answers for parked reads of connections of the receiving worker. One message per fill and worker.
struct AnswerMessage {
  std::vector<stampede::Waiter> waiters;
  size_t delivered = 0;  // so many of them have their answer
  // The reply to a plain GET, encoded once for all of them when it is first needed; the bytes live as long as the owner.
  std::unique_ptr<protocol::SharedBytes, ReleaseShared> reply_owner;
  protocol::Bytes reply;
  base::BlobRef value;  // null: nil
  // What was filled in, if it is no string: a copy, or null for one so large that the readers look at the key itself.
  types::ValueType type = types::ValueType::kString;
  std::shared_ptr<const types::Value> container;
  stampede::AnswerCause cause = stampede::AnswerCause::kFilled;
  stampede::LoadFailure failure = stampede::LoadFailure::kNone;  // a load brought no value
  // kPromoted: the waiter's connection now holds this lease.
  uint64_t token = 0;
  uint32_t stripe = 0;
  int database = 0;
  uint64_t hash = 0;
  std::string key;
};

/// A load that this worker asked for is over (Loader::load).
struct LoadedMessage {
  uint32_t stripe = 0;
  int database = 0;
  uint64_t hash = 0;
  uint64_t token = 0;
  std::string key;
  stampede::LoadEnd::Kind kind = stampede::LoadEnd::Kind::kFailed;
  stampede::LoadFailure failure = stampede::LoadFailure::kNone;
  // kValue
  std::string text;
  std::vector<std::pair<std::string, std::string>> fields;
  bool is_hash = false;
  bool keep = true;       // false: may answer who asked, but not be stored
  int64_t ttl_ms = 0;     // 0: the policy's
  int64_t stale_ms = -1;  // beyond that; -1: the policy's
  std::vector<std::string> tags;
};

/// Close this connection (CLIENT KILL).
struct KillMessage {
  uint64_t client = 0;
};

/// CLIENT UNBLOCK: answer the parked reads of this connection nil (or with an error).
struct UnblockMessage {
  uint64_t client = 0;
  bool with_error = false;
};

/// A line for the MONITOR connections of the receiving worker.
struct MonitorMessage {
  std::shared_ptr<const std::string> line;
};

/// The reply of a blocked request that was served on another worker; or, within a worker, a message that must follow the
/// reply being written (ticket 0).
struct ServedMessage {
  uint64_t client = 0;
  uint64_t ticket = 0;
  protocol::ReplyBuffer reply;
};

/// Run a blocked request again: who made its key ready could not lock all that it needs.
struct RetryMessage {
  uint64_t client = 0;
  uint64_t ticket = 0;
};

/// A message of a channel, for the listeners of the receiving worker.
struct PublishMessage {
  std::shared_ptr<const Publication> publication;
};

/// Clients of the receiving worker are to forget a key, or everything (CLIENT TRACKING).
struct InvalidationMessage {
  std::shared_ptr<const std::string> keys;  // an encoded array of one; null: everything, to all who track
  std::vector<uint64_t> clients;
  uint64_t executing = 0;  // who changed it
};

/// What was written in a turn, for those who want to be told of all keys with a prefix: names, and who wrote last.
struct BroadcastMessage {
  std::shared_ptr<const std::map<std::string, uint64_t>> writes;
};

/// An invalidation for a client of another worker, to whom it is redirected.
struct RedirectedMessage {
  uint64_t client = 0;
  std::string keys;  // encoded
};

/// Users were changed: sessions get their new rights.
struct UsersMessage {};

/// CLIENT PAUSE ended: run what was held back.
struct UnpauseMessage {};

using Message = std::variant<AnswerMessage, KillMessage, UnblockMessage, MonitorMessage, ServedMessage, RetryMessage,
                             PublishMessage, InvalidationMessage, BroadcastMessage, RedirectedMessage, UsersMessage,
                             UnpauseMessage, LoadedMessage>;

/// Posts to workers. Never blocks; messages leave once per loop turn and receiver.
class MessagePort {
 public:
  virtual ~MessagePort() = default;
  virtual void post(uint32_t worker, Message message) = 0;
};

}  // namespace corral::dispatch
