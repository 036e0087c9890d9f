// Strings on their way in and out: the encoding Redis would name, blobs for large values.
// Threading: a value type.
// See: README.md of this folder.
#pragma once

#include <cstring>

#include "protocol/number.h"
#include "protocol/reply_writer.h"
#include "server/base/blob.h"
#include "server/dispatch/parking.h"
#include "server/store/entry.h"

namespace corral::commands {

/// Redis' OBJECT ENCODING of a string that was stored whole (SET and its kin).
inline store::StringEncoding encoding_of(protocol::Bytes text) {
  constexpr size_t kMaxEmbstrBytes = 44;
  if (text.size() > kMaxEmbstrBytes) return store::StringEncoding::kRaw;
  if (text.empty() || text.size() > protocol::kMaxInt64Chars) return store::StringEncoding::kEmbstr;
  const char first = text[0];
  if (first != '-' && (first < '0' || first > '9')) return store::StringEncoding::kEmbstr;
  return protocol::parse_int64(text) ? store::StringEncoding::kInt : store::StringEncoding::kEmbstr;
}

/// A value ready to be stored; large ones are copied into their blob here, before any table is touched.
class StringValue {
 public:
  explicit StringValue(protocol::Bytes bytes) : StringValue(bytes, encoding_of(bytes)) {}
  StringValue(protocol::Bytes bytes, store::StringEncoding encoding) : bytes_(bytes), encoding_(encoding) {
    if (bytes.size() > base::Blob::kInlineLimit) blob_ = base::BlobRef(base::Blob::copy_of(bytes));
  }

  /// Once: the blob goes to the table.
  store::NewValue take() { return {bytes_, blob_.detach(), encoding_}; }

 private:
  protocol::Bytes bytes_;
  base::BlobRef blob_;
  store::StringEncoding encoding_;
};

/// A new string of `size` zeros, to be written and stored. Made whole before it is stored, because readers who wait for
/// the key get what is stored first.
class BlankString {
 public:
  explicit BlankString(size_t size) : size_(size) {
    if (size > sizeof small_) blob_ = base::BlobRef(base::Blob::make(size));
    std::memset(data(), 0, size);
  }
  char* data() { return blob_ ? blob_->data() : small_; }
  protocol::Bytes view() { return {data(), size_}; }

  /// Once: the blob goes to the table.
  store::NewValue take() {
    const protocol::Bytes bytes = view();
    return {bytes, blob_.detach(), store::StringEncoding::kRaw};
  }

 private:
  size_t size_;
  base::BlobRef blob_;
  char small_[base::Blob::kInlineLimit];
};

/// The entry's string as a bulk reply: small ones copied, large ones referenced. Precondition: entry.is_string().
inline void write_string(protocol::ReplyWriter& reply, const store::Entry& entry) {
  base::Blob* blob = entry.blob();
  if (blob == nullptr) {
    reply.bulk(entry.string());
  } else {
    dispatch::write_blob(reply, blob);
  }
}

}  // namespace corral::commands
