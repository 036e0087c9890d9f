// One stripe's flights with a policy, a clock set by hand and a record of what the engine asked for.
// Threading: one thread.
// See: server/stampede/flights.h.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/stampede/flights.h"

namespace corral::stampede {

inline constexpr char kNil[] = "(nil)";

class FlightsTest : public ::testing::Test, public FlightEvents {
 public:
  struct Answered {
    ClientId client;
    std::string value;
    AnswerCause cause;
    uint64_t token;
  };
  struct Failed {
    ClientId client;
    LoadFailure failure;
  };
  struct Load {
    std::string key;
    uint64_t token;
  };
  struct Armed {
    int64_t at_ms;
    std::string key;
    uint64_t token;
  };

  FlightsTest() { policy.stats = std::make_shared<PolicyStats>(); }

  void answer(const Waiter* waiters, size_t count, base::Blob* value, AnswerCause cause,
              uint64_t token) override {
    ++answer_calls;
    for (size_t i = 0; i < count; ++i) {
      answered.push_back(
          {waiters[i].client, value == nullptr ? kNil : std::string(value->view()), cause, token});
    }
  }
  void answer_failed(const Waiter* waiters, size_t count, LoadFailure failure) override {
    for (size_t i = 0; i < count; ++i) failed.push_back({waiters[i].client, failure});
  }
  void load(const FlightKey& key, KeyState, const Policy&, uint64_t token) override { loads.push_back({std::string(key.key), token}); }
  void arm(int64_t at_ms, const FlightKey& key, uint64_t token) override {
    armed.push_back({at_ms, std::string(key.key), token});
  }

 protected:
  static FlightKey at(std::string_view key = "k", int database = 0) {
    return {database, key, key.size() * 77'777'777};
  }

  Reader reader(ClientId client) const {
    Reader made;
    made.client = client;
    made.ticket = 1;
    return made;
  }
  ReadOutcome read(const Reader& who, KeyState state = KeyState::kMissing, std::string_view key = "k") {
    return flights.on_read(at(key), state, who, policy, now_us, *this);
  }
  ReadOutcome read(ClientId client, KeyState state = KeyState::kMissing, std::string_view key = "k") {
    return read(reader(client), state, key);
  }
  /// Client 1 is elected; clients 2 to `last` wait.
  uint64_t elect_and_park(ClientId last) {
    const ReadOutcome elected = read(1);
    EXPECT_EQ(elected.verdict, Verdict::kElected);
    for (ClientId client = 2; client <= last; ++client) EXPECT_EQ(read(client).verdict, Verdict::kParked);
    return elected.token;
  }
  FillOutcome write(ClientId writer, std::string_view value = "v", std::string_view key = "k",
                    uint64_t tags = 0) {
    return flights.on_write(at(key), {writer, value, nullptr, tags}, &policy, now_us, *this);
  }
  void remove(ClientId by) { flights.on_remove(at(), by, now_us); }
  bool end(uint64_t token, int64_t negative_ms = -1) {
    return flights.end_lease(at(), token, negative_ms, &policy, now_us, *this);
  }
  void deadline(uint64_t token) { flights.on_deadline(at(), token, &policy, now_us, *this); }
  bool withdraw(ClientId client, bool timed_out = false) {
    return flights.withdraw(at(), {client, 0, 1, 0}, timed_out, &policy);
  }
  void advance(int64_t ms) { now_us += ms * 1000; }
  int64_t now_ms() const { return now_us / 1000; }
  /// Fills of `ms` have been seen often enough that nothing is left of the first deviation.
  void fills_take(int64_t ms) {
    for (int i = 0; i < 100; ++i) policy.stats->record_fill_us(ms * 1000);
  }
  const PolicyStats& stats() const { return *policy.stats; }

  Policy policy;
  Flights flights{FlightLimits{}, 42, 7};
  int64_t now_us = 1'000'000'000;
  std::vector<Answered> answered;
  std::vector<Failed> failed;
  std::vector<Load> loads;
  std::vector<Armed> armed;
  int answer_calls = 0;
};

}  // namespace corral::stampede
