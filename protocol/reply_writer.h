// Encoder of replies: one method per reply kind, RESP3 with the RESP2 form that Redis gives.
// Threading: used by one thread at a time.
// See: README.md of this folder, "Replies".
#pragma once

#include <cstdint>
#include <cstring>

#include "protocol/bytes.h"
#include "protocol/number.h"
#include "protocol/reply_buffer.h"

namespace corral::protocol {

/// Writes replies into a ReplyBuffer. Copies nothing but bytes; holds no state besides target and version, so it is
/// made where it is needed.
class ReplyWriter {
 public:
  ReplyWriter(ReplyBuffer& out, int resp_version) : out_(&out), resp3_(resp_version >= 3) {}

  bool resp3() const { return resp3_; }
  ReplyBuffer& buffer() { return *out_; }

  void ok() { raw("+OK\r\n"); }
  void simple(Bytes text);          ///< +text
  void error(Bytes text);           ///< -text; text begins with its code word ("ERR …"); CR and LF become spaces
  void integer(int64_t value) { header(':', value); }
  void bulk(Bytes bytes);           ///< $n bytes; copied
  void bulk_shared(Bytes bytes, SharedBytes* owner);  ///< $n, the bytes referenced
  void bulk_integer(int64_t value);  ///< an integer as a bulk string
  void null() { resp3_ ? raw("_\r\n") : raw("$-1\r\n"); }
  void null_array() { resp3_ ? raw("_\r\n") : raw("*-1\r\n"); }
  void array(int64_t elements) { header('*', elements); }  ///< the elements follow
  void map(int64_t pairs) { resp3_ ? header('%', pairs) : header('*', 2 * pairs); }  ///< RESP3 %pairs, RESP2 *2·pairs
  void set(int64_t elements) { header(resp3_ ? '~' : '*', elements); }    ///< RESP3 ~, RESP2 *
  void push(int64_t elements) { header(resp3_ ? '>' : '*', elements); }   ///< RESP3 >, RESP2 *
  void attribute(int64_t pairs);    ///< RESP3 |pairs; RESP2 writes nothing and the caller must skip the pairs
  void boolean(bool value);         ///< RESP3 #t/#f, RESP2 :1/:0
  void number(double value);        ///< RESP3 ,x  RESP2 bulk; text as Redis (%.17g, inf, -inf, nan)
  void big_number(Bytes digits);    ///< RESP3 (digits, RESP2 bulk
  void verbatim(Bytes bytes, Bytes format3);  ///< RESP3 =n fmt:bytes, RESP2 bulk
  void raw(Bytes encoded) { out_->append(encoded); }  ///< already encoded bytes

 private:
  // type, 20 digits with sign, CRLF
  static constexpr size_t kMaxHeaderBytes = 1 + kMaxInt64Chars + 2;

  static char* line_end(char* out) {
    std::memcpy(out, "\r\n", 2);
    return out + 2;
  }
  static char* write_header(char* out, char type, int64_t n) {
    if (n >= 100 || n < 0) return long_header(out, type, n);
    *out++ = type;
    if (n < 10) {
      *out++ = static_cast<char>('0' + n);
    } else {
      std::memcpy(out, kTwoDigits + 2 * n, 2);
      out += 2;
    }
    return line_end(out);
  }
  static char* long_header(char* out, char type, int64_t n);
  void header(char type, int64_t n) {
    char* const begin = out_->reserve(kMaxHeaderBytes);
    out_->commit(static_cast<size_t>(write_header(begin, type, n) - begin));
  }
  void line(char type, Bytes text);

  ReplyBuffer* out_;
  bool resp3_;
};

inline void ReplyWriter::bulk(Bytes bytes) {
  char* const begin = out_->reserve(kMaxHeaderBytes + bytes.size() + 2);
  char* const payload = write_header(begin, '$', static_cast<int64_t>(bytes.size()));
  if (!bytes.empty()) std::memcpy(payload, bytes.data(), bytes.size());
  out_->commit(static_cast<size_t>(line_end(payload + bytes.size()) - begin));
}

}  // namespace corral::protocol
