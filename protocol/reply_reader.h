// Incremental decoder of replies (RESP2 and RESP3) into values; for tests now, for upstream servers later.
// Threading: one reader per stream.
// See: README.md of this folder, "Reading replies".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/bytes.h"

namespace corral::protocol {

enum class ReplyKind : uint8_t {
  kSimple, kError, kInteger, kBulk, kNull, kNullArray, kArray, kMap, kSet, kPush, kAttribute, kBoolean, kDouble,
  kBigNumber, kVerbatim, kBulkError
};

/// One decoded reply. Maps and attributes hold key, value, key, value … in `elements`.
struct Reply {
  ReplyKind kind = ReplyKind::kNull;
  int64_t integer = 0;   // kInteger, kBoolean (0/1)
  std::string text;      // simple, error, bulk, double (as sent), big number, verbatim (with its "txt:" prefix)
  std::vector<Reply> elements;

  bool operator==(const Reply&) const = default;
  /// Readable one-line form for messages: `+OK`, `"bytes\x00"`, `[1, "a"]`, `{k: v}`, `(nil)`, `-ERR …`.
  std::string describe() const;
};

/// Feed bytes, take replies. Bounded: nesting by kMaxReplyNesting, one bulk by max_bulk_bytes, and elements are
/// reserved only as they arrive, so a hostile header allocates nothing.
class ReplyReader {
 public:
  explicit ReplyReader(int64_t max_bulk_bytes = 512LL * 1024 * 1024) : max_bulk_bytes_(max_bulk_bytes) {}

  void feed(Bytes bytes);
  /// The next whole reply; empty when more bytes are needed or after an error.
  std::optional<Reply> next();
  /// Non-empty when the bytes were no reply; the stream is unusable from then on.
  const std::string& error() const { return error_; }
  /// The encoded bytes of the reply that next() returned last.
  Bytes last_encoded() const { return last_encoded_; }

 private:
  int64_t max_bulk_bytes_;
  std::string buffer_;
  size_t position_ = 0;
  std::string last_encoded_;
  std::string error_;
  // Implementer: add what an O(n) incremental scan needs.
};

}  // namespace corral::protocol
