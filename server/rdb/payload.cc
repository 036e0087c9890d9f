// The footer of a payload.
// Threading: pure functions.
// See: payload.h
#include "server/rdb/payload.h"

#include "server/rdb/byte_reader.h"
#include "server/rdb/byte_writer.h"
#include "server/rdb/crc64.h"
#include "server/rdb/read_value.h"
#include "server/rdb/write_value.h"

namespace corral::rdb {
namespace {

constexpr size_t kVersionBytes = 2;
constexpr size_t kChecksumBytes = 8;
constexpr size_t kFooterBytes = kVersionBytes + kChecksumBytes;

std::string with_footer(std::string bytes) {
  write_little(bytes, kVersion, kVersionBytes);
  write_little(bytes, crc64(bytes), kChecksumBytes);
  return bytes;
}

}  // namespace

std::string dump(std::string_view text) {
  std::string bytes;
  bytes.push_back(static_cast<char>(Type::kString));
  write_text(bytes, text);
  return with_footer(std::move(bytes));
}

std::string dump(const types::Value& value, const types::Thresholds& thresholds, int64_t now_ms) {
  std::string bytes;
  write_value(bytes, value, thresholds, now_ms);
  return with_footer(std::move(bytes));
}

std::optional<std::string_view> verified(std::string_view payload) {
  if (payload.size() < kFooterBytes) return std::nullopt;
  const size_t size = payload.size() - kFooterBytes;
  ByteReader footer(payload.substr(size));
  if (footer.little(kVersionBytes) > kNewestVersion) return std::nullopt;
  if (footer.little(kChecksumBytes) != crc64(payload.substr(0, size + kVersionBytes))) return std::nullopt;
  return payload.substr(0, size);
}

std::optional<Restored> restore(std::string_view bytes, const Settings& settings) {
  RdbReader reader(bytes);
  Restored restored;
  const auto type = static_cast<Type>(reader.byte());
  if (reader.failed() || !read_value(reader, type, settings, restored)) return std::nullopt;
  if (reader.failed() || reader.left() != 0) return std::nullopt;
  return restored;
}

}  // namespace corral::rdb
