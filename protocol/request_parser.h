// Incremental parser of RESP arrays and inline requests into argument views.
// Threading: one parser per connection, used by the connection's worker only.
// See: README.md of this folder, "Requests".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/bytes.h"
#include "protocol/limits.h"

namespace corral::protocol {

enum class ParseStatus : uint8_t {
  kRequest,   ///< one whole request was read; `consumed` bytes are done with
  kNeedMore,  ///< the input ends inside a request; call again with the same bytes and more behind them
  kError,     ///< the bytes are no request; answer error() and close the connection
};

struct ParseLimits {
  int64_t max_bulk_bytes = kDefaultMaxBulkBytes;  ///< proto-max-bulk-len
  bool authenticated = true;                      ///< false: the tighter limits of a client that has not logged in
};

/// Reads one request at a time from the front of a contiguous input.
///
/// The input always begins at the first byte of the current request. After kNeedMore the caller calls again
/// with an input that has the same beginning (it may have moved in memory) and more bytes; the parser remembers
/// how far it came, so feeding byte by byte costs O(bytes), not O(bytes²). After kRequest or kError the state is
/// that of a fresh parser.
///
/// An empty multibulk (`*0`, `*-1`), an empty inline line: kRequest with no arguments (the caller ignores it).
class RequestParser {
 public:
  struct Result {
    ParseStatus status;
    size_t consumed;  ///< bytes of the input that belong to the request (kRequest only)
  };

  /// Appends the request's arguments to `arguments` on kRequest and leaves it untouched otherwise. Views point
  /// into `input`, but for inline requests with quotes or escapes, whose bytes live in this parser until the next
  /// call. O(bytes not yet seen).
  Result parse(Bytes input, const ParseLimits& limits, std::vector<Bytes>& arguments);

  /// After kError: the text for the error reply, without '-' and CRLF, e.g.
  /// "ERR Protocol error: invalid multibulk length". Same texts as Redis 7.0.
  const std::string& error() const { return error_; }

  /// After kNeedMore: the smallest total input size (counted from the request's first byte) with which another call
  /// can make progress; lets the caller size its buffer for a large bulk. 0 when unknown.
  size_t wanted() const { return wanted_; }

  /// Forgets a half-read request.
  void reset();

 private:
  struct Range {
    size_t offset;
    size_t size;
  };
  enum class Line : uint8_t { kWhole, kIncomplete, kTooLong, kBad };

  Result parse_multibulk(Bytes input, const ParseLimits& limits, std::vector<Bytes>& arguments);
  Result parse_inline(Bytes input, std::vector<Bytes>& arguments);
  bool split_inline(Bytes line, std::vector<Bytes>& arguments);

  Line find_line_end(Bytes input, size_t start, char terminator, size_t& at);
  Line read_count_line(Bytes input, const ParseLimits& limits, size_t& position, int64_t& count);
  Line read_bulk_line(Bytes input, const ParseLimits& limits, size_t& position, int64_t& size);

  Result keep(Bytes input, size_t position, int64_t arguments_left, int64_t bulk_size, size_t old_size,
              std::vector<Bytes>& arguments);
  Result finish(Bytes input, size_t consumed, size_t old_size, std::vector<Bytes>& arguments);
  Result fail(size_t old_size, std::vector<Bytes>& arguments);
  void forget();

  // What is known of the current request. A request that arrives whole touches none of it.
  size_t position_ = 0;          // bytes of the current request already understood
  size_t scanned_ = 0;           // the line being waited for has no end before this offset
  int64_t arguments_left_ = -1;  // -1: the '*' line has not been read
  int64_t bulk_size_ = -1;       // -1: the '$' line of the next argument has not been read
  size_t wanted_ = 0;
  bool line_hidden_ = false;     // a NUL stands in the line: Redis never sees its end
  std::vector<Range> ranges_;    // arguments of a request that came in pieces
  std::string unquoted_;         // bytes of the last inline request's quoted arguments
  std::string error_;
};

}  // namespace corral::protocol
