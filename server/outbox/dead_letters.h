// What operators ask about dead letters. Every answer comes by a callback on the writer's thread.
// Threading: any thread may ask.
// See: README.md of this folder, "Dead letters".
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/base/result.h"
#include "server/outbox/commit_queue.h"
#include "server/outbox/dead_letter.h"
#include "server/outbox/export_file.h"
#include "server/outbox/figures.h"
#include "server/outbox/overlay.h"
#include "server/outbox/redrives.h"

namespace corral::outbox {

class DeadLetters {
 public:
  template <typename T>
  using Answer = std::function<void(base::Result<T>)>;
  /// A record that is to be sent again: hand it to Lanes::add(), in the order of the calls.
  using OnRedriven = std::function<void(const Queued&)>;

  DeadLetters(CommitQueue& queue, Overlay& overlay, Meters& meters, const base::Clock& clock, uint64_t limit,
              OnRedriven on_redriven);

  /// `origin` empty: of all.
  void count(std::string origin, Answer<DeadCount> answer);
  void list(DeadQuery query, Answer<DeadPage> answer);
  /// With its image. None: no such number.
  void get(uint64_t seq, Answer<std::optional<DeadLetter>> answer);
  /// Both answer how many are gone. Purging goes by origin and reason, in pieces, so that commits go on between them.
  void drop(uint64_t seq, Answer<uint64_t> answer);
  void purge(DeadQuery query, Answer<uint64_t> answer);
  /// Those of the query's origin and reason, to a file that must not exist. Answers how many.
  void export_to(std::string path, DeadQuery query, Answer<uint64_t> answer);

  /// One at once, whatever the rate.
  void redrive(uint64_t seq, Answer<Redriven> answer);
  /// All of an origin that are dead now, `rate` a second (1 … 100,000). An error if that origin has one under way.
  void redrive_all(std::string origin, uint64_t rate, Answer<Redrive> answer);
  /// False: that origin has none under way. What has been moved stays moved.
  void cancel(std::string origin, Answer<bool> answer);
  std::vector<Redrive> redrives() const { return redrives_.all(); }
  /// Moves on what redrive_all() has begun, in this run or one before. Call it about every 10 ms while there are redrives.
  void tick(int64_t steady_ms);
  int64_t next_tick_ms() const { return redrives_.next_ms(); }

  bool has_room() const { return rows() < limit_; }
  /// Those on their way to the file included.
  uint64_t rows() const {
    return meters_.dead_reserved.load(std::memory_order_relaxed) +
           meters_.dead_rows.load(std::memory_order_relaxed);
  }

  // For the outbox itself.
  /// Takes a place for one more; false: there is none. Only the lanes' thread takes places.
  bool reserve();
  /// Of the places, `burials` are used up, and `rows` letters have come into the file.
  void arrived(uint64_t burials, uint64_t rows, Store& store);
  /// Counts what the file has, and takes up its redrives.
  void load(Store& store);
  void refresh_oldest(Store& store);

 private:
  struct Export {
    ExportFile file;
    DeadQuery query;
    uint64_t count = 0;
    Answer<uint64_t> answer;
  };
  struct Purge {
    DeadQuery query;
    uint64_t count = 0;
    Answer<uint64_t> answer;
  };

  template <typename T>
  void ask(Answer<T> answer, std::function<base::Result<T>(Store&)> question);
  void export_on(const std::shared_ptr<Export>& state);
  base::Result<bool> export_some(Store& store, Export& state);
  void purge_on(const std::shared_ptr<Purge>& state);
  base::Result<bool> purge_some(Store& store, Purge& state);
  void lost(uint64_t rows);
  base::Status step(Store& store, const std::string& origin, uint64_t count);
  void announce(const std::vector<Queued>& moved);

  CommitQueue& queue_;
  Overlay& overlay_;
  Meters& meters_;
  const base::Clock& clock_;
  const uint64_t limit_;
  const OnRedriven on_redriven_;
  Redrives redrives_;
};

}  // namespace corral::outbox
