// Decoded replies back to bytes, for round trips.
// Threading: pure functions.
// See: tests/README.md.
#include "tests/support/reply_encoding.h"

#include <vector>

namespace corral::test_support {

using protocol::Reply;
using protocol::ReplyKind;

namespace {

int64_t counted_elements(const Reply& reply) {
  int64_t count = 0;
  for (const Reply& element : reply.elements) count += element.kind == ReplyKind::kAttribute ? 0 : 1;
  return count;
}

void write_header(const Reply& reply, protocol::ReplyWriter& writer) {
  const int64_t count = counted_elements(reply);
  switch (reply.kind) {
    case ReplyKind::kMap: return writer.map(count / 2);
    case ReplyKind::kSet: return writer.set(count);
    case ReplyKind::kPush: return writer.push(count);
    case ReplyKind::kAttribute: return writer.attribute(count / 2);
    default: return writer.array(count);
  }
}

void write_line(char type, const std::string& text, protocol::ReplyWriter& writer) {
  writer.raw({&type, 1});
  writer.raw(text);
  writer.raw("\r\n");
}

}  // namespace

void write_reply(const Reply& reply, protocol::ReplyWriter& writer) {
  switch (reply.kind) {
    case ReplyKind::kSimple: return writer.simple(reply.text);
    case ReplyKind::kError: return writer.error(reply.text);
    case ReplyKind::kInteger: return writer.integer(reply.integer);
    case ReplyKind::kBulk: return writer.bulk(reply.text);
    case ReplyKind::kNull: return writer.null();
    case ReplyKind::kNullArray: return writer.null_array();
    case ReplyKind::kBoolean: return writer.boolean(reply.integer != 0);
    case ReplyKind::kBigNumber: return writer.big_number(reply.text);
    case ReplyKind::kVerbatim: return writer.verbatim(reply.text.substr(4), reply.text.substr(0, 3));
    // The text of a double need not be the one that number() would choose, and bulk errors Redis never writes.
    case ReplyKind::kDouble: return writer.resp3() ? write_line(',', reply.text, writer) : writer.bulk(reply.text);
    case ReplyKind::kBulkError:
      write_line('!', std::to_string(reply.text.size()), writer);
      writer.raw(reply.text);
      return writer.raw("\r\n");
    default: break;
  }
  if (reply.kind == ReplyKind::kAttribute && !writer.resp3()) return;
  write_header(reply, writer);
  for (const Reply& element : reply.elements) write_reply(element, writer);
}

Reply as_resp2(const Reply& reply) {
  Reply out = reply;
  switch (reply.kind) {
    case ReplyKind::kDouble:
    case ReplyKind::kBigNumber: out.kind = ReplyKind::kBulk; break;
    case ReplyKind::kVerbatim:
      out.kind = ReplyKind::kBulk;
      out.text = reply.text.substr(4);
      break;
    case ReplyKind::kBoolean: out.kind = ReplyKind::kInteger; break;
    case ReplyKind::kMap:
    case ReplyKind::kSet:
    case ReplyKind::kPush: out.kind = ReplyKind::kArray; break;
    default: break;
  }
  out.elements.clear();
  for (const Reply& element : reply.elements) {
    if (element.kind != ReplyKind::kAttribute) out.elements.push_back(as_resp2(element));
  }
  return out;
}

std::string bytes_of(const protocol::ReplyBuffer& buffer) {
  std::vector<protocol::ReplyBuffer::Piece> pieces(16);
  size_t count = 0;
  while ((count = buffer.pieces(pieces.data(), pieces.size())) == pieces.size()) pieces.resize(2 * pieces.size());
  std::string out;
  for (size_t i = 0; i < count; ++i) out.append(pieces[i].data, pieces[i].size);
  return out;
}

}  // namespace corral::test_support
