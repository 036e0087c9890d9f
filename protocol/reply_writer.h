// Encoder of replies: one method per reply kind, RESP3 with the RESP2 form that Redis gives.
// Threading: used by one thread at a time.
// See: README.md of this folder, "Replies".
#pragma once

#include <cstdint>

#include "protocol/bytes.h"
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
  void integer(int64_t value);      ///< :value
  void bulk(Bytes bytes);           ///< $n bytes; copied
  void bulk_shared(Bytes bytes, SharedBytes* owner);  ///< $n, the bytes referenced
  void bulk_integer(int64_t value);  ///< an integer as a bulk string
  void null();                      ///< RESP2 $-1, RESP3 _
  void null_array();                ///< RESP2 *-1, RESP3 _
  void array(int64_t elements);     ///< header; the elements follow
  void map(int64_t pairs);          ///< RESP3 %pairs, RESP2 *2·pairs
  void set(int64_t elements);       ///< RESP3 ~, RESP2 *
  void push(int64_t elements);      ///< RESP3 >, RESP2 *
  void attribute(int64_t pairs);    ///< RESP3 |pairs; RESP2 writes nothing and the caller must skip the pairs
  void boolean(bool value);         ///< RESP3 #t/#f, RESP2 :1/:0
  void number(double value);        ///< RESP3 ,x  RESP2 bulk; text as Redis (%.17g, inf, -inf, nan)
  void big_number(Bytes digits);    ///< RESP3 (digits, RESP2 bulk
  void verbatim(Bytes bytes, Bytes format3);  ///< RESP3 =n fmt:bytes, RESP2 bulk
  void raw(Bytes encoded) { out_->append(encoded); }  ///< already encoded bytes

 private:
  void header(char type, int64_t n);

  ReplyBuffer* out_;
  bool resp3_;
};

}  // namespace corral::protocol
