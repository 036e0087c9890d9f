// What an entry holds when it is no string: one container, whatever its type.
// Threading: touched only under the lock of the key's stripe; a detached one belongs to whoever holds it.
// See: README.md of this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace corral::types {

/// TYPE's answers, in this order.
enum class ValueType : uint8_t { kString = 0, kList, kSet, kZset, kHash, kStream };

/// A list, set, sorted set, hash or stream. Knows neither its key nor RESP.
class Value {
 public:
  Value() = default;
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  virtual ~Value();

  virtual ValueType type() const = 0;
  /// What OBJECT ENCODING answers: the name Redis 7.0 has for a value of this size and content.
  virtual std::string_view encoding() const = 0;
  /// Elements (fields of a hash). A key whose container is empty must not exist, but for streams.
  virtual size_t size() const = 0;
  /// Real memory with the object itself, by the allocator's size classes. O(1), exact.
  virtual size_t memory_bytes() const = 0;
  /// A deep copy (COPY, snapshots). O(size).
  virtual std::unique_ptr<Value> clone() const = 0;
  /// Frees at most about `budget` elements, so that a large value goes in steps; nothing else may be called after the
  /// first call. Returns how many it freed; 0 = nothing is left. Deleting it frees the rest at once.
  virtual size_t discard(size_t budget) = 0;

  /// When the next part of it ends by itself (a field of a hash), milliseconds since 1970; kNeverDue: nothing does. O(1).
  virtual int64_t next_due_ms() const { return kNeverDue; }
  /// For whoever looks after such times: the earliest at which it will look here, kept with the value. kNeverDue: it
  /// will not; a copy begins so.
  virtual int64_t recorded_due_ms() const { return kNeverDue; }
  virtual void record_due(int64_t /*at_ms*/) {}
  static constexpr int64_t kNeverDue = INT64_MAX;
};

}  // namespace corral::types
