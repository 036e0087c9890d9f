// From nothing to a connection with its statements prepared.
// Threading: see postgres_connection.h.
// See: postgres_connection.h; PostgreSQL's manual, "Database Connection Control Functions".
#include <libpq-fe.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "server/origin/postgres_connection.h"
#include "server/origin/sql_state.h"

namespace corral::origin {
namespace {

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

// libpq 15 tells the SQLSTATE of a refused connection only in its message: "FATAL:  53300: sorry, …".
std::string state_in(std::string& message) {
  constexpr std::string_view kMark = "FATAL:  ";
  const size_t at = message.find(kMark);
  if (at == std::string::npos) return {};
  const std::string_view code = std::string_view(message).substr(at + kMark.size(), 5);
  const bool good = code.size() == 5 && message.substr(at + kMark.size() + 5, 1) == ":" &&
                    std::all_of(code.begin(), code.end(),
                                [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  return good ? std::string(code) : std::string();
}

}  // namespace

void PostgresConnection::open() {
  timer_.start_ms(static_cast<uint64_t>(settings_.connect_timeout_ms));
  // A socket's folder has no address to look up.
  if (settings_.host.starts_with('/')) {
    loop_.next_turn([this, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired() && life_ == Life::kConnecting) connect({});
    });
    return;
  }
  lookup_.emplace(loop_, settings_.host, settings_.port,
                  [this](std::vector<Address> addresses, const std::string& error) {
                    if (life_ != Life::kConnecting) return;
                    if (addresses.empty())
                      return fail_connecting("the host " + settings_.host + " was not found: " + error);
                    connect(addresses);
                  });
}

// libpq would look names up itself, and hold the loop up.
void PostgresConnection::connect(const std::vector<Address>& addresses) {
  std::string hosts = settings_.host;
  std::string numbers;
  for (size_t i = 0; i < addresses.size(); ++i) {
    if (i > 0) {
      hosts.append(",").append(settings_.host);
      numbers += ',';
    }
    numbers += addresses[i].text();
  }
  const std::string port = std::to_string(settings_.port);
  std::vector<const char*> names = {"host", "port"};
  std::vector<const char*> values = {hosts.c_str(), port.c_str()};
  if (!numbers.empty()) {
    names.push_back("hostaddr");
    values.push_back(numbers.c_str());
  }
  for (const std::pair<std::string, std::string>& word : settings_.words) {
    names.push_back(word.first.c_str());
    values.push_back(word.second.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
  if (!connection_) return fail_connecting("no memory for a connection");
  PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  if (PQstatus(connection_.get()) == CONNECTION_BAD)
    return fail_connecting(PQerrorMessage(connection_.get()));
  connect_step(UV_WRITABLE);
}

// libpq may have closed its socket and opened another one with the same number: watched anew after each step.
void PostgresConnection::connect_step(int wanted) {
  poll_ = std::make_unique<Poll>(loop_, PQsocket(connection_.get()), [this](int status, int) {
    poll_.reset();
    if (status < 0) return fail_connecting(uv_strerror(status));
    switch (PQconnectPoll(connection_.get())) {
      case PGRES_POLLING_OK:
        return connected();
      case PGRES_POLLING_READING:
        return connect_step(UV_READABLE);
      case PGRES_POLLING_WRITING:
        return connect_step(UV_WRITABLE);
      default:
        return fail_connecting(PQerrorMessage(connection_.get()));
    }
  });
  if (poll_->error() != 0) return fail_connecting(uv_strerror(poll_->error()));
  poll_->watch(wanted);
}

void PostgresConnection::fail_connecting(std::string message) {
  const std::string state = state_in(message);
  message.resize(std::min(message.find("\nLOCATION:"), message.size()));
  Answer why = failure_of_sql_state(state, false);
  why.result = Result::kTransient;
  why.hard = true;
  why.reason = one_line(message);
  break_down(std::move(why));
}

void PostgresConnection::connected() {
  PGconn* const connection = connection_.get();
  PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
  if (PQsetnonblocking(connection, 1) != 0 || PQenterPipelineMode(connection) == 0) {
    return fail_connecting(PQerrorMessage(connection));
  }
  watched_ = 0;
  poll_ = std::make_unique<Poll>(loop_, PQsocket(connection),
                                 [this](int status, int events) { ready_io(status, events); });
  if (poll_->error() != 0) return fail_connecting(uv_strerror(poll_->error()));
  prepare_all();
  if (!flush()) fail_connecting(PQerrorMessage(connection));
}

// Each in a transaction of its own, so that a statement that is wrong does not take the others with it.
void PostgresConnection::prepare_all() {
  PGconn* const connection = connection_.get();
  const std::string timeout = "SET statement_timeout = " + std::to_string(settings_.statement_timeout_ms);
  for (const char* const text : {timeout.c_str(), "SET bytea_output = 'hex'"}) {
    PQsendQueryParams(connection, text, 0, nullptr, nullptr, nullptr, nullptr, 0);
  }
  PQpipelineSync(connection);
  Segment session;
  session.kind = Segment::Kind::kSession;
  session.queries = 2;
  session.sealed = true;
  segments_.push_back(std::move(session));
  for (size_t i = 0; i < kStatementKinds; ++i) {
    const auto kind = static_cast<StatementKind>(i);
    if (!settings_.statements.has(kind)) continue;
    const std::string name(statement_word(kind));
    PQsendPrepare(connection, name.c_str(), settings_.statements.text(kind).c_str(), 0, nullptr);
    PQsendDescribePrepared(connection, name.c_str());
    PQpipelineSync(connection);
    Segment segment;
    segment.kind = Segment::Kind::kPrepare;
    segment.statement = kind;
    segment.queries = 2;
    segment.sealed = true;
    segments_.push_back(std::move(segment));
  }
}

void PostgresConnection::take_prepare(Segment& segment, const pg_result* result) {
  const ExecStatusType status = PQresultStatus(result);
  Prepared& prepared = prepared_[static_cast<size_t>(segment.statement)];
  if (status == PGRES_COMMAND_OK) {
    if (segment.kind == Segment::Kind::kSession || segment.at != 1) return;
    for (int i = 0; i < PQnparams(result); ++i) prepared.types.push_back(PQparamtype(result, i));
    return;
  }
  if (status == PGRES_PIPELINE_ABORTED) return;
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (segment.kind == Segment::Kind::kSession || state == nullptr) {
    session_error_ = one_line(PQresultErrorMessage(result));
    return;
  }
  const char* const message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  prepared.error = one_line(message == nullptr ? "" : message) + " (" + state + ")";
  prepared.sql_state = state;
  prepared.failed_at_us = loop_.now_us();
}

}  // namespace corral::origin
