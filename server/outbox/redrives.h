// How fast dead letters are sent again: one task for each origin, paced by the steady clock.
// Threading: any thread (a leaf mutex). No I/O.
// See: README.md of this folder, "Dead letters".
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "server/outbox/dead_letter.h"

namespace corral::outbox {

class Redrives {
 public:
  struct Step {
    std::string origin;
    uint64_t count;  ///< so many may be moved now
  };

  void put(const Redrive& redrive);
  void remove(const std::string& origin);
  bool has(const std::string& origin) const;
  std::vector<Redrive> all() const;
  /// Of one origin; an empty one if there is no task.
  Redrive find(const std::string& origin) const;

  /// What may be done by `steady_ms`. A task that has got a step gets the next one after finished().
  std::vector<Step> due(int64_t steady_ms);
  /// Earliest time at which due() has something; INT64_MAX: never, as things stand.
  int64_t next_ms() const;
  void finished(const std::string& origin);

 private:
  struct Task {
    Redrive redrive;
    int64_t next_us = INT64_MIN;  // when the next one may go
    bool busy = false;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Task> tasks_;
};

}  // namespace corral::outbox
