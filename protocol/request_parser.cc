// The array half of the request parser, and the finding of line ends for both halves.
// Threading: one parser per connection, used by the connection's worker only.
// See: README.md of this folder, "Requests"; inline_request.cc for the other half.
#include "protocol/request_parser.h"

#include <algorithm>
#include <bit>
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

// What nearly every request begins with, as a number: "*2", CRLF, "$3", CRLF, its two digits taken out.
constexpr uint64_t kPlainHead = 0x0a0d'3024'0a0d'302a;
constexpr uint64_t kCountByte = 0xff00;
constexpr uint64_t kSizeByte = 0xff00'0000'0000;

// The length line of an argument at `at`, without its sign or leading zeros: moves `at` behind it. Returns SIZE_MAX when it
// is something else. Precondition: kShortestArgument bytes are there; of longer lines, as much as they say follows.
size_t plain_size(Bytes input, size_t& at) {
  const char* const in = input.data();
  size_t size = digit(in[at + 1]);
  if (in[at] != '$' || size > 9) return SIZE_MAX;
  at += 2;
  if (in[at] == '\r') {
    at += 2;
    return size;
  }
  if (size == 0) return SIZE_MAX;
  const size_t second = digit(in[at]);
  if (second <= 9 && in[at + 1] == '\r') [[likely]] {
    at += 3;
    return size * 10 + second;
  }
  do {
    const unsigned next = digit(in[at]);
    if (next > 9) return SIZE_MAX;
    size = size * 10 + next;
    // The length that was read says that a payload of ten bytes and more follows, or else the input is not whole.
    if (++at + 4 > input.size() || size > 999'999'999) return SIZE_MAX;
  } while (in[at] != '\r');
  at += 2;
  return size;
}

// The number of arguments, 1 to 99, and the size of the first: moves `at` behind both lines. Returns false when they are
// something else. Precondition: kShortestRequest bytes are there.
bool plain_head(Bytes input, const ParseLimits& limits, size_t& count, size_t& size, size_t& at) {
  const char* const in = input.data();
  uint64_t head;
  std::memcpy(&head, in, sizeof head);
  head ^= kPlainHead;
  count = static_cast<uint8_t>(head >> 8);
  size = static_cast<uint8_t>(head >> 40);
  at = sizeof head;
  if ((head & ~(kCountByte | kSizeByte)) == 0 && count - 1 <= 8 && size <= 9) [[likely]] return true;
  count = digit(in[1]);
  at = 4;
  if (in[0] != '*' || count - 1 > 8) return false;
  if (in[2] != '\r') {
    const unsigned second = digit(in[2]);
    if (second > 9 || in[3] != '\r') return false;
    count = count * 10 + second;
    if (count > static_cast<size_t>(kMaxArgumentsBeforeAuth) && !limits.authenticated) return false;
    at = 5;
  }
  if (at + kShortestArgument > input.size()) return false;
  size = plain_size(input, at);
  return true;
}

// Reads a request that is whole and spelled plainly: up to 99 arguments, lengths without sign or leading zeros and
// within the limits, and room in `arguments`. That is nearly every request, so this is the path that has to be short: it
// calls nothing. Returns the request's size, or 0 with `arguments` as they were: then the careful reader finds out why.
// Precondition: input has kShortestRequest bytes.
size_t parse_plain(Bytes input, const ParseLimits& limits, std::vector<Bytes>& arguments) {
  static_assert(std::endian::native == std::endian::little);
  const char* const in = input.data();
  size_t left, size, at;
  if (!plain_head(input, limits, left, size, at)) return 0;
  if (arguments.capacity() - arguments.size() < left) return 0;  // the careful reader makes room
  const auto largest = static_cast<size_t>(largest_bulk(limits));
  const size_t old_size = arguments.size();
  const size_t last_start = input.size() - kShortestArgument;
  while (size <= largest && at + size + 2 <= input.size()) {
    if (arguments.size() == arguments.capacity()) __builtin_unreachable();  // there is room for `left`
    arguments.emplace_back(in + at, size);
    at += size + 2;
    if (--left == 0) return at;
    if (at > last_start) break;
    size = plain_size(input, at);
  }
  arguments.erase(arguments.begin() + static_cast<ptrdiff_t>(old_size), arguments.end());
  return 0;
}

}  // namespace

RequestParser::Result RequestParser::parse(Bytes input, const ParseLimits& limits, std::vector<Bytes>& arguments) {
  if (input.size() >= kShortestRequest && (position_ | scanned_) == 0) [[likely]] {
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
