// What a command's handler may see and do: arguments, reply, keys under the locks already taken.
// Threading: one worker, for the duration of one command; the stripes of its keys are held.
// See: README.md of this folder, "A command".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "protocol/error_text.h"
#include "protocol/reply_writer.h"
#include "server/dispatch/cache_rules.h"
#include "server/dispatch/command_table.h"
#include "server/dispatch/publishing.h"
#include "server/dispatch/services.h"
#include "server/store/lock_set.h"

namespace corral::types {
class HashValue;
}

namespace corral::dispatch {

using protocol::Bytes;
using store::KeyRef;

/// The new expiry of a written key.
struct Expiry {
  stampede::ExpiryKind kind = stampede::ExpiryKind::kNone;
  int64_t at_ms = store::kNoExpiry;  // absolute unix ms

  static Expiry none() { return {}; }
  static Expiry keep() { return {stampede::ExpiryKind::kKeep, store::kNoExpiry}; }
  static Expiry relative(int64_t at_ms) { return {stampede::ExpiryKind::kRelative, at_ms}; }
  static Expiry absolute(int64_t at_ms) { return {stampede::ExpiryKind::kAbsolute, at_ms}; }
};

/// One request on its way through the pipeline.
struct Request {
  session::Session* session = nullptr;
  const Command* command = nullptr;
  std::span<const Bytes> arguments;
  KeyRef first_key;  // located when the request was parsed; empty bytes pointer when the command has no keys
  // Of the first key, for prefetches only: SELECT may come in between. Null: nothing to prefetch.
  const store::Table* table = nullptr;
  const store::Bucket* home = nullptr;
};

class CommandContext {
 public:
  CommandContext(Services& services, WorkerState& worker, const stampede::PolicyTable* policies, const Request& request,
                 protocol::ReplyBuffer& out, store::LockSet* locks, bool in_transaction)
      : services_(services),
        worker_(worker),
        policies_(policies),
        request_(request),
        locks_(locks),
        reply_(out, request.session->resp_version),
        in_transaction_(in_transaction) {}

  // --- request ----------------------------------------------------------------------------------------------------
  size_t argc() const { return request_.arguments.size(); }
  Bytes arg(size_t i) const { return request_.arguments[i]; }
  std::span<const Bytes> args() const { return request_.arguments; }
  const Command& command() const { return *request_.command; }
  session::Session& session() { return *request_.session; }
  Services& services() { return services_; }
  WorkerState& worker() { return worker_; }
  int64_t now_ms() const { return worker_.now_ms; }
  int64_t now_us() const { return worker_.now_us; }
  /// A blocked request is run on behalf of its client because a key of it got something: only that one may give, and a
  /// value of another type there is no error but a reason to wait on.
  bool serving() const { return serving_; }
  void set_serving(Bytes ready_key) {
    serving_ = true;
    ready_key_ = ready_key;
  }
  /// Whether the command may be served from this key: always, but when serving from another one. As in Redis the key
  /// that was written first gives, not the one that was named first.
  bool serves(const KeyRef& key) const { return !serving_ || key.bytes == ready_key_; }
  bool in_transaction() const { return in_transaction_; }  ///< inside EXEC: may not park, elect or close

  // --- reply ------------------------------------------------------------------------------------------------------
  protocol::ReplyWriter& reply() { return reply_; }
  /// Writes the error, counts it, and returns kDone: `return ctx.fail(error_text::kSyntax);`
  Outcome fail(Bytes text);
  /// "ERR wrong number of arguments for 'get' command"
  Outcome fail_arity();
  /// The i-th argument as an integer; on failure writes kNotInteger and returns false.
  bool integer(size_t i, int64_t& out);
  bool failed() const { return failed_; }
  /// -LOADFAIL and why.
  Outcome fail_load(stampede::LoadFailure failure);
  /// An error was replied and counted by other means than fail().
  void note_failure() { failed_ = true; }

  // --- keys: single-key access, all under the locks of the command's key spec ---------------------------------------
  /// The key at argument i, located (the first key's hash was computed at parse time).
  KeyRef key(size_t i) const {
    const Bytes bytes = request_.arguments[i];
    const KeyRef& first = request_.first_key;
    if (__builtin_expect(bytes.data() == first.bytes.data() && bytes.size() == first.bytes.size(), 1)) return first;
    return services_.keyspace.placement().locate(bytes);
  }
  /// The live entry for everything but cache reads: expired keys are removed on the way, soft-expired ones are gone too.
  /// `counts`: adds to keyspace_hits/misses (reads do, writes do not).
  store::Entry* find(const KeyRef& key, bool counts = false);
  store::Entry* find_in(int database, const KeyRef& key);
  /// Same without counting as an access for eviction (OBJECT, TTL, TYPE …).
  /// `tells`: a miss is a keyspace event, as it is of every read but OBJECT.
  store::Entry* peek(const KeyRef& key, bool counts = false, bool tells = true);

  /// A read that may be told a lie for the origin's sake (GET, MGET): fresh or stale value, or null = answer nil. Sets
  /// `*parked` when the reply must wait, or is written already (-LOADFAIL): the caller returns Outcome::kParked without
  /// writing anything.
  const store::Entry* read(const KeyRef& key, bool* parked);
  /// MGET's form of it, see README "Several keys". The values found are in order; `*parked` as above.
  void read_many(std::span<const KeyRef> keys, const std::function<void(size_t, const store::Entry*)>& each, bool* parked);

  /// HGET, HMGET, HGETALL: read() of a hash; null also when the key holds another type, then the error is written. A read
  /// that waits will answer as `shape` says, of `fields`.
  const types::HashValue* read_hash(const KeyRef& key, session::ParkedRead::Shape shape, std::span<const Bytes> fields,
                                    bool* parked);
  /// The transaction is over: keys that came into existence in it are told to who waits for them.
  void tell_filled_keys();

  /// A new key of which Redis tells no watcher: what BITFIELD makes when all its operations fail.
  void put_string_unseen(const KeyRef& key, const store::NewValue& value) {
    unseen_ = true;
    put_string(key, value, Expiry::none());
    unseen_ = false;
  }
  /// Creates or replaces a string with all that follows: policy times and tags, watchers, waiting readers, memory.
  store::Entry* put_string(const KeyRef& key, const store::NewValue& value, const Expiry& expiry) {
    return put_string_in(request_.session->database, key, value, expiry);
  }
  store::Entry* put_string_in(int database, const KeyRef& key, const store::NewValue& value, const Expiry& expiry);
  /// Copies a live entry's value, type, expiry and policy fields to another key (RENAME, COPY, MOVE).
  store::Entry* put_copy(int database, const KeyRef& key, const store::Entry& source);
  /// `size` writable bytes of the string (APPEND, SETRANGE); call modified() when done.
  char* writable_string(const KeyRef& key, store::Entry*& entry, size_t size);
  /// New expiry of a live entry; kNone removes it (PERSIST).
  void set_expiry(const KeyRef& key, store::Entry* entry, const Expiry& expiry);
  /// Removes a live entry for good.
  void erase(const KeyRef& key, store::Entry* entry) { erase_in(session().database, key, entry); }
  void erase_in(int database, const KeyRef& key, store::Entry* entry);
  /// DEL and UNLINK: removes, or marks stale where the policy says `del soft`. True when a live key was there.
  bool remove(const KeyRef& key);
  /// CACHE.INVALIDATE KEY: marks the entry stale (soft) or removes it. True when a live key was there.
  bool invalidate(const KeyRef& key, bool hard);
  /// Publishes a keyspace event, if somebody may want it: `ctx.notify(config::kListEvent, "lpush", key)`. Call it where
  /// Redis does, behind the change and before the reply.
  void notify(config::EventClass event_class, std::string_view event, const KeyRef& key) {
    notify_in(request_.session->database, event_class, event, key.bytes);
  }
  /// Whether any event may be wanted.
  bool tells_events() const { return __builtin_expect(services_.settings.notify_keyspace_events != 0, 0); }
  void notify_in(int database, config::EventClass event_class, std::string_view event, std::string_view key) {
    if (tells_events()) {
      publish_event(services_, worker_, database, event_class, event, key, request_.session->id);
    }
  }
  /// The value of the key was changed in place: wakes watchers and waiting readers, counts the change.
  void modified(const KeyRef& key, const store::Entry* entry);
  /// The expiry that TTL answers: what the client asked for. kNoExpiry when there is none.
  static int64_t nominal_expiry_ms(const store::Entry& entry);

  // --- lists, sets, sorted sets, hashes, streams (command_containers.cc) ------------------------------------------
  /// The live container at `key`, for reading; null when the key is missing, or holds another type: then WRONGTYPE is
  /// written and failed() is true (when serving: only null).
  template <typename T>
  const T* container(const KeyRef& key, bool counts = true) {
    return static_cast<const T*>(typed(find(key, counts), T::kType));
  }
  /// Null as above; `entry` must be what find() gave.
  types::Value* typed(store::Entry* entry, types::ValueType type);
  /// Creates or replaces the key with all that follows, as put_string().
  store::Entry* put_container(const KeyRef& key, std::unique_ptr<types::Value> value, const Expiry& expiry);
  store::Entry* put_container_in(int database, const KeyRef& key, std::unique_ptr<types::Value> value,
                                 const Expiry& expiry);
  /// The container was changed in place and took `bytes_before` before. One that is empty goes with its key (not a
  /// stream). `changes`: what dirty counts; 0 = nothing changed but memory.
  void container_changed(const KeyRef& key, store::Entry* entry, size_t bytes_before, int64_t changes);
  /// RENAME and MOVE: as put_copy() and erase(), without copying a container.
  void move_entry(int database, const KeyRef& to, const KeyRef& from, store::Entry* source);
  const types::Thresholds& thresholds() const { return services_.thresholds; }

  // --- waiting ----------------------------------------------------------------------------------------------------
  /// Nothing there: waits until one of `keys` has something or `until_ms` (0: for ever) comes. `nothing`: the answer then,
  /// and at once inside a transaction or script. All of `keys` are held now. `arguments`: what is run then instead of the
  /// request's own ("$" of XREAD means now). `return ctx.block(…);`
  Outcome block(std::span<const KeyRef> keys, int64_t until_ms, session::BlockedRequest::Nothing nothing,
                std::span<const Bytes> arguments = {});
  /// Those who wait for the key are to look at it again, though it was not written (XGROUP DESTROY).
  void wake_blocked(const KeyRef& key) {
    if ((stripe(key).side_flags & store::kSideBlocked) != 0) signal(stripe(key), session().database, key);
  }
  /// A timeout in seconds with fraction at argument i, as an absolute time; 0 stays 0. On failure writes the error.
  bool timeout_seconds(size_t i, int64_t& until_ms);

  // --- whole keyspace ---------------------------------------------------------------------------------------------
  /// For KeyShape::kWalk commands: calls visit(stripe) for stripes [begin, end) with each one's lock held, one after the
  /// other (inside EXEC all are held already). Stops when visit returns false.
  void walk(uint32_t begin, uint32_t end, const std::function<bool(store::Stripe&)>& visit);
  /// Whether an entry met on a walk is live (neither expired nor soft-expired).
  bool is_live(const store::Entry& entry) const;

  const stampede::PolicyTable* policies() const { return policies_; }
  store::LockSet* locks() const { return locks_; }
  const stampede::Policy* policy_of(Bytes key) const {
    return policies_ == nullptr || policies_->empty() ? nullptr : policies_->match(key);
  }
  store::Stripe& stripe(const KeyRef& key) { return services_.keyspace.stripe(key.stripe); }
  store::Table* table_if_any(const KeyRef& key) {
    return services_.keyspace.table_if_any(stripe(key), request_.session->database);
  }

 private:
  void missed(const KeyRef& key, bool tells = true);
  void signal(store::Stripe& home, int database, const KeyRef& key, bool gone = false);
  store::Times copied_times(const KeyRef& to, const store::Entry& source, store::Extension& extension) const;
  store::Entry* put_value_in(int database, const KeyRef& key, const store::NewValue& value, const Expiry& expiry);
  void after_erase(int database, const KeyRef& key);
  store::Entry* live_entry(int database, const KeyRef& key, bool touch);
  void expire(int database, const KeyRef& key, store::Entry* entry);
  void touched(int database, const KeyRef& key);
  void tell_watchers(store::Stripe& home, int database, const KeyRef& key);
  void count_miss(const KeyRef& key);
  void after_write(int database, const KeyRef& key, store::Entry* entry, const stampede::Policy* policy) {
    worker_.stats.dirty.add();
    store::Stripe& home = stripe(key);
    ++home.epoch;
    if (home.side_flags != 0) tell_of_write(database, key, entry, policy);
  }
  void tell_of_write(int database, const KeyRef& key, store::Entry* entry, const stampede::Policy* policy);
  void tell_of_fill(int database, const KeyRef& key, store::Entry* entry, const stampede::Policy* policy);
  store::Entry* put_under_rules(int database, const KeyRef& key, const store::NewValue& value, const Expiry& expiry,
                                const stampede::Policy* policy);
  const store::Entry* read_slow(const KeyRef& key, store::Entry* entry, bool* parked);
  store::Times times_for(const stampede::Policy* policy, const KeyRef& key, store::Entry* existing, const Expiry& expiry,
                         stampede::PolicyTimes& storage);

  Services& services_;
  WorkerState& worker_;
  const stampede::PolicyTable* policies_;
  const Request& request_;
  store::LockSet* locks_;
  protocol::ReplyWriter reply_;
  bool in_transaction_;
  bool unseen_ = false;  // what is written now concerns no watcher
  bool failed_ = false;
  bool serving_ = false;
  Bytes ready_key_;
};

}  // namespace corral::dispatch
