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

/// One decoded reply. Maps and attributes hold key, value, key, value … in `elements`. An attribute is a value of its
/// own that stands before the one it describes: at top level it comes out of next() by itself; inside an aggregate
/// it is an extra element.
struct Reply {
  ReplyKind kind = ReplyKind::kNull;
  int64_t integer = 0;   // kInteger, kBoolean (0/1)
  std::string text;      // simple, error, bulk, double (as sent), big number, verbatim (with its "txt:" prefix)
  std::vector<Reply> elements;

  bool operator==(const Reply&) const = default;
  /// Readable one-line form for messages: `+OK`, `"bytes\x00"`, `[1, "a"]`, `{k: v}`, `(nil)`, `-ERR …`.
  std::string describe() const;
};

/// Feed bytes, take replies. Bounded: nesting by kMaxReplyNesting, one bulk or text line by max_bulk_bytes, and elements
/// are reserved only as they arrive, so a hostile header allocates nothing. Cost is O(bytes) however they are split.
/// Streamed replies ("$?", "*?") are refused: Redis never sends them.
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
  struct Frame {
    Reply reply;
    int64_t left;  // elements still to come, attributes not counted
  };
  enum class Step : uint8_t { kItem, kStop };

  Step read_item(Reply& item, int64_t& elements);
  Step read_line(Bytes& line);
  Step read_bulk(Bytes length, Reply& item);
  Step read_aggregate(Bytes count, Reply& item, int64_t& elements);
  Step read_scalar(Bytes text, Reply& item);
  Step fail(std::string text);
  bool add(Reply& item);
  void finish_reply();

  int64_t max_bulk_bytes_;
  std::string buffer_;
  size_t position_ = 0;  // where the current reply begins in buffer_
  size_t cursor_ = 0;    // where its next item begins
  size_t scanned_ = 0;   // the item's line does not end before this offset
  size_t needed_ = 0;    // size of buffer_ with which the item's bulk is whole
  std::vector<Frame> open_;
  std::string last_encoded_;
  std::string error_;
};

}  // namespace corral::protocol
