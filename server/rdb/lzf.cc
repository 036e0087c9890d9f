// LZF: runs of literal bytes, and references to bytes up to 8 KiB back.
// Threading: pure functions.
// See: lzf.h
#include "server/rdb/lzf.h"

#include "server/rdb/byte_reader.h"

namespace corral::rdb {

bool unpack_lzf(std::string_view packed, size_t size, std::string& out) {
  if (size > most_unpacked(packed.size())) return false;
  out.clear();
  out.reserve(size);
  ByteReader reader(packed);
  while (reader.left() > 0) {
    const size_t control = reader.byte();
    if (control < 32) {
      out.append(reader.take(control + 1));
    } else {
      size_t length = control >> 5;
      if (length == 7) length += reader.byte();
      const size_t back = ((control & 0x1F) << 8) + reader.byte() + 1;
      length += 2;
      if (reader.failed() || back > out.size() || length > size - out.size()) return false;
      // Bytes that are being written may be referred to.
      for (; length > 0; --length) out.push_back(out[out.size() - back]);
    }
    if (reader.failed() || out.size() > size) return false;
  }
  return out.size() == size;
}

}  // namespace corral::rdb
