// What a handler does with containers, and how a command waits for one.
// Threading: see command_context.h.
// See: README.md of this folder, "A command", "Blocking commands".
#include <algorithm>
#include <cmath>

#include "protocol/number.h"
#include "server/dispatch/blocked_queues.h"
#include "server/dispatch/command_context.h"
#include "server/dispatch/field_expiry.h"
#include "server/types/hash_value.h"

namespace corral::dispatch {

using session::BlockedRequest;
using store::Entry;

types::Value* CommandContext::typed(Entry* entry, types::ValueType type) {
  if (entry == nullptr) return nullptr;
  if (entry->type() == type) return entry->container();
  if (!serving_) fail(protocol::error_text::kWrongType);
  return nullptr;
}

const types::HashValue* CommandContext::read_hash(const KeyRef& key, session::ParkedRead::Shape shape,
                                                  std::span<const Bytes> fields, bool* parked) {
  Entry* entry = const_cast<Entry*>(read(key, parked));
  if (entry != nullptr && has_due_fields(*entry, now_ms()) &&
      !expire_fields(services_, worker_, stripe(key), session().database, entry, key.hash, kFieldsPerLook)) {
    entry = const_cast<Entry*>(read(key, parked));
  }
  if (*parked) {
    if (failed()) return nullptr;  // a load that failed: there is nothing to wait for
    session::ParkedRead& waiting = session().parked.at(session().next_ticket - 1);
    waiting.shape = shape;
    for (const Bytes field : fields) waiting.fields.emplace_back(field);
  }
  return static_cast<const types::HashValue*>(typed(entry, types::ValueType::kHash));
}

Entry* CommandContext::put_container(const KeyRef& key, std::unique_ptr<types::Value> value, const Expiry& expiry) {
  return put_container_in(request_.session->database, key, std::move(value), expiry);
}

Entry* CommandContext::put_container_in(int database, const KeyRef& key, std::unique_ptr<types::Value> value,
                                        const Expiry& expiry) {
  store::NewValue stored;
  stored.container = value.release();
  return put_value_in(database, key, stored, expiry);
}

void CommandContext::container_changed(const KeyRef& key, Entry* entry, size_t bytes_before, int64_t changes) {
  store::Stripe& home = stripe(key);
  store::Table& table = services_.keyspace.table(home, request_.session->database);
  table.container_changed(entry, bytes_before);
  services_.budget.report(home.unreported_bytes);
  if (changes == 0) return;
  if (changes > 1) worker_.stats.dirty.add(static_cast<uint64_t>(changes - 1));
  const types::Value* value = entry->container();
  if (value->size() == 0 && value->type() != types::ValueType::kStream) {
    erase(key, entry);
  } else {
    modified(key, entry);
  }
}

void CommandContext::move_entry(int database, const KeyRef& to, const KeyRef& from, Entry* source) {
  if (source->is_string()) {
    put_copy(database, to, *source);
    erase(from, peek(from));
    return;
  }
  store::Extension extension;
  const store::Times times = copied_times(to, *source, extension);
  store::NewValue value;
  value.container = services_.keyspace.table(stripe(from), request_.session->database).take_container(source, from.hash);
  after_erase(request_.session->database, from);
  notify_in(database, config::kNewKeyEvent, "new", to.bytes);
  store::Stripe& home = stripe(to);
  Entry* entry = services_.keyspace.table(home, database).put(to.bytes, to.hash, value, times);
  services_.budget.report(home.unreported_bytes);
  after_write(database, to, entry, policy_of(to.bytes));
}

void CommandContext::signal(store::Stripe& home, int database, const KeyRef& key, bool gone) {
  if (services_.blocked.find(home, database, key.bytes) == nullptr) return;
  worker_.ready_keys.push_back({database, key.stripe, std::string(key.bytes), gone});
}

Outcome CommandContext::block(std::span<const KeyRef> keys, int64_t until_ms, BlockedRequest::Nothing nothing,
                              std::span<const Bytes> arguments) {
  if (serving_) return Outcome::kBlocked;
  session::Session& session = *request_.session;
  if (in_transaction_) {
    if (nothing == BlockedRequest::Nothing::kNull) reply_.null();
    if (nothing == BlockedRequest::Nothing::kNullArray) reply_.null_array();
    if (nothing == BlockedRequest::Nothing::kZero) reply_.integer(0);
    return Outcome::kDone;
  }
  auto request = std::make_shared<BlockedRequest>();
  request->ticket = services_.state.next_block_ticket.fetch_add(1, std::memory_order_relaxed);
  request->worker = worker_.index;
  request->client = session.record;
  request->database = session.database;
  request->resp_version = session.resp_version;
  request->until_ms = until_ms;
  request->nothing = nothing;
  request->muted = session.has(session::kReplyOff) || session.has(session::kReplySkipThis);
  request->call.command = request_.command;
  for (const Bytes argument : arguments.empty() ? request_.arguments : arguments) {
    request->call.bytes.append(argument);
    request->call.ends.push_back(static_cast<uint32_t>(request->call.bytes.size()));
  }
  for (const KeyRef& key : keys) {
    request->keys.push_back({std::string(key.bytes), key.hash, key.stripe});
    services_.blocked.add(stripe(key), session.database, key.bytes, request);
  }
  if (until_ms > 0) worker_.block_timers.push({until_ms, session.id, request->ticket});
  session.blocked = std::move(request);
  session.set(session::kBlocked);
  session.record->flags.fetch_or(session::kClientBlocked, std::memory_order_relaxed);
  services_.state.blocked_clients.fetch_add(1, std::memory_order_relaxed);
  return Outcome::kBlocked;
}

bool CommandContext::timeout_seconds(size_t i, int64_t& until_ms) {
  const auto seconds = protocol::parse_long_double(arg(i));
  if (!seconds || std::isnan(*seconds)) {
    fail("ERR timeout is not a float or out of range");
    return false;
  }
  const long double ms = std::ceil(*seconds * 1000);
  // 2^63 and more, and infinity, are negative to Redis, which converts them first.
  constexpr long double kTooMany = 9223372036854775808.0L;
  if (ms < 0 || ms >= kTooMany) {
    fail("ERR timeout is negative");
    return false;
  }
  const auto whole_ms = static_cast<int64_t>(ms);
  until_ms = whole_ms == 0 ? 0 : worker_.now_ms + std::min(whole_ms, INT64_MAX - worker_.now_ms);
  return true;
}

}  // namespace corral::dispatch
