// Threads that share a bounded pool of connections, all after one missing key: fills, and what waiting costs them.
// Threading: one thread; virtual time.
// See: README.md of this folder.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "server/stampede/flights.h"

namespace corral::simulation {
namespace {

using stampede::AnswerCause;
using stampede::Verdict;

/// Threads do cache-aside: GET; on nil another GET if they are cautious, then a query of about `origin_ms`, then SET. A
/// command takes a connection from the pool for as long as its reply takes.
class Pool final : public stampede::FlightEvents {
 public:
  struct Shape {
    int threads = 16;
    int connections = 16;
    bool newest_first = true;  // redis-py, Jedis, go-redis, HikariCP
    int64_t origin_ms = 100;
    bool asks_twice = false;
  };
  struct Outcome {
    int fills = 0;
    int64_t longest_ms = 0;  // of any thread, from its GET to its value
  };

  explicit Pool(const Shape& shape) : shape_(shape) {
    policy_.stats = std::make_shared<stampede::PolicyStats>();
    for (int i = 0; i < shape.connections; ++i) free_.push_back(static_cast<uint64_t>(i) + 1);
  }

  /// The key is missing, and all threads want it at once.
  Outcome miss() {
    outcome_ = {};
    begun_ms_ = now_ms_;
    present_ = false;
    for (int thread = 0; thread < shape_.threads; ++thread) ask({thread, false, shape_.asks_twice});
    while (!events_.empty()) {
      const Event event = *events_.begin();
      events_.erase(events_.begin());
      now_ms_ = std::max(now_ms_, event.at_ms);
      run(event);
    }
    EXPECT_TRUE(asking_.empty());
    EXPECT_TRUE(parked_.empty());
    EXPECT_EQ(done_, shape_.threads);
    done_ = 0;
    flights_.on_remove(at(), 0, now_ms_ * 1000);
    return outcome_;
  }
  void pass(int64_t ms) { now_ms_ += ms; }
  const stampede::PolicyStats& stats() const { return *policy_.stats; }

  void answer(const stampede::Waiter* waiters, size_t count, base::Blob* value, AnswerCause,
              uint64_t) override {
    for (size_t i = 0; i < count; ++i)
      later(0, value != nullptr ? Event::kValue : Event::kNil, waiters[i].ticket);
  }
  void answer_failed(const stampede::Waiter*, size_t, stampede::LoadFailure) override { FAIL() << "a load without an origin"; }
  void load(const stampede::FlightKey&, stampede::KeyState, const stampede::Policy&, uint64_t) override {
    FAIL() << "a load without an origin";
  }
  void arm(int64_t at_ms, const stampede::FlightKey&, uint64_t token) override {
    if (token != 0) events_.insert({at_ms, ++sequence_, Event::kLease, token});
  }

 private:
  struct Command {
    int thread;
    bool write;
    bool again;  // on nil, asks once more before it computes
  };
  struct Event {
    int64_t at_ms;
    uint64_t sequence;
    enum Kind { kValue, kNil, kPatience, kLease, kComputed } kind;
    uint64_t what;  // a ticket, a token or a thread
    bool operator<(const Event& other) const {
      return std::tie(at_ms, sequence) < std::tie(other.at_ms, other.sequence);
    }
  };
  struct Parked {
    uint64_t ticket;
    uint64_t connection;
    Command command;
  };

  static stampede::FlightKey at() { return {0, "key", 7}; }
  void later(int64_t ms, Event::Kind kind, uint64_t what) {
    events_.insert({now_ms_ + ms, ++sequence_, kind, what});
  }

  void ask(const Command& command) {
    asking_.push_back(command);
    serve();
  }

  void serve() {
    while (!asking_.empty() && !free_.empty()) {
      const Command command = asking_.front();
      asking_.pop_front();
      const uint64_t connection = shape_.newest_first ? free_.back() : free_.front();
      shape_.newest_first ? free_.pop_back() : free_.pop_front();
      if (command.write) {
        set(connection);
      } else {
        get(connection, command);
      }
    }
  }

  void get(uint64_t connection, const Command& command) {
    if (present_) return replied(connection, command, true);
    stampede::Reader reader;
    reader.client = connection;
    reader.ticket = ++ticket_;
    const auto outcome =
        flights_.on_read(at(), stampede::KeyState::kMissing, reader, policy_, now_ms_ * 1000, *this);
    if (outcome.verdict != Verdict::kParked) return replied(connection, command, false);
    parked_.push_back({reader.ticket, connection, command});
    events_.insert({outcome.until_ms, ++sequence_, Event::kPatience, reader.ticket});
  }

  void set(uint64_t connection) {
    present_ = true;
    ++outcome_.fills;
    flights_.on_write(at(), {connection, "v", nullptr}, &policy_, now_ms_ * 1000, *this);
    finished();
    free_.push_back(connection);
  }

  void replied(uint64_t connection, const Command& command, bool value) {
    free_.push_back(connection);
    if (value) {
      finished();
    } else if (command.again) {
      asking_.push_front({command.thread, false, false});
    } else {
      later(shape_.origin_ms + ++queries_ * 7 % 20, Event::kComputed, static_cast<uint64_t>(command.thread));
    }
  }

  void finished() {
    ++done_;
    outcome_.longest_ms = std::max(outcome_.longest_ms, now_ms_ - begun_ms_);
  }

  void run(const Event& event) {
    if (event.kind == Event::kLease) {
      flights_.on_deadline(at(), event.what, &policy_, now_ms_ * 1000, *this);
    } else if (event.kind == Event::kComputed) {
      ask({static_cast<int>(event.what), true, false});
    } else {
      const auto parked = std::find_if(parked_.begin(), parked_.end(),
                                       [&](const Parked& read) { return read.ticket == event.what; });
      if (parked == parked_.end()) return;
      const Parked read = *parked;
      if (event.kind == Event::kPatience &&
          !flights_.withdraw(at(), {read.connection, 0, read.ticket, 0}, true, &policy_)) {
        return;
      }
      parked_.erase(parked);
      replied(read.connection, read.command, event.kind == Event::kValue);
    }
    serve();
  }

  const Shape shape_;
  stampede::Policy policy_;
  stampede::Flights flights_{stampede::FlightLimits{}, 1};
  int64_t now_ms_ = 1'000'000;
  int64_t begun_ms_ = 0;
  bool present_ = false;
  int done_ = 0;
  int queries_ = 0;
  uint64_t ticket_ = 0;
  uint64_t sequence_ = 0;
  std::deque<uint64_t> free_;
  std::deque<Command> asking_;  // threads in line for a connection, first come first served
  std::vector<Parked> parked_;
  std::set<Event> events_;
  Outcome outcome_;
};

TEST(Pool, AsManyConnectionsAsCallersIsOneFillAndNobodyWaitsLonger) {
  for (const bool newest_first : {true, false}) {
    for (const int spare : {0, 1, 16}) {
      Pool pool({16, 16 + spare, newest_first, 100, false});
      for (int round = 0; round < 50; ++round) {
        const Pool::Outcome outcome = pool.miss();
        EXPECT_EQ(outcome.fills, 1);
        EXPECT_LT(outcome.longest_ms, 120);
        pool.pass(50);
      }
    }
  }
}

// All connections wait for a value that the filler cannot write, and every caller that is let through so that it can is
// a fill, as without any protection. The delay ends with the lease, and comes back at most once a minute.
TEST(Pool, AnExhaustedPoolIsLetThroughAndThenLeftAlone) {
  Pool pool({32, 8, true, 100, false});
  int delayed = 0;
  for (int round = 0; round < 600; ++round) {
    const Pool::Outcome outcome = pool.miss();
    EXPECT_LE(outcome.fills, 32);
    EXPECT_LT(outcome.longest_ms, 500 + 120);  // at most `wait`, and a query of its own
    if (outcome.longest_ms >= 120) ++delayed;
    pool.pass(1000 - outcome.longest_ms);
  }
  EXPECT_LE(delayed, 16);  // in ten minutes: after 1, 2, 4 … 60 s
  EXPECT_EQ(pool.stats().holder_timeouts, static_cast<uint64_t>(delayed));
}

TEST(Pool, OneCallerThatAsksTwiceLosesALeaseNowAndThen) {
  Pool pool({1, 1, true, 100, true});
  int delayed = 0;
  for (int round = 0; round < 600; ++round) {
    const Pool::Outcome outcome = pool.miss();
    EXPECT_EQ(outcome.fills, 1);
    EXPECT_LT(outcome.longest_ms, 500 + 120);
    if (outcome.longest_ms >= 120) ++delayed;
    pool.pass(1000 - outcome.longest_ms);
  }
  EXPECT_LE(delayed, 16);
  EXPECT_GE(delayed, 1);
}

}  // namespace
}  // namespace corral::simulation
