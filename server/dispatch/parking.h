// Parked reads and held leases of the sessions of one worker: opening, answering, giving up.
// Threading: the worker that owns the sessions. Functions that say so lock a stripe themselves: call without locks.
// See: README.md of this folder, "Stampede protection".
#pragma once

#include <cstdint>
#include <span>

#include "protocol/reply_writer.h"
#include "server/dispatch/services.h"
#include "server/store/key.h"

namespace corral::dispatch {

/// FlightEvents for code that runs on a worker: queues answers for own sessions, posts the others, arms timers.
/// One object per call under a lock; flush() after the lock is gone.
class WorkerFlightEvents final : public stampede::FlightEvents {
 public:
  /// `container`: what a fill writes, if it is no string.
  WorkerFlightEvents(WorkerState& worker, const store::KeyRef& key, int database,
                     const types::Value* container = nullptr)
      : worker_(worker),
        stripe_(key.stripe),
        hash_(key.hash),
        key_(key.bytes),
        database_(database),
        container_(container) {}
  void answer(const stampede::Waiter* waiters, size_t count, base::Blob* value, stampede::AnswerCause cause,
              uint64_t token) override;
  void answer_failed(const stampede::Waiter* waiters, size_t count, stampede::LoadFailure failure) override;
  void load(const stampede::FlightKey& key, stampede::KeyState state, const stampede::Policy& policy,
            uint64_t token) override;
  void arm(int64_t at_ms, const stampede::FlightKey& key, uint64_t token) override;

 private:
  void send(const stampede::Waiter* waiters, size_t count, const AnswerMessage& common);


  WorkerState& worker_;
  uint32_t stripe_;
  uint64_t hash_;
  std::string_view key_;
  int database_;
  const types::Value* container_;
};

/// Writes a blob, or a part of its bytes, as a bulk string: small ones copied, large ones referenced until they are sent.
void write_blob(protocol::ReplyWriter& reply, base::Blob* blob, std::string_view part);
inline void write_blob(protocol::ReplyWriter& reply, base::Blob* blob) { write_blob(reply, blob, blob->view()); }
/// CACHE.GET's reply of a read that had to wait: [status, value, token, age, soft, hard].
void write_cache_get(protocol::ReplyWriter& reply, const session::ParkedRead& read);

/// Opens a gap in the session's output for a read that waits. The read's parts say which keys are waited for.
void park(WorkerState& worker, session::Session& session, uint64_t ticket, session::ParkedRead read);

/// Queues answers for sessions of this worker. A promotion goes before all others: its origin call should begin now.
void queue_answers(WorkerState& worker, AnswerMessage message);
/// Delivers queued answers, those of one key in order, until there are none or this turn has had its share: 256 sockets
/// to write to, 2,048 reads. The rest waits for the next turn, so that a herd does not keep the worker from everybody
/// else. Several herds take turns. Sessions and reads that are gone are skipped, and a lease that was handed to a gone
/// session is given back. Locks stripes.
void deliver_answers(Services& services, WorkerState& worker);
/// The share is one turn's: to be called when it begins.
void begin_answering(WorkerState& worker);

/// Ends parked reads without a fill: answers what is known, nil for the rest. Locks stripes.
enum class GiveUp : uint8_t { kTimeout, kOwnWrite, kBound, kUnblock, kUnblockError };
void give_up(Services& services, WorkerState& worker, session::Session& session, uint64_t ticket, GiveUp why);
void give_up_all(Services& services, WorkerState& worker, session::Session& session, GiveUp why);
/// Program order on one connection: before its own command writes `key`, its reads parked on it are answered nil, unless
/// the connection holds the key's lease (then the write is the fill). Locks stripes.
void before_own_write(Services& services, WorkerState& worker, session::Session& session, const store::KeyRef& key);

/// The session became the filler of a key.
void remember_lease(session::Session& session, const store::KeyRef& key, int database, uint64_t token);
/// The session wrote the key: the lease, if it held one, is over.
void forget_lease(session::Session& session, const store::KeyRef& key, int database);
/// Drops records of leases that ended without us (filled on another connection). Locks stripes.
void prune_leases(Services& services, session::Session& session);
/// The connection closes: withdraws its reads, gives back its leases, drops its watches. Locks stripes.
void abandon(Services& services, WorkerState& worker, session::Session& session);

/// Fires what is due: patience of parked reads, deadlines of leases. Locks stripes. At most `budget` entries.
void run_timers(Services& services, WorkerState& worker, size_t budget);

}  // namespace corral::dispatch
