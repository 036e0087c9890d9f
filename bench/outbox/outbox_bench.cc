// Commits and records a second of the outbox, by the number of writes that wait at once.
// Threading: the main thread appends and delivers; the outbox's writer answers.
// See: README.md of this folder.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "protocol/number.h"
#include "server/base/clock.h"
#include "server/base/hash.h"
#include "server/outbox/after_image.h"
#include "server/outbox/outbox.h"

namespace corral::outbox {
namespace {

double process_cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

double syncs_a_second(const std::string& folder, const base::Clock& clock) {
  const std::string path = folder + "/probe";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  const int64_t start_us = clock.steady_us();
  int syncs = 0;
  for (; clock.steady_us() - start_us < 500'000; ++syncs) {
    if (::write(fd, page.data(), page.size()) != 4096 || ::fdatasync(fd) != 0) std::exit(1);
  }
  ::close(fd);
  ::unlink(path.c_str());
  return syncs / (static_cast<double>(clock.steady_us() - start_us) / 1e6);
}

class Run {
 public:
  Run(const std::string& folder, size_t waiters, size_t value_bytes)
      : waiters_(waiters), value_(value_bytes, 'v') {
    Options options;
    options.path = folder + "/bench.db";
    options.bounds.queue_bytes = uint64_t{1} << 30;
    auto opened = Outbox::open(std::move(options), clock_, secret_);
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().c_str());
      std::exit(1);
    }
    outbox_ = std::move(opened.value());
  }

  void measure(int64_t for_us) {
    Lanes lanes(*outbox_, secret_);
    const double cpu_us = process_cpu_us();
    const int64_t start_us = clock_.steady_us();
    int64_t end_us = start_us;
    uint64_t records = 0, outstanding = 0, key = 0;
    while ((end_us = clock_.steady_us()) - start_us < for_us) {
      for (; outstanding < waiters_; ++outstanding) append(key++);
      std::vector<Queued> durable = wait();
      outstanding -= durable.size();
      records += durable.size();
      const Now now{end_us / 1000, clock_.wall_ms()};
      for (const Queued& queued : durable) lanes.add(queued, now);
      for (const Delivery& delivery : lanes.due("shop", now, SIZE_MAX, SIZE_MAX))
        lanes.delivered(delivery.record->seq, now);
    }
    while (outstanding > 0) outstanding -= wait().size();
    const double seconds = static_cast<double>(end_us - start_us) / 1e6;
    const HistogramFigures commits = outbox_->figures().outbox_commit_duration_us;
    std::printf("%8zu %12.0f %12.0f %10.1f %12.1f %12.1f\n", waiters_,
                static_cast<double>(commits.count) / seconds, static_cast<double>(records) / seconds,
                static_cast<double>(records) / static_cast<double>(commits.count),
                static_cast<double>(commits.sum) / static_cast<double>(commits.count),
                (process_cpu_us() - cpu_us) / static_cast<double>(records));
    std::fflush(stdout);
  }

 private:
  void append(uint64_t key) {
    Record record;
    record.epoch = 1;
    record.origin = "shop";
    record.policy = "product";
    record.key = "product:" + std::to_string(key % 1'000'000);
    record.image = encode_string(value_);
    const auto appended = outbox_->append(std::move(record), [this](const Durable& durable) {
      if (!durable.ok) {
        std::fprintf(stderr, "%s\n", durable.error.c_str());
        std::exit(1);
      }
      std::lock_guard lock(mutex_);
      durable_.push_back(durable.queued);
      arrived_.notify_one();
    });
    if (!appended) {
      std::fprintf(stderr, "refused: %s\n", name_of(appended.refusal));
      std::exit(1);
    }
  }

  std::vector<Queued> wait() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !durable_.empty(); });
    std::vector<Queued> durable;
    durable.swap(durable_);
    return durable;
  }

  const size_t waiters_;
  const std::string value_;
  base::SystemClock clock_;
  base::HashSecret secret_ = base::HashSecret::random();
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Queued> durable_;
  std::unique_ptr<Outbox> outbox_;  // first to go: its thread calls back
};

int64_t number(const char* word) {
  return protocol::parse_int64(word).value_or(0);
}

}  // namespace
}  // namespace corral::outbox

int main(int count, char** words) {
  using namespace corral;
  const int64_t value_bytes = count > 2 ? outbox::number(words[2]) : 256;
  const int64_t seconds = count > 3 ? outbox::number(words[3]) : 2;
  if (count < 2 || value_bytes <= 0 || seconds <= 0) {
    std::fprintf(stderr, "usage: %s FOLDER [VALUE_BYTES [SECONDS]]\n", words[0]);
    return 2;
  }
  const std::string folder = words[1];
  const base::SystemClock clock;
  std::printf("probe: %.0f syncs/s\n", outbox::syncs_a_second(folder, clock));
  std::printf("%8s %12s %12s %10s %12s %12s\n", "waiters", "commits/s", "records/s", "rec/commit",
              "us/commit", "CPU us/rec");
  for (const size_t waiters : {1U, 4U, 16U, 64U, 256U, 1024U, 4096U}) {
    for (const char* name : {"/bench.db", "/bench.db-wal"}) std::filesystem::remove(folder + name);
    outbox::Run(folder, waiters, static_cast<size_t>(value_bytes)).measure(seconds * 1'000'000);
  }
  for (const char* name : {"/bench.db", "/bench.db-wal"}) std::filesystem::remove(folder + name);
  std::printf("probe: %.0f syncs/s\n", outbox::syncs_a_second(folder, clock));
  return 0;
}
