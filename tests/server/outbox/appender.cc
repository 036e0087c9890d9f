// A process to be killed: writes to an outbox from four threads and delivers, and says on standard output what was
// acknowledged ("A key version") and what its origin has seen ("D key version").
// Threading: four writers, the outbox's own thread, and the main one for the lanes.
// See: tests/server/outbox/kill_test.cc
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "protocol/number.h"
#include "server/base/clock.h"
#include "server/base/hash.h"
#include "server/base/random.h"
#include "server/outbox/after_image.h"
#include "server/outbox/outbox.h"

namespace corral::outbox {
namespace {

constexpr uint64_t kKeys = 50;
constexpr int kOutstanding = 32;  // of each writer

// One write each, below PIPE_BUF: a line is there whole or not at all. Without a reader there is nothing left to do.
void say(const char* what, const Record& record) {
  std::string line = what;
  line.append(record.key).append(" ").append(std::to_string(record.version)).append("\n");
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(3);
}

class Process {
 public:
  Process(std::string path, uint64_t seed) : random_(seed) {
    Options options;
    options.path = std::move(path);
    options.bounds.entries = 2000;
    auto opened = Outbox::open(std::move(options), clock_, secret_);
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().c_str());
      std::exit(2);
    }
    outbox_ = std::move(opened.value());
    for (const Queued& queued : outbox_->take_replayed()) lanes_.add(queued, now());
  }

  [[noreturn]] void run(uint64_t seed) {
    for (uint64_t i = 0; i < 4; ++i) std::thread([this, seed, i] { write_on(seed * 4 + i); }).detach();
    for (;;) {
      deliver(4);
    }
  }

  void drain() {
    while (outbox_->figures().outbox_depth > 0) deliver(1);
    outbox_->close();
  }

 private:
  Now now() const { return {tick_ms_, clock_.wall_ms()}; }

  void write_on(uint64_t seed) {
    base::Random random(seed);
    std::mutex mutex;
    std::condition_variable answered;
    int outstanding = 0;
    for (;;) {
      Record record;
      record.epoch = 1;
      record.origin = "shop";
      record.key = std::to_string(random.below(kKeys));
      record.image = encode_string(std::string(random.below(200), 'v'));
      std::unique_lock lock(mutex);
      answered.wait(lock, [&] { return outstanding < kOutstanding; });
      ++outstanding;
      lock.unlock();
      const auto appended = outbox_->append(std::move(record), [&](const Durable& durable) {
        if (durable.ok) say("A ", *durable.queued.record);
        {
          std::lock_guard guard(mutex_);
          if (durable.ok) durable_.push_back(durable.queued);
        }
        arrived_.notify_one();
        std::lock_guard guard(mutex);
        --outstanding;
        answered.notify_one();
      });
      if (!appended) {
        std::lock_guard guard(mutex);
        --outstanding;
      }
    }
  }

  /// One in `failing` fails, of more than one.
  void deliver(uint64_t failing) {
    std::vector<Queued> durable;
    {
      std::unique_lock lock(mutex_);
      if (failing > 1 && lanes_.standing().records == 0)
        arrived_.wait(lock, [this] { return !durable_.empty(); });
      durable.swap(durable_);
    }
    for (const Queued& queued : durable) lanes_.add(queued, now());
    for (const Delivery& delivery : lanes_.due("shop", now(), 64, 1 << 20)) {
      const bool fails = failing > 1 && random_.below(failing) == 0;
      if (!fails || random_.below(2) == 0) say("D ", *delivery.record);
      if (fails) {
        lanes_.failed(delivery.record->seq, "503", std::nullopt, now(), random_);
      } else {
        lanes_.delivered(delivery.record->seq, now());
      }
    }
    tick_ms_ += 10;
  }

  base::SystemClock clock_;
  base::HashSecret secret_ = base::HashSecret::random();
  base::Random random_;
  int64_t tick_ms_ = 0;  // the lanes' steady time: it does not wait
  std::unique_ptr<Outbox> outbox_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Queued> durable_;
  struct Log final : LaneLog {
    explicit Log(std::unique_ptr<Outbox>& to) : outbox(to) {}
    void delivered(const Queued& queued, Now at) override { outbox->delivered(queued, at); }
    void coalesced(const RecordPtr& old, const Queued& by) override { outbox->coalesced(old, by); }
    void retried(const Queued& queued) override { outbox->retried(queued); }
    bool bury(const Queued& queued, DeadReason reason, Now at) override {
      return outbox->bury(queued, reason, at);
    }
    void standing(const Standing& standing) override { outbox->standing(standing); }
    std::unique_ptr<Outbox>& outbox;
  } log_{outbox_};
  Lanes lanes_{log_, secret_};
};

}  // namespace
}  // namespace corral::outbox

int main(int count, char** words) {
  if (count != 4) {
    std::fprintf(stderr, "usage: %s append|drain FILE SEED\n", words[0]);
    return 2;
  }
  const auto seed = static_cast<uint64_t>(corral::protocol::parse_int64(words[3]).value_or(1));
  corral::outbox::Process process(words[2], seed);
  if (std::string_view(words[1]) == "append") process.run(seed);
  process.drain();
  return 0;
}
