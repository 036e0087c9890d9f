// Raising one register of the sparse form in place, so that the bytes become what Redis makes of them.
// Threading: pure functions.
// See: hyperloglog.h.
#include <algorithm>

#include "server/types/hyperloglog.h"
#include "server/types/hyperloglog_runs.h"

namespace corral::types::hyperloglog {
namespace {

// No sparse form is longer: even a run of two bytes covers a register.
constexpr size_t kMostSparseBytes = kHeaderBytes + 2 * kRegisters;
constexpr int kRunsToJoin = 5;

// Where a register lies.
struct Position {
  size_t at = 0;      // of its run
  size_t before = 0;  // of the run before; the first run when there is none
  size_t first = 0;   // the run's first register
  Run run;
  bool found = false;
};

Position find(std::string_view bytes, size_t index) {
  Position position;
  position.at = position.before = kHeaderBytes;
  while (position.at < bytes.size()) {
    position.run = run_at(bytes, position.at);
    if (!position.run.is_whole) break;
    if (index < position.first + position.run.length) {
      position.found = true;
      break;
    }
    position.before = position.at;
    position.at += position.run.bytes;
    position.first += position.run.length;
  }
  return position;
}

// The run cut in up to three, its register `index` having `count`.
std::string split(const Position& position, size_t index, uint8_t count) {
  const size_t left = index - position.first;
  const size_t right = position.run.length - left - 1;
  const auto append = [&position](std::string& out, size_t length) {
    if (length == 0) return;
    if (position.run.value == 0) {
      append_zeros(out, length);
    } else {
      out.push_back(values_run(position.run.value, length));
    }
  };
  std::string out;
  append(out, left);
  out.push_back(values_run(count, 1));
  append(out, right);
  return out;
}

// Joins equal values next to each other, from a run on and only nearby, as Redis does.
void join(std::string& bytes, size_t at) {
  for (int steps = kRunsToJoin; at < bytes.size() && steps > 0; --steps) {
    const Run run = run_at(bytes, at);
    if (run.value > 0 && at + 1 < bytes.size()) {
      const Run next = run_at(bytes, at + 1);
      if (next.value == run.value && run.length + next.length <= kLongestValues) {
        bytes[at] = values_run(run.value, run.length + next.length);
        bytes.erase(at + 1, 1);
        continue;  // the joined run may go with the one behind it
      }
    }
    at += run.bytes;
  }
}

Raised raise_after_promotion(std::string& bytes, Observation observation) {
  if (!make_dense(bytes)) return Raised::kCorrupt;
  return raise_dense(bytes.data(), observation) ? Raised::kYes : Raised::kNo;
}

}  // namespace

Raised raise(std::string& bytes, Observation observation, size_t most_sparse_bytes) {
  if (is_dense(bytes)) return raise_dense(bytes.data(), observation) ? Raised::kYes : Raised::kNo;
  if (bytes.size() > kMostSparseBytes) return Raised::kCorrupt;
  if (observation.count > kLargestValue) return raise_after_promotion(bytes, observation);
  const Position position = find(bytes, observation.index);
  if (!position.found) return Raised::kCorrupt;
  if (position.run.value >= observation.count) return Raised::kNo;
  const std::string runs = split(position, observation.index, observation.count);
  if (runs.size() > position.run.bytes &&
      bytes.size() + runs.size() - position.run.bytes > most_sparse_bytes) {
    return raise_after_promotion(bytes, observation);
  }
  bytes.replace(position.at, position.run.bytes, runs);
  join(bytes, position.before);
  forget_estimate(bytes.data());
  return Raised::kYes;
}

std::string describe_sparse(std::string_view bytes) {
  std::string out;
  for (size_t at = kHeaderBytes; at < bytes.size();) {
    const Run run = run_at(bytes, at);
    if (!out.empty()) out.push_back(' ');
    if (run.value > 0) {
      out.append("v:").append(std::to_string(run.value)).append(",");
    } else {
      out.append(run.bytes == 2 ? "Z:" : "z:");
    }
    out.append(std::to_string(run.length));
    at += run.bytes;
  }
  return out;
}

}  // namespace corral::types::hyperloglog
