// Runs programs on two servers and compares every reply.
// Threading: one thread at a time.
// See: README.md of this folder.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/differential/program.h"
#include "tests/support/raw_connection.h"

namespace corral::differential {

/// One reply, decoded and as it came. `is_missing`: the connection was closed, or nothing came in time.
struct Answer {
  protocol::Reply reply;
  std::string encoded;
  bool is_missing = false;
};

struct Disagreement {
  size_t step = 0;
  Command command;  // what the two answered differently
  std::string oracle;
  std::string tested;

  /// Equal for disagreements of one cause, more or less: the command and the replies without their numbers.
  std::string signature() const;
};

struct Counts {
  uint64_t sent = 0;
  uint64_t errors = 0;
};

/// Changes an answer of the tested server before it is compared: to show that differences are found.
using Fault = std::function<void(const Command&, Answer&)>;

class Runner {
 public:
  /// Both servers listen on unix sockets. Throws std::runtime_error when one does not.
  Runner(const std::string& oracle_socket, const std::string& tested_socket, Fault fault = {});
  ~Runner();

  /// Empties both servers, opens new connections, and runs the program to its end or the first disagreement.
  /// Throws std::runtime_error when a server can't be reached any more.
  std::optional<Disagreement> run(const Program& program);

  /// What was sent and how the oracle answered, by command; over all runs while counting is on.
  const std::map<std::string, Counts>& counts() const { return counts_; }
  void count(bool is_on) { is_counting_ = is_on; }
  /// The sum of what counts() says was sent.
  uint64_t sent() const { return sent_; }

 private:
  class Side;
  using Pair = std::array<Answer, 2>;

  void reset(const Program& program);
  std::optional<Disagreement> run_pipeline(const Step& step);
  std::optional<Disagreement> run_disposable(const Step& step);
  std::optional<Disagreement> run_await_expiry(const Step& step);
  std::optional<Disagreement> run_walk(const Step& step);
  std::optional<Disagreement> compare(const Command& command, int connection, const Pair& answers);
  std::optional<Disagreement> compare_exec(const std::vector<Command>& queued, const Pair& answers);
  std::optional<Disagreement> check_random_key(int connection, const Pair& answers);
  Pair ask(int connection, const Command& command);
  void follow_transaction(const Command& command, int connection, const Answer& oracle);
  void note(const Command& command, const Answer& oracle);

  struct Transaction {
    bool is_open = false;
    std::vector<Command> queued;
  };

  std::array<std::unique_ptr<Side>, 2> sides_;
  Fault fault_;
  std::vector<Transaction> transactions_;
  std::map<std::string, Counts> counts_;
  uint64_t sent_ = 0;
  bool is_counting_ = false;
};

}  // namespace corral::differential
