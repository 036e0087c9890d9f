// The array half of the request parser, and the finding of line ends for both halves.
// Threading: one parser per connection, used by the connection's worker only.
// See: README.md of this folder, "Requests"; inline_request.cc for the other half.
#include "protocol/request_parser.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "protocol/error_text.h"
#include "protocol/number.h"

namespace corral::protocol {
namespace {

// "*1", CRLF, "$0", CRLF, CRLF: no request is shorter, and none of its arguments is shorter than this. So much may be read
// without looking for the input's end.
constexpr size_t kShortestRequest = 10;
constexpr size_t kShortestArgument = 6;

unsigned digit(char c) { return static_cast<unsigned char>(c) - static_cast<unsigned>('0'); }

int64_t largest_bulk(const ParseLimits& limits) {
  return limits.authenticated ? limits.max_bulk_bytes : std::min(limits.max_bulk_bytes, kMaxBulkBytesBeforeAuth);
}

// Reads a request that is whole and spelled plainly: up to 99 arguments, lengths without sign or leading zeros and
// within the limits, and room in `arguments`. That is nearly every request, so this is the path that has to be short: it
// calls nothing. Returns the request's size, or 0 with `arguments` as they were: then the careful reader finds out why.
// Precondition: input begins with '*' and has kShortestRequest bytes.
size_t parse_plain(Bytes input, const ParseLimits& limits, std::vector<Bytes>& arguments) {
  const char* const in = input.data();
  size_t left = digit(in[1]);
  size_t at = 4;
  if (left - 1 > 8) return 0;
  if (in[2] != '\r') {
    const unsigned second = digit(in[2]);
    if (second > 9 || in[3] != '\r') return 0;
    left = left * 10 + second;
    if (left > static_cast<size_t>(kMaxArgumentsBeforeAuth) && !limits.authenticated) return 0;
    at = 5;
  }
  if (arguments.capacity() - arguments.size() < left) return 0;  // the careful reader makes room
  const int64_t largest = largest_bulk(limits);
  const size_t old_size = arguments.size();
  const size_t last_start = input.size() - kShortestArgument;
  do {
    if (at > last_start || in[at] != '$') break;
    size_t size = digit(in[at + 1]);
    if (size > 9) break;
    at += 2;
    if (in[at] != '\r') {
      if (size == 0) break;
      do {
        const unsigned next = digit(in[at]);
        if (next > 9) break;
        size = size * 10 + next;
        // The length that was read says that a payload of ten bytes and more follows, or else the input is not whole.
        if (++at + 4 > input.size() || size > 999'999'999) break;
      } while (in[at] != '\r');
      if (in[at] != '\r') break;
    }
    at += 2;
    if (size > static_cast<size_t>(largest) || at + size + 2 > input.size()) break;
    if (arguments.size() == arguments.capacity()) __builtin_unreachable();  // there is room for `left`
    arguments.emplace_back(in + at, size);
    at += size + 2;
  } while (--left != 0);
  if (left == 0) [[likely]] return at;
  arguments.erase(arguments.begin() + static_cast<ptrdiff_t>(old_size), arguments.end());
  return 0;
}

}  // namespace

RequestParser::Result RequestParser::parse(Bytes input, const ParseLimits& limits, std::vector<Bytes>& arguments) {
  if (input.size() >= kShortestRequest && input[0] == '*' && (position_ | scanned_) == 0) [[likely]] {
    const size_t consumed = parse_plain(input, limits, arguments);
    if (consumed != 0) [[likely]] return {ParseStatus::kRequest, consumed};
  }
  if (input.empty()) {
    wanted_ = 0;
    return {ParseStatus::kNeedMore, 0};
  }
  return input[0] == '*' ? parse_multibulk(input, limits, arguments) : parse_inline(input, arguments);
}

// The careful reader: takes up a request where the last call left it, and knows every spelling and error.
RequestParser::Result RequestParser::parse_multibulk(Bytes input, const ParseLimits& limits,
                                                     std::vector<Bytes>& arguments) {
  const size_t old_size = arguments.size();
  size_t position = position_;
  int64_t left = arguments_left_;
  int64_t bulk_size = bulk_size_;
  if (left < 0) {
    const Line line = read_count_line(input, limits, position, left);
    if (line == Line::kIncomplete) return keep(input, 0, -1, -1, old_size, arguments);
    if (line != Line::kWhole) return fail(old_size, arguments);
  }
  for (; left > 0; --left) {
    if (bulk_size < 0) {
      const Line line = read_bulk_line(input, limits, position, bulk_size);
      if (line == Line::kIncomplete) return keep(input, position, left, -1, old_size, arguments);
      if (line != Line::kWhole) return fail(old_size, arguments);
    }
    // Two bytes follow the argument. Redis does not look at them, and neither do we.
    const auto size = static_cast<size_t>(bulk_size);
    if (input.size() - position < size + 2) return keep(input, position, left, bulk_size, old_size, arguments);
    arguments.push_back(input.substr(position, size));
    position += size + 2;
    bulk_size = -1;
  }
  return finish(input, position, old_size, arguments);
}

// Remembers a half-read request. The arguments found by this call become offsets, since the input may move; those of
// earlier calls are offsets already, so that each argument is handled once however often the request is resumed.
RequestParser::Result RequestParser::keep(Bytes input, size_t position, int64_t arguments_left,
                                                            int64_t bulk_size, size_t old_size,
                                                            std::vector<Bytes>& arguments) {
  for (size_t i = old_size; i < arguments.size(); ++i) {
    ranges_.push_back({static_cast<size_t>(arguments[i].data() - input.data()), arguments[i].size()});
  }
  arguments.resize(old_size);
  position_ = position;
  arguments_left_ = arguments_left;
  bulk_size_ = bulk_size;
  wanted_ = bulk_size < 0 ? 0 : position + static_cast<size_t>(bulk_size) + 2;
  return {ParseStatus::kNeedMore, 0};
}

RequestParser::Result RequestParser::finish(Bytes input, size_t consumed, size_t old_size,
                                                                      std::vector<Bytes>& arguments) {
  if (!ranges_.empty()) arguments.insert(arguments.begin() + static_cast<ptrdiff_t>(old_size), ranges_.size(), Bytes());
  for (const Range& range : ranges_) arguments[old_size++] = input.substr(range.offset, range.size);
  forget();
  return {ParseStatus::kRequest, consumed};
}

RequestParser::Result RequestParser::fail(size_t old_size, std::vector<Bytes>& arguments) {
  arguments.resize(old_size);
  forget();
  return {ParseStatus::kError, 0};
}

void RequestParser::reset() {
  forget();
  error_.clear();
  std::string().swap(unquoted_);
}

void RequestParser::forget() {
  position_ = 0;
  scanned_ = 0;
  arguments_left_ = -1;
  bulk_size_ = -1;
  wanted_ = 0;
  line_hidden_ = false;
  std::vector<Range>().swap(ranges_);  // an idle connection keeps no memory for it
}

// Redis looks for a line's end with C string functions and gives up once more than 64 KiB lie behind the line's start.
// Hence a NUL hides the end for good; and hence, independent of how the bytes were split, the end may stand at
// most 64 KiB behind the start.
RequestParser::Line RequestParser::find_line_end(Bytes input, size_t start, char terminator, size_t& at) {
  const size_t window_end = std::min(input.size(), start + kMaxInlineBytes + 1);
  const size_t from = std::max(scanned_, start);
  if (!line_hidden_ && from < window_end) {
    const void* hit = std::memchr(input.data() + from, terminator, window_end - from);
    const size_t stop = hit ? static_cast<size_t>(static_cast<const char*>(hit) - input.data()) : window_end;
    line_hidden_ = std::memchr(input.data() + from, 0, stop - from) != nullptr;
    scanned_ = stop;
    if (hit && !line_hidden_) {
      at = stop;
      return Line::kWhole;
    }
  }
  return input.size() - start > static_cast<size_t>(kMaxInlineBytes) ? Line::kTooLong : Line::kIncomplete;
}

RequestParser::Line RequestParser::read_count_line(Bytes input, const ParseLimits& limits, size_t& position,
                                                   int64_t& count) {
  size_t at = 0;
  const Line line = find_line_end(input, 0, '\r', at);
  if (line == Line::kTooLong) error_ = error_text::kTooBigCountLine;
  if (line != Line::kWhole) return line;
  if (at + 2 > input.size()) return Line::kIncomplete;
  const std::optional<int64_t> value = parse_int64(input.substr(1, at - 1));
  if (!value || *value > kMaxArguments) {
    error_ = error_text::kInvalidCount;
    return Line::kBad;
  }
  if (*value > kMaxArgumentsBeforeAuth && !limits.authenticated) {
    error_ = error_text::kUnauthenticatedCount;
    return Line::kBad;
  }
  scanned_ = 0;
  position = at + 2;
  count = std::max<int64_t>(*value, 0);
  return Line::kWhole;
}

RequestParser::Line RequestParser::read_bulk_line(Bytes input, const ParseLimits& limits, size_t& position,
                                                  int64_t& size) {
  size_t at = 0;
  const Line line = find_line_end(input, position, '\r', at);
  if (line == Line::kTooLong) error_ = error_text::kTooBigBulkLine;
  if (line != Line::kWhole) return line;
  if (at + 2 > input.size()) return Line::kIncomplete;
  const char marker = input[position];
  if (marker != '$') {
    error_ = error_text::kExpectedBulk;
    error_ += marker;
    error_ += '\'';
    return Line::kBad;
  }
  const std::optional<int64_t> value = parse_int64(input.substr(position + 1, at - position - 1));
  if (!value || *value < 0 || *value > limits.max_bulk_bytes) {
    error_ = error_text::kInvalidBulk;
    return Line::kBad;
  }
  if (*value > kMaxBulkBytesBeforeAuth && !limits.authenticated) {
    error_ = error_text::kUnauthenticatedBulk;
    return Line::kBad;
  }
  scanned_ = 0;
  position = at + 2;
  size = *value;
  return Line::kWhole;
}

}  // namespace corral::protocol
