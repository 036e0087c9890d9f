// A LaneLog that remembers: what the lanes' tests look at.
// Threading: one thread.
// See: server/outbox/lanes.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/outbox/lanes.h"

namespace corral::outbox {

class LaneBook final : public LaneLog {
 public:
  void delivered(const Queued& queued, Now) override { delivered_seqs.push_back(queued.record->seq); }
  void coalesced(const RecordPtr& old, const Queued& by) override {
    coalesced_seqs.push_back(old->seq);
    last = by.progress;
  }
  void retried(const Queued& queued) override { last = queued.progress; }
  bool bury(const Queued& queued, DeadReason reason, Now) override {
    if (room == 0) return false;
    --room;
    buried.emplace_back(queued.record->seq, reason);
    last = queued.progress;
    return true;
  }
  void standing(const Standing& standing) override { now_standing = standing; }

  size_t room = 1000;
  std::vector<uint64_t> delivered_seqs, coalesced_seqs;
  std::vector<std::pair<uint64_t, DeadReason>> buried;
  Progress last;
  Standing now_standing;
};

}  // namespace corral::outbox
