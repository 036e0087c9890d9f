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

constexpr int64_t kNotPlain = -1;
// "$0", CRLF, CRLF: no argument is shorter, so this much may be read without looking for the input's end.
constexpr ptrdiff_t kShortestArgument = 6;

unsigned digit(char c) { return static_cast<unsigned char>(c) - static_cast<unsigned>('0'); }

// The length in a plain "$<digits>\r." at `cursor`; `after` is set behind the line. kNotPlain for everything else (line
// not whole, sign, leading zero, no digits, ten digits and more), which the careful reader then sorts out.
inline int64_t plain_bulk_length(const char* cursor, const char* end, const char*& after) {
  if (end - cursor < kShortestArgument || cursor[0] != '$') return kNotPlain;
  const unsigned first = digit(cursor[1]);
  if (first > 9) return kNotPlain;
  if (cursor[2] == '\r') {
    after = cursor + 4;
    return first;
  }
  const unsigned second = digit(cursor[2]);
  if (second > 9 || first == 0) return kNotPlain;
  int64_t value = first * 10 + second;
  const char* at = cursor + 3;
  while (*at != '\r') {
    const unsigned next = digit(*at);
    if (next > 9 || value > 99'999'999) return kNotPlain;
    value = value * 10 + next;
    if (end - ++at < 2) return kNotPlain;
  }
  after = at + 2;
  return value;
}

int64_t largest_plain_bulk(const ParseLimits& limits) {
  return limits.authenticated ? limits.max_bulk_bytes : std::min(limits.max_bulk_bytes, kMaxBulkBytesBeforeAuth);
}

}  // namespace

RequestParser::Result RequestParser::parse(Bytes input, const ParseLimits& limits, std::vector<Bytes>& arguments) {
  if (input.empty()) [[unlikely]] {
    wanted_ = 0;
    return {ParseStatus::kNeedMore, 0};
  }
  if (input[0] == '*') [[likely]] return parse_multibulk(input, limits, arguments);
  return parse_inline(input, arguments);
}

RequestParser::Result RequestParser::parse_multibulk(Bytes input, const ParseLimits& limits,
                                                     std::vector<Bytes>& arguments) {
  const char* const begin = input.data();
  const char* const end = begin + input.size();
  const char* cursor = begin + position_;
  const size_t old_size = arguments.size();
  int64_t left = arguments_left_;
  int64_t bulk_size = bulk_size_;

  if (left < 0) {
    if (input.size() >= 4 && digit(begin[1]) - 1 < 9 && begin[2] == '\r') [[likely]] {
      left = digit(begin[1]);
      cursor = begin + 4;
    } else {
      size_t position = 0;
      const Line line = read_count_line(input, limits, position, left);
      if (line == Line::kIncomplete) return keep(input, 0, -1, -1, old_size, arguments);
      if (line != Line::kWhole) return fail(old_size, arguments);
      cursor = begin + position;
    }
  }

  const int64_t plain_limit = largest_plain_bulk(limits);
  for (; left > 0; --left) {
    if (bulk_size < 0) [[likely]] {
      const char* after = cursor;
      bulk_size = plain_bulk_length(cursor, end, after);
      if (bulk_size < 0 || bulk_size > plain_limit) [[unlikely]] {
        auto position = static_cast<size_t>(cursor - begin);
        const Line line = read_bulk_line(input, limits, position, bulk_size);
        if (line == Line::kIncomplete) return keep(input, position, left, -1, old_size, arguments);
        if (line != Line::kWhole) return fail(old_size, arguments);
        after = begin + position;
      }
      cursor = after;
    }
    // Two bytes follow the argument. Redis does not look at them, and neither do we.
    if (end - cursor < bulk_size + 2) [[unlikely]] {
      return keep(input, static_cast<size_t>(cursor - begin), left, bulk_size, old_size, arguments);
    }
    arguments.emplace_back(cursor, static_cast<size_t>(bulk_size));
    cursor += bulk_size + 2;
    bulk_size = -1;
  }

  const auto consumed = static_cast<size_t>(cursor - begin);
  if ((position_ | scanned_) != 0) [[unlikely]] return finish_resumed(input, consumed, old_size, arguments);
  return {ParseStatus::kRequest, consumed};
}

// Remembers a half-read request. The arguments found by this call become offsets, since the input may move; those of
// earlier calls are offsets already, so that each argument is handled once however often the request is resumed.
[[gnu::noinline]] RequestParser::Result RequestParser::keep(Bytes input, size_t position, int64_t arguments_left,
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

[[gnu::noinline]] RequestParser::Result RequestParser::finish_resumed(Bytes input, size_t consumed, size_t old_size,
                                                                      std::vector<Bytes>& arguments) {
  arguments.insert(arguments.begin() + static_cast<ptrdiff_t>(old_size), ranges_.size(), Bytes());
  for (const Range& range : ranges_) arguments[old_size++] = input.substr(range.offset, range.size);
  forget();
  return {ParseStatus::kRequest, consumed};
}

[[gnu::noinline]] RequestParser::Result RequestParser::fail(size_t old_size, std::vector<Bytes>& arguments) {
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
