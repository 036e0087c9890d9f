// The replies that are not hot enough to be inline.
// Threading: used by one thread at a time.
// See: README.md of this folder, "Replies".
#include "protocol/reply_writer.h"

#include <algorithm>
#include <string>

namespace corral::protocol {

char* ReplyWriter::long_header(char* out, char type, int64_t n) {
  *out++ = type;
  return line_end(write_int64(out, n));
}

void ReplyWriter::simple(Bytes text) { line('+', text); }

void ReplyWriter::error(Bytes text) {
  char* const begin = out_->reserve(text.size() + 3);
  *begin = '-';
  char* const end = std::transform(text.begin(), text.end(), begin + 1,
                                   [](char c) { return c == '\r' || c == '\n' ? ' ' : c; });
  out_->commit(static_cast<size_t>(line_end(end) - begin));
}

void ReplyWriter::bulk_shared(Bytes bytes, SharedBytes* owner) {
  header('$', static_cast<int64_t>(bytes.size()));
  out_->append_shared(bytes, owner);
  raw("\r\n");
}

void ReplyWriter::bulk_integer(int64_t value) {
  char text[kMaxInt64Chars];
  bulk({text, static_cast<size_t>(write_int64(text, value) - text)});
}

void ReplyWriter::attribute(int64_t pairs) {
  if (resp3_) header('|', pairs);
}

void ReplyWriter::boolean(bool value) {
  if (resp3_) return raw(value ? "#t\r\n" : "#f\r\n");
  raw(value ? ":1\r\n" : ":0\r\n");
}

void ReplyWriter::number(double value) {
  const std::string text = double_text(value);
  if (!resp3_) return bulk(text);
  line(',', text);
}

void ReplyWriter::big_number(Bytes digits) {
  if (!resp3_) return bulk(digits);
  line('(', digits);
}

void ReplyWriter::verbatim(Bytes bytes, Bytes format3) {
  if (!resp3_) return bulk(bytes);
  header('=', static_cast<int64_t>(bytes.size() + format3.size() + 1));
  raw(format3);
  raw(":");
  raw(bytes);
  raw("\r\n");
}

void ReplyWriter::line(char type, Bytes text) {
  char* const begin = out_->reserve(text.size() + 3);
  *begin = type;
  out_->commit(static_cast<size_t>(line_end(std::copy(text.begin(), text.end(), begin + 1)) - begin));
}

}  // namespace corral::protocol
