// Drives libpq: sends into the pipeline, counts what comes out of it.
// Threading: see postgres_connection.h.
// See: postgres_connection.h; connecting is in postgres_connect.cc.
#include "server/origin/postgres_connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <utility>

#include "server/base/check.h"
#include "server/origin/sql_state.h"

namespace corral::origin {
namespace {

// A statement that could not be prepared is tried again on a new connection after this long: its table may exist by then.
constexpr uint64_t kPrepareAgainUs = 1'000'000;
// Below this libpq does not send before the Sync.
constexpr size_t kMayBlock = 32'768;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPointer = std::unique_ptr<PGresult, Clear>;

std::string error_field(const PGresult* result, int field) {
  const char* const text = PQresultErrorField(result, field);
  return text == nullptr ? std::string() : std::string(text);
}

Answer failure_of(const PGresult* result, bool writes) {
  Answer answer = failure_of_sql_state(error_field(result, PG_DIAG_SQLSTATE), writes);
  // The message may quote the customer's value; the constraint's name does not.
  const std::string constraint = error_field(result, PG_DIAG_CONSTRAINT_NAME);
  if (!constraint.empty()) answer.reason += ", constraint " + constraint;
  return answer;
}

Answer permanent(std::string reason) {
  Answer answer;
  answer.result = Result::kPermanent;
  answer.reason = std::move(reason);
  return answer;
}

}  // namespace

void PostgresConnection::Close::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

PostgresConnection::PostgresConnection(OriginLoop& loop, const PostgresSettings& settings, Owner& owner)
    : loop_(loop), settings_(settings), owner_(owner), timer_(loop, [this] { timer_fired(); }) {}

PostgresConnection::~PostgresConnection() = default;

// True when its statement is not there to be used; the call has been dealt with.
bool PostgresConnection::refused(const CallPointer& call) {
  const Prepared& prepared = prepared_[static_cast<size_t>(call->kind)];
  if (prepared.error.empty()) return false;
  if (loop_.now_us() - prepared.failed_at_us >= kPrepareAgainUs) {
    retire();
    owner_.on_passed_over(call);
    return true;
  }
  Answer answer = failure_of_sql_state(prepared.sql_state, call->writes());
  answer.maybe_done = false;
  answer.reason = std::string(statement_word(call->kind)) + " does not prepare: " + prepared.error;
  call->fail(std::move(answer));
  call->finish();
  owner_.on_finished(call);
  return true;
}

base::Status PostgresConnection::send_query(const PostgresCall& call) {
  const std::vector<uint32_t>& types = prepared_[static_cast<size_t>(call.kind)].types;
  if (types.size() != call.parameters.size())
    return base::Error{"the statement has other parameters than it seems to"};
  std::vector<WireParameter> wire;
  for (size_t i = 0; i < types.size(); ++i) {
    base::Result<WireParameter> encoded = encode_parameter(call.parameters[i], types[i]);
    if (!encoded)
      return base::Error{std::string("$").append(std::to_string(i + 1)).append(": ").append(encoded.error())};
    wire.push_back(std::move(encoded.value()));
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  for (const WireParameter& parameter : wire) {
    values.push_back(parameter.null ? nullptr : parameter.bytes.c_str());
    lengths.push_back(static_cast<int>(parameter.bytes.size()));
    formats.push_back(parameter.binary ? 1 : 0);
    sent_bytes_ += parameter.bytes.size();
  }
  const std::string name(statement_word(call.kind));
  if (PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()), values.data(),
                          lengths.data(), formats.data(), 0) == 0) {
    fail_soon();
  }
  return base::Ok{};
}

void PostgresConnection::send(const CallPointer& call) {
  CHECK(usable());
  if (refused(call)) return;
  const bool alone = call->writes() || call->alone;
  if (alone) seal();
  if (failed_) return owner_.on_passed_over(call);
  if (base::Status sent = send_query(*call); !sent) {
    call->fail(permanent(std::string(statement_word(call->kind)) + " " + sent.error()));
    call->finish();
    return owner_.on_finished(call);
  }
  if (segments_.empty() || segments_.back().sealed) segments_.emplace_back();
  Segment& segment = segments_.back();
  segment.calls.push_back(call);
  ++segment.queries;
  ++in_flight_;
  call->connection = this;
  if (alone) seal();
}

void PostgresConnection::seal() {
  if (failed_ || segments_.empty() || segments_.back().sealed) return;
  segments_.back().sealed = true;
  if (PQpipelineSync(connection_.get()) == 0 || !flush()) return fail_soon();
  if (unsent_ || sent_bytes_ >= kMayBlock) read_soon();
  sent_bytes_ = 0;
}

// While the socket takes nothing more, libpq reads in order not to block both sides; no event tells of what it has read.
void PostgresConnection::read_soon() {
  loop_.next_turn([this, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired() && life_ == Life::kReady) ready_io(0, 0);
  });
}

void PostgresConnection::fail_soon() {
  failed_ = true;
  timer_.start_ms(0);
}

void PostgresConnection::doubt(int64_t patience_ms) {
  if (life_ != Life::kReady || late_ || failed_) return;
  late_ = true;
  timer_.start_ms(static_cast<uint64_t>(patience_ms));
}

void PostgresConnection::retire() {
  retired_ = true;
  if (life_ == Life::kReady && segments_.empty()) timer_.start_ms(0);
}

bool PostgresConnection::anybody_waits() const {
  return std::any_of(segments_.begin(), segments_.end(), [](const Segment& segment) {
    return std::any_of(segment.calls.begin(), segment.calls.end(),
                       [](const CallPointer& call) { return call->live(); });
  });
}

void PostgresConnection::timer_fired() {
  if (life_ == Life::kBroken) return;
  if (life_ == Life::kConnecting) {
    Answer why = failure_of_sql_state("", false);
    why.timed_out = true;
    why.reason = "connecting took longer than connect-timeout";
    return break_down(std::move(why));
  }
  Answer why = failure_of_sql_state("", false);
  if (late_) why.reason = "the connection was given up, since an earlier call got no answer";
  break_down(std::move(why));
}

void PostgresConnection::ready_io(int status, int /*events*/) {
  // libuv reports an ended peer as an error, also when there is something left to read.
  const bool alive = PQconsumeInput(connection_.get()) == 1 && status >= 0;
  // Flushing may read as well, so it comes first. What came before the end is still good.
  const bool flushed = alive && flush();
  const bool intact = read_results() && flushed;
  if (!intact) return break_down(failure_of_sql_state("", false));
  settle();
}

bool PostgresConnection::flush() {
  const int left = PQflush(connection_.get());
  if (left < 0) return false;
  unsent_ = left > 0;
  // Reading goes on meanwhile: a server that waits for us to read would never take the rest.
  const int wanted = UV_READABLE | (unsent_ ? UV_WRITABLE : 0);
  if (wanted != watched_) poll_->watch(wanted);
  watched_ = wanted;
  return true;
}

// False when the connection is no longer one. Results are counted, since "not busy" is also said between them.
bool PostgresConnection::read_results() {
  int nothing = 0;
  while (!segments_.empty()) {
    Segment& segment = segments_.front();
    const bool awaits_query = segment.at < segment.queries;
    if (awaits_query && !segment.seen && segment.kind == Segment::Kind::kCalls) {
      // Row by row, so that a statement with a million of them fills no memory.
      PQsetSingleRowMode(connection_.get());
    }
    if (PQisBusy(connection_.get()) != 0) break;
    const ResultPointer result(PQgetResult(connection_.get()));
    if (result) {
      nothing = 0;
      take_result(result.get());
    } else if (awaits_query && segment.seen) {
      ++segment.at;
      segment.seen = false;
    } else if (++nothing > 1) {
      break;
    }
    if (PQstatus(connection_.get()) == CONNECTION_BAD) return false;
  }
  return true;
}

void PostgresConnection::take_result(const pg_result* result) {
  Segment& segment = segments_.front();
  if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) return end_segment();
  const bool of_query = segment.at < segment.queries;
  if (of_query) segment.seen = true;
  if (segment.kind != Segment::Kind::kCalls) return take_prepare(segment, result);
  if (of_query) return take_call(*segment.calls[segment.at], result);
  // An error of the Sync itself: the transaction could not be committed.
  PostgresCall& last = *segment.calls.back();
  if (last.writes() && last.state != PostgresCall::State::kFailed) last.fail(failure_of(result, true));
}

void PostgresConnection::take_call(PostgresCall& call, const pg_result* result) {
  switch (PQresultStatus(result)) {
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
      call.take_rows(result, settings_.statements.key_columns(), settings_.most_value_bytes);
      if (call.state == PostgresCall::State::kWaiting && PQresultStatus(result) == PGRES_TUPLES_OK) {
        call.state = PostgresCall::State::kWell;
      }
      return;
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
      call.state = PostgresCall::State::kWell;
      if (!call.writes()) call.fail(permanent("the statement answers no rows"));
      return;
    case PGRES_PIPELINE_ABORTED:
      call.state = PostgresCall::State::kPassedOver;
      return;
    default: {
      // The server's last words say more than libpq's about the connection's end, which follow.
      if (call.state == PostgresCall::State::kFailed) return;
      Answer failure = failure_of(result, call.writes());
      const std::string state = error_field(result, PG_DIAG_SQLSTATE);
      // What was prepared no longer fits: a new connection prepares anew.
      if (state == "0A000" || state == "26000") retired_ = true;
      call.fail(std::move(failure));
    }
  }
}

void PostgresConnection::end_segment() {
  Segment segment = std::move(segments_.front());
  segments_.pop_front();
  if (segment.kind != Segment::Kind::kCalls) return;
  for (const CallPointer& call : segment.calls) {
    --in_flight_;
    call->connection = nullptr;
    if (call->state == PostgresCall::State::kPassedOver) {
      owner_.on_passed_over(call);
      continue;
    }
    call->finish();
    owner_.on_finished(call);
  }
}

// After everything that had come has been read.
void PostgresConnection::settle() {
  if (segments_.empty()) {
    if (!session_error_.empty()) return fail_connecting(session_error_);
    if (life_ == Life::kConnecting) {
      life_ = Life::kReady;
      was_ready_ = true;
      timer_.stop();
      owner_.on_ready(*this);
    } else if (late_) {
      late_ = false;
      timer_.stop();
    }
    idle_since_us_ = loop_.now_us();
    if (retired_) timer_.start_ms(0);
  }
  owner_.on_room();
}

void PostgresConnection::break_down(Answer why) {
  life_ = Life::kBroken;
  timer_.stop();
  poll_.reset();
  lookup_.reset();
  std::vector<CallPointer> unfinished;
  for (const Segment& segment : segments_) {
    for (const CallPointer& call : segment.calls) {
      call->connection = nullptr;
      // A write that went well has not been committed before its Sync has been answered.
      const bool open = call->state == PostgresCall::State::kWaiting ||
                        call->state == PostgresCall::State::kPassedOver ||
                        (call->state == PostgresCall::State::kWell && call->writes());
      if (open) {
        Answer lost = why;
        lost.maybe_done = call->writes();
        call->fail(std::move(lost));
      }
      call->finish();
      unfinished.push_back(call);
    }
  }
  segments_.clear();
  in_flight_ = 0;
  connection_.reset();
  owner_.on_broken(*this, why, std::move(unfinished));
}

}  // namespace corral::origin
