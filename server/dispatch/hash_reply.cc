// Fields and pairs of a hash, encoded.
// Threading: see hash_reply.h.
// See: hash_reply.h
#include "server/dispatch/hash_reply.h"

namespace corral::dispatch {

using types::HashValue;

namespace {

// The number of pairs comes first, and size() counts those whose time has come.
int64_t visible_fields(const HashValue& hash, int64_t now_ms) {
  if (hash.next_expiry_ms() > now_ms) return static_cast<int64_t>(hash.size());
  int64_t count = 0;
  HashValue::Walk walk(hash, now_ms);
  while (walk.next()) ++count;
  return count;
}

}  // namespace

void write_field(protocol::ReplyWriter& reply, const HashValue* hash, std::string_view field,
                 int64_t now_ms) {
  const auto value = hash == nullptr ? std::nullopt : hash->get(field, now_ms);
  value ? write_element(reply, *value) : reply.null();
}

void write_pairs(protocol::ReplyWriter& reply, const HashValue* hash, int64_t now_ms, int parts) {
  const int64_t count = hash == nullptr ? 0 : visible_fields(*hash, now_ms);
  parts == (kFields | kValues) ? reply.map(count) : reply.array(count);
  if (count == 0) return;
  HashValue::Walk walk(*hash, now_ms);
  while (const auto pair = walk.next()) {
    if ((parts & kFields) != 0) write_element(reply, pair->field);
    if ((parts & kValues) != 0) write_element(reply, pair->value);
  }
}

}  // namespace corral::dispatch
