// Sending programs to two servers and comparing what comes back.
// Threading: one thread at a time.
// See: README.md of this folder.
#include "tests/differential/runner.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

#include "tests/differential/tolerance.h"

namespace corral::differential {
namespace {

using protocol::Reply;
using protocol::ReplyKind;
using test_support::encode_request;
using test_support::RawConnection;

constexpr size_t kShownBytes = 500;
constexpr int kWalkStepsMost = 10'000;
constexpr std::chrono::seconds kExpiryLimit{10};

std::string encode(const std::vector<Command>& commands) {
  std::string out;
  for (const Command& command : commands) out += encode_request(command);
  return out;
}

bool is_error(const Answer& answer) {
  return answer.reply.kind == ReplyKind::kError;
}

std::string show(const Answer& answer) {
  if (answer.is_missing) return "no reply: " + answer.reply.text;
  const std::string bytes = quoted(answer.encoded, kShownBytes);
  return is_error(answer) ? bytes : answer.reply.describe().substr(0, kShownBytes) + "  as " + bytes;
}

// What kind of reply it is, and of an error its words without names and numbers.
std::string kind_of(std::string shown) {
  if (!shown.starts_with("\"-")) return shown.substr(0, 1);
  shown.resize(std::min(shown.size(), shown.find(", with args")));
  std::string out;
  bool in_quotes = false;
  for (const char c : shown) {
    if (c == '\'') in_quotes = !in_quotes;
    if (!in_quotes && (c < '0' || c > '9')) out += c;
  }
  return out;
}

}  // namespace

std::string Disagreement::signature() const {
  const bool is_unknown = oracle.starts_with("\"-ERR unknown command");
  return (is_unknown ? "?" : verb_of(command, 1)) + " | " + kind_of(oracle) + " | " + kind_of(tested);
}

/// The connections to one of the two servers.
class Runner::Side {
 public:
  explicit Side(std::string socket_path)
      : path_(std::move(socket_path)), control_(RawConnection::to_unix(path_)) {}

  void reset(const std::vector<int>& protocols) {
    // QUIT, and not only close(): when the end of the stream is read, the server has forgotten the
    // connection.
    for (auto& connection : connections_) {
      if (connection->send(encode_request({"QUIT"}))) connection->read_to_end();
    }
    connections_.clear();
    for (const Command& command : {Command{"CLIENT", "UNPAUSE"}, Command{"FLUSHALL"}}) {
      if (!control_.send(encode_request(command)) || !control_.next())
        throw std::runtime_error("closed: " + path_);
    }
    for (const int protocol : protocols) {
      connections_.push_back(std::make_unique<RawConnection>(RawConnection::to_unix(path_)));
      // With RESP2 this only makes sure that the server has accepted the connection: CLIENT LIST shows it
      // then.
      connections_.back()->send(encode_request(protocol == 2 ? Command{"PING"} : Command{"HELLO", "3"}));
      connections_.back()->next();
    }
  }

  void send(int connection, const std::string& bytes) { at(connection).send(bytes); }

  Answer receive(int connection) {
    Answer answer;
    try {
      auto reply = at(connection).next();
      answer.is_missing = !reply;
      if (reply) {
        answer.reply = std::move(*reply);
        answer.encoded = std::string(at(connection).last_encoded());
      } else {
        answer.reply.text = "the connection was closed";
      }
    } catch (const std::runtime_error& error) {
      answer.is_missing = true;
      answer.reply.text = error.what();
    }
    return answer;
  }

  RawConnection disposable() const { return RawConnection::to_unix(path_); }

 private:
  RawConnection& at(int connection) { return *connections_[static_cast<size_t>(connection)]; }

  std::string path_;
  RawConnection control_;
  std::vector<std::unique_ptr<RawConnection>> connections_;
};

Runner::Runner(const std::string& oracle_socket, const std::string& tested_socket, Fault fault)
    : sides_{std::make_unique<Side>(oracle_socket), std::make_unique<Side>(tested_socket)},
      fault_(std::move(fault)) {}
Runner::~Runner() = default;

std::optional<Disagreement> Runner::run(const Program& program) {
  reset(program);
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const Step& step = program.steps[i];
    std::optional<Disagreement> found;
    switch (step.kind) {
      case Step::Kind::kPipeline:
        found = run_pipeline(step);
        break;
      case Step::Kind::kDisposable:
        found = run_disposable(step);
        break;
      case Step::Kind::kAwaitExpiry:
        found = run_await_expiry(step);
        break;
    }
    if (found) {
      found->step = i;
      return found;
    }
  }
  return std::nullopt;
}

void Runner::reset(const Program& program) {
  transactions_.assign(program.protocols.size(), {});
  for (auto& side : sides_) side->reset(program.protocols);
}

std::optional<Disagreement> Runner::run_pipeline(const Step& step) {
  const bool in_transaction = transactions_[static_cast<size_t>(step.connection)].is_open;
  if (step.commands.size() == 1 && !in_transaction && verb_of(step.commands[0]) == "SCAN" &&
      step.commands[0].size() > 1 && step.commands[0][1] == "0") {
    return run_walk(step);
  }
  const std::string bytes = encode(step.commands);
  for (auto& side : sides_) side->send(step.connection, bytes);
  std::optional<Disagreement> found;
  for (const Command& command : step.commands) {
    Pair answers = {sides_[0]->receive(step.connection), sides_[1]->receive(step.connection)};
    if (fault_) fault_(command, answers[1]);
    note(command, answers[0]);
    if ((found = compare(command, step.connection, answers))) return found;
    const bool was_open = transactions_[static_cast<size_t>(step.connection)].is_open;
    follow_transaction(command, step.connection, answers[0]);
    if (step.commands.size() == 1 && !was_open && verb_of(command) == "RANDOMKEY") {
      if ((found = check_random_key(step.connection, answers))) return found;
    }
  }
  return std::nullopt;
}

std::optional<Disagreement> Runner::compare(const Command& command, int connection, const Pair& answers) {
  const Transaction& transaction = transactions_[static_cast<size_t>(connection)];
  if (answers[0].is_missing || answers[1].is_missing) {
    return Disagreement{0, command, show(answers[0]), show(answers[1])};
  }
  if (answers[0].encoded == answers[1].encoded) return std::nullopt;
  if (transaction.is_open && command.size() == 1 && verb_of(command) == "EXEC") {
    return compare_exec(transaction.queued, answers);
  }
  if (agree(command, answers[0].reply, answers[1].reply) && find_tolerance(command) != nullptr)
    return std::nullopt;
  return Disagreement{0, command, show(answers[0]), show(answers[1])};
}

std::optional<Disagreement> Runner::compare_exec(const std::vector<Command>& queued, const Pair& answers) {
  const Reply& oracle = answers[0].reply;
  const Reply& tested = answers[1].reply;
  const Disagreement whole{0, {"EXEC"}, show(answers[0]), show(answers[1])};
  if (oracle.kind != tested.kind || oracle.elements.size() != tested.elements.size()) return whole;
  if (oracle.elements.size() != queued.size()) return whole;
  for (size_t i = 0; i < queued.size(); ++i) {
    if (agree(queued[i], oracle.elements[i], tested.elements[i])) continue;
    return Disagreement{0, queued[i], "in EXEC: " + oracle.elements[i].describe(),
                        "in EXEC: " + tested.elements[i].describe()};
  }
  return std::nullopt;
}

void Runner::follow_transaction(const Command& command, int connection, const Answer& oracle) {
  Transaction& transaction = transactions_[static_cast<size_t>(connection)];
  const std::string verb = verb_of(command);
  if (!transaction.is_open) {
    if (verb == "MULTI" && !is_error(oracle)) transaction = {true, {}};
    return;
  }
  if (oracle.reply.kind == ReplyKind::kSimple && oracle.reply.text == "QUEUED") {
    transaction.queued.push_back(command);
  } else if (oracle.reply.text.starts_with("EXECABORT") ||
             (command.size() == 1 && (verb == "EXEC" || verb == "DISCARD" || verb == "RESET"))) {
    transaction = {};
  }
}

std::optional<Disagreement> Runner::check_random_key(int connection, const Pair& answers) {
  if (answers[0].reply.kind != ReplyKind::kBulk) return std::nullopt;
  for (size_t i = 0; i < sides_.size(); ++i) {
    sides_[i]->send(connection, encode_request({"EXISTS", answers[i].reply.text}));
    const Answer exists = sides_[i]->receive(connection);
    if (exists.reply.integer != 1) {
      return Disagreement{
          0, {"RANDOMKEY"}, show(answers[0]), show(answers[1]) + ", and that key does not exist"};
    }
  }
  return std::nullopt;
}

Runner::Pair Runner::ask(int connection, const Command& command) {
  const std::string bytes = encode_request(command);
  for (auto& side : sides_) side->send(connection, bytes);
  return {sides_[0]->receive(connection), sides_[1]->receive(connection)};
}

// Replies may be turned off on the way, so they are compared as one piece of bytes.
std::optional<Disagreement> Runner::run_disposable(const Step& step) {
  std::array<Answer, 2> all;
  const std::string bytes = step.raw + encode(step.commands) + encode_request({"QUIT"});
  for (size_t i = 0; i < sides_.size(); ++i) {
    try {
      RawConnection connection = sides_[i]->disposable();
      connection.send(bytes);
      connection.end_sending();
      all[i].encoded = connection.read_to_end();
    } catch (const std::runtime_error& error) {
      all[i].encoded = error.what();
    }
  }
  for (const Command& command : step.commands) note(command, {});
  if (fault_) fault_(step.commands.empty() ? Command{"QUIT"} : step.commands.back(), all[1]);
  if (all[0].encoded == all[1].encoded) return std::nullopt;
  Command what = {"(bytes)"};
  if (step.raw.empty() && !step.commands.empty()) what = step.commands.front();
  return Disagreement{0, what, quoted(all[0].encoded, 2000), quoted(all[1].encoded, 2000)};
}

std::optional<Disagreement> Runner::run_await_expiry(const Step& step) {
  if (transactions_[static_cast<size_t>(step.connection)].is_open) return std::nullopt;
  const auto deadline = std::chrono::steady_clock::now() + kExpiryLimit;
  for (const Command& command : step.commands) {
    // The time may be over before the next command comes, so replies to these are not compared.
    note(command, ask(step.connection, command)[0]);
  }
  for (const std::string& key : step.keys) {
    const Command exists = {"EXISTS", key};
    for (;;) {
      const Pair answers = ask(step.connection, exists);
      if (answers[0].reply.integer == 0 && answers[1].reply.integer == 0 && !answers[1].is_missing) break;
      if (std::chrono::steady_clock::now() > deadline)
        return Disagreement{0, exists, show(answers[0]), show(answers[1])};
      poll(nullptr, 0, 1);
    }
  }
  return std::nullopt;
}

// A whole SCAN on each: the same keys, each at least once, in any order and any number of steps.
std::optional<Disagreement> Runner::run_walk(const Step& step) {
  std::array<std::set<std::string>, 2> keys;
  Pair first;
  for (size_t i = 0; i < sides_.size(); ++i) {
    Command command = step.commands[0];
    for (int steps = 0;; ++steps) {
      sides_[i]->send(step.connection, encode_request(command));
      Answer answer = sides_[i]->receive(step.connection);
      const Reply& reply = answer.reply;
      const bool is_step =
          reply.kind == ReplyKind::kArray && reply.elements.size() == 2 && steps < kWalkStepsMost;
      if (is_step) {
        for (const Reply& key : reply.elements[1].elements) keys[i].insert(key.text);
        command[1] = reply.elements[0].text;
      }
      if (steps == 0 || !is_step) first[i] = std::move(answer);
      if (!is_step || command[1] == "0") break;
    }
  }
  if (fault_) fault_(step.commands[0], first[1]);
  note(step.commands[0], first[0]);
  if (auto found = compare(step.commands[0], step.connection, first)) return found;
  if (keys[0] == keys[1]) return std::nullopt;
  const auto show_keys = [](const std::set<std::string>& all) {
    return "the whole walk: " + describe(Command(all.begin(), all.end()));
  };
  return Disagreement{0, step.commands[0], show_keys(keys[0]), show_keys(keys[1])};
}

void Runner::note(const Command& command, const Answer& oracle) {
  if (!is_counting_) return;
  Counts& counts = counts_[verb_of(command)];
  ++counts.sent;
  ++sent_;
  if (is_error(oracle)) ++counts.errors;
}

}  // namespace corral::differential
