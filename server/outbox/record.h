// One write on its way to an origin, and how far it has come.
// Threading: a Record never changes once it is shared; Progress is a value.
// See: README.md of this folder, "Record".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace corral::outbox {

enum class Operation : uint8_t { kPut = 1, kRemove = 2 };

/// The after-image of a key. (epoch, version) never goes down for a key.
struct Record {
  uint64_t seq = 0;      ///< given by Outbox::append, unique in a file for ever
  uint64_t epoch = 0;    ///< below 2^63
  uint64_t version = 0;  ///< below 2^63; 0 when appended: becomes seq
  std::string origin;
  std::string policy;
  uint32_t db = 0;
  std::string key;
  Operation operation = Operation::kPut;
  std::string image;                     ///< kPut: what after_image.h encodes
  std::optional<int64_t> expires_at_ms;  ///< wall clock
  std::string idempotency_key;  ///< empty when appended: made from the file's name for itself and seq
  std::string traceparent;
};
using RecordPtr = std::shared_ptr<const Record>;

/// Wall-clock milliseconds.
struct Progress {
  int64_t enqueued_ms = 0;  ///< of the first write that this one has replaced
  int64_t due_ms = 0;
  uint32_t attempts = 0;  ///< that were answered with a failure
  std::string first_error;
  std::string last_error;
};

struct Queued {
  RecordPtr record;
  Progress progress;
};

/// A moment on both clocks: the steady one decides, the wall's is what files and people see.
struct Now {
  int64_t steady_ms = 0;
  int64_t wall_ms = 0;
};

/// Why a record was given up.
enum class DeadReason : uint8_t { kPermanent = 1, kAttempts = 2, kAge = 3 };
constexpr size_t kDeadReasons = 3;
/// "permanent", "max-attempts", "max-age".
const char* name_of(DeadReason reason);
std::optional<DeadReason> dead_reason_named(std::string_view name);

inline bool is_newer(const Record& a, const Record& b) {
  return std::tie(a.epoch, a.version) > std::tie(b.epoch, b.version);
}

/// What a record takes in memory, near enough for a bound.
inline size_t bytes_of(const Record& record) {
  return sizeof(Record) + record.origin.size() + record.policy.size() + record.key.size() +
         record.image.size() + record.idempotency_key.size() + record.traceparent.size();
}

}  // namespace corral::outbox
