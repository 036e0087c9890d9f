// A small world around one stripe's Flights: clients, workers, mail, timers, a store, fillers. Virtual time.
// Threading: one thread; every interleaving comes from the seed.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "server/base/random.h"
#include "server/stampede/flights.h"
#include "server/stampede/policy.h"

namespace corral::simulation {

/// Runs one seed. problem() is empty when every rule held; the trace tells the steps (kept only on request:
/// it costs).
class World final : public stampede::FlightEvents {
 public:
  World(uint64_t seed, bool keep_trace);

  void run(int steps);
  const std::string& problem() const { return problem_; }
  const std::string& trace() const { return trace_; }
  const stampede::PolicyStats& stats() const { return *policy_.stats; }

  void answer(const stampede::Waiter* waiters, size_t count, base::Blob* value, stampede::AnswerCause cause,
              uint64_t token) override;
  void answer_failed(const stampede::Waiter*, size_t, stampede::LoadFailure) override { problem_ = "a load failed in a world without origins"; }
  void load(const stampede::FlightKey&, stampede::KeyState, const stampede::Policy&, uint64_t) override { problem_ = "a load in a world without origins"; }
  void arm(int64_t at_ms, const stampede::FlightKey& key, uint64_t token) override;

 private:
  struct Part {
    int key = 0;
    bool waiting = false;
  };
  struct Read {
    std::vector<Part> parts;
    int waiting = 0;
    int64_t answer_by_ms = 0;
  };
  struct Client {
    stampede::ClientId id = 0;
    uint32_t worker = 0;
    bool pipelined = false;
    bool fills_alone = false;
    int64_t patience_cap_ms = INT64_MAX;
    uint64_t next_ticket = 1;
    std::map<uint64_t, Read> parked;
    std::vector<std::pair<int, uint64_t>> leases;  // key, token
  };
  struct Mail {
    std::vector<stampede::Waiter> waiters;
    stampede::AnswerCause cause;
    uint64_t token;
    int key;
  };
  enum class TimerKind { kLease, kPatience };
  struct Timer {
    int64_t at_ms;
    TimerKind kind;
    int key;
    uint64_t token;
    stampede::ClientId client;
    uint64_t ticket;
  };
  enum class Act { kSet, kSetElsewhere, kTokenSet, kRelease, kReleaseNegative, kDie, kDeleteThenSet };
  struct Job {  // what an elected client is going to do
    int64_t due_us;
    Act act;
    stampede::ClientId client;
    int key;
    uint64_t token;
  };
  struct Grant {  // a lease as the world saw it given
    int key;
    stampede::ClientId client;
    uint64_t token;
    int64_t granted_us;
    int64_t deadline_ms;
    int removals_by_others = 0;
    int removals = 0;
    int tag_moves = 0;
    bool unclear = false;  // something happened after which the world does not say what the engine must do
  };
  struct Stored {
    bool exists = false;
    bool marked = false;
    int64_t soft_ms = 0;
    int64_t hard_ms = 0;
  };
  struct Queued {  // a parked part as long as nobody answered it
    int key;
    int64_t until_ms;
    uint64_t arrival;
    bool on_holder;
  };
  using PartId = std::tuple<stampede::ClientId, uint64_t, uint32_t>;

  // --- steps (world_steps.cc) ---
  void step();
  void read_one();
  void read_many();
  stampede::Verdict read_key(Client& client, int key, bool may_park, uint64_t ticket, uint32_t index,
                             Read& read);
  void plain_write();
  void write(stampede::ClientId writer, int key);
  void removed(int key, stampede::ClientId by);
  void remove_key();
  void expire_key();
  void soft_delete();
  void invalidate_tag();
  void run_job();
  Client* free_connection(stampede::ClientId preferred);
  void token_write(const Job& job, stampede::ClientId writer);
  void close_client();
  void unblock();
  void flush();
  void toggle_policy();
  void deliver_timer();
  void advance();
  void drain();

  // --- the owner's side (world_owner.cc) ---
  void give_up(stampede::ClientId id, uint64_t ticket, bool timed_out);
  void before_own_write(stampede::ClientId id, int key);
  void end_lease(int key, uint64_t token, int64_t negative_ms);
  void take_on(stampede::ClientId client, int key, uint64_t token);
  void drop_client(stampede::ClientId id);
  void deliver_mail();
  bool withdraw(stampede::ClientId id, uint32_t worker, uint64_t ticket, uint32_t index, int key,
                bool timed_out);

  // --- checks (world.cc) ---
  void begin_call(int key);
  void end_call();
  void granted(int key, stampede::ClientId client, uint64_t token, bool hedge);
  void check_limits();
  void check_read(int key, stampede::KeyState state, const stampede::ReadOutcome& outcome,
                  const stampede::Reader& reader, int64_t own_deadline_ms);
  int64_t own_deadline_ms(int key, stampede::ClientId client) const;
  void expect(bool holds, const std::string& what);
  void note(const std::string& text);
  int good_leases(int key) const;
  size_t queued_on(int key) const;

  stampede::FlightKey flight_key(int key) const;
  const stampede::Policy* policy() const { return policy_on_ ? &policy_ : nullptr; }
  int64_t now_ms() const { return now_us_ / 1000; }
  bool chance(uint64_t percent) { return random_.below(100) < percent; }
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_.below(static_cast<uint64_t>(high - low + 1)));
  }
  int any_key() { return static_cast<int>(random_.below(keys_.size())); }
  Client* any_client();
  Client& connect();

  base::Random random_;
  bool keep_trace_;
  std::string trace_;
  std::string problem_;
  int64_t now_us_;
  uint64_t step_ = 0;

  stampede::Policy policy_;
  bool policy_on_ = true;
  stampede::FlightLimits limits_;
  std::unique_ptr<stampede::Flights> flights_;

  std::vector<std::string> keys_;
  std::vector<Stored> stored_;
  std::vector<uint64_t> tags_;  // where the tags of each key stand; 0: it has none
  std::map<stampede::ClientId, Client> clients_;
  stampede::ClientId next_client_ = 1;
  std::vector<std::deque<Mail>> mail_;  // one queue for each worker
  std::vector<Timer> timers_;
  std::vector<Job> jobs_;

  std::map<PartId, Queued> queued_;
  std::map<uint64_t, Grant> grants_;
  std::set<uint64_t> tokens_;
  std::vector<int> failures_;  // in a row, by key
  stampede::HolderWaits
      holder_waits_;  // what the waits on holders' connections have shown, as the world saw them end
  std::vector<int64_t> backoff_ms_;  // of the last hit-for-miss, by key
  std::vector<int64_t> no_lease_until_us_;

  // The engine call under way.
  int call_key_ = -1;
  uint64_t failed_before_ = 0;
  uint64_t promoted_before_ = 0;
  uint64_t hedged_before_ = 0;
  uint64_t unfillable_before_ = 0;
  bool fill_answered_ = false;
  bool releasing_ = false;
  bool remembers_failures_ = true;  // no bound and no removed policy made the engine forget
  std::string written_;
};

}  // namespace corral::simulation
