// JSON by hand: one flat object a line.
// Threading: one thread at a time.
// See: export_file.h of this folder.
#include "server/outbox/export_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "server/outbox/after_image.h"

namespace corral::outbox {
namespace {

/// Strict: no surrogates, no overlong forms, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto at = [&](size_t offset) {
      return static_cast<uint8_t>(i + offset < text.size() ? text[i + offset] : 0);
    };
    const uint8_t lead = at(0);
    const size_t more = lead < 0x80 ? 0 : lead >= 0xc2 && lead < 0xe0 ? 1 : (lead & 0xf0) == 0xe0 ? 2 : 3;
    if (more == 3 && (lead < 0xf0 || lead > 0xf4)) return false;
    for (size_t offset = 1; offset <= more; ++offset) {
      if ((at(offset) & 0xc0) != 0x80) return false;
    }
    const uint8_t next = at(1);
    if ((lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) || (lead == 0xf0 && next < 0x90) ||
        (lead == 0xf4 && next > 0x8f)) {
      return false;
    }
    i += more + 1;
  }
  return true;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](size_t offset) {
      return i + offset < bytes.size() ? static_cast<uint32_t>(static_cast<uint8_t>(bytes[i + offset])) : 0;
    };
    const uint32_t word = at(0) << 16 | at(1) << 8 | at(2);
    for (size_t digit = 0; digit < 4; ++digit) {
      out.push_back(i + digit > bytes.size() ? '=' : kDigits[word >> (18 - 6 * digit) & 63]);
    }
  }
  return out;
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
      out.append("\\u00");
      out.push_back(kHex[static_cast<uint8_t>(c) >> 4]);
      out.push_back(kHex[static_cast<uint8_t>(c) & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

class Line {
 public:
  void number(const char* name, int64_t value) { begin(name, "").append(std::to_string(value)); }
  void number(const char* name, uint64_t value) { begin(name, "").append(std::to_string(value)); }
  void text(const char* name, std::string_view value) {
    const bool plain = is_utf8(value);
    begin(name, plain ? "" : "_base64").append(plain ? quoted(value) : quoted(base64(value)));
  }
  void fields(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
    bool plain = true;
    for (const auto& [name, value] : fields) plain = plain && is_utf8(name) && is_utf8(value);
    std::string& out = begin("fields", plain ? "" : "_base64").append("[");
    const char* comma = "";
    for (const auto& [name, value] : fields) {
      out.append(comma).append("[").append(plain ? quoted(name) : quoted(base64(name))).append(",");
      out.append(plain ? quoted(value) : quoted(base64(value))).append("]");
      comma = ",";
    }
    out.append("]");
  }
  std::string end() { return out_ + "}\n"; }

 private:
  std::string& begin(const char* name, const char* suffix) {
    return out_.append(out_.empty() ? "{\"" : ",\"").append(name).append(suffix).append("\":");
  }
  std::string out_;
};

}  // namespace

std::string json_line(const DeadLetter& letter) {
  const Record& record = *letter.queued.record;
  const Progress& progress = letter.queued.progress;
  Line line;
  line.number("id", record.seq);
  line.text("origin", record.origin);
  line.text("policy", record.policy);
  line.number("db", int64_t{record.db});
  line.text("key", record.key);
  line.text("operation", record.operation == Operation::kPut ? "put" : "remove");
  line.number("epoch", record.epoch);
  line.number("version", record.version);
  if (record.expires_at_ms) line.number("expires_at_ms", *record.expires_at_ms);
  line.text("idempotency_key", record.idempotency_key);
  line.text("traceparent", record.traceparent);
  line.text("reason", name_of(letter.reason));
  line.text("state", letter.state == DeadState::kDead ? "dead" : "superseded");
  line.number("enqueued_ms", progress.enqueued_ms);
  line.number("died_ms", letter.died_ms);
  line.number("attempts", int64_t{progress.attempts});
  line.text("first_error", progress.first_error);
  line.text("last_error", progress.last_error);
  if (letter.damaged) line.text("damaged", "yes");
  const auto image = decode(record.image);
  if (record.operation == Operation::kRemove) {
  } else if (!image) {
    line.text("image", record.image);
  } else if (image->is_hash) {
    line.fields(image->fields);
  } else {
    line.text("value", image->text);
  }
  return line.end();
}

ExportFile::~ExportFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(path_.c_str());
}

base::Status ExportFile::create(const std::string& path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) return base::Error{"export to " + path + ": " + std::strerror(errno)};
  path_ = path;
  return base::Ok{};
}

base::Status ExportFile::write(const DeadLetter& letter) {
  const std::string line = json_line(letter);
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return base::Error{"export to " + path_ + ": " + std::strerror(errno)};
    rest.remove_prefix(static_cast<size_t>(written));
  }
  return base::Ok{};
}

base::Status ExportFile::finish() {
  if (::fsync(fd_) != 0) return base::Error{"export to " + path_ + ": " + std::strerror(errno)};
  const int closed = ::close(fd_);
  fd_ = -1;
  if (closed != 0) return base::Error{"export to " + path_ + ": " + std::strerror(errno)};
  return base::Ok{};
}

}  // namespace corral::outbox
