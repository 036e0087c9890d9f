// Incremental decoder of replies: a stack of open aggregates, one item a step.
// Threading: one reader per stream.
// See: README.md of this folder, "Reading replies".
#include "protocol/reply_reader.h"

#include <algorithm>
#include <utility>

#include "protocol/limits.h"
#include "protocol/number.h"

namespace corral::protocol {
namespace {

constexpr size_t kMaxLengthLine = 64;         // a line that holds only a number
constexpr size_t kCompactFrom = 64 * 1024;    // consumed bytes that may stay before the rest
constexpr size_t kMaxIdleCapacity = 1 << 20;  // memory kept by a reader that has nothing to read

struct KindOfType {
  char type;
  ReplyKind kind;
};
constexpr KindOfType kKinds[] = {
    {'+', ReplyKind::kSimple}, {'-', ReplyKind::kError},     {':', ReplyKind::kInteger},   {'$', ReplyKind::kBulk},
    {'*', ReplyKind::kArray},  {'_', ReplyKind::kNull},      {',', ReplyKind::kDouble},    {'#', ReplyKind::kBoolean},
    {'!', ReplyKind::kBulkError}, {'=', ReplyKind::kVerbatim}, {'(', ReplyKind::kBigNumber}, {'%', ReplyKind::kMap},
    {'~', ReplyKind::kSet},    {'>', ReplyKind::kPush},      {'|', ReplyKind::kAttribute}};

std::optional<ReplyKind> kind_of(char type) {
  const auto* found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [type](const KindOfType& k) { return k.type == type; });
  return found == std::end(kKinds) ? std::nullopt : std::optional(found->kind);
}

char type_of(ReplyKind kind) {
  const auto* found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [kind](const KindOfType& k) { return k.kind == kind; });
  return found == std::end(kKinds) ? '_' : found->type;
}

bool holds_free_text(char type) { return type == '+' || type == '-' || type == '('; }
bool is_bulk(char type) { return type == '$' || type == '!' || type == '='; }
bool is_aggregate(char type) { return Bytes("*%~>|").find(type) != Bytes::npos; }

bool is_double(Bytes text) { return text == "nan" || text == "-nan" || parse_double(text).has_value(); }

bool is_big_number(Bytes text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The text as C source would write it, so that one line shows every byte.
std::string quoted(Bytes text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out + '"';
}

std::string listed(const std::vector<Reply>& elements, char open, char close, bool pairs) {
  std::string out(1, open);
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i != 0) out += pairs && i % 2 == 1 ? ": " : ", ";
    out += elements[i].describe();
  }
  return out + close;
}

}  // namespace

std::string Reply::describe() const {
  switch (kind) {
    case ReplyKind::kNull: return "(nil)";
    case ReplyKind::kNullArray: return "(nil array)";
    case ReplyKind::kInteger: return int64_text(integer);
    case ReplyKind::kBoolean: return integer ? "true" : "false";
    case ReplyKind::kBulk: return quoted(text);
    case ReplyKind::kBulkError:
    case ReplyKind::kVerbatim: return type_of(kind) + quoted(text);
    case ReplyKind::kSimple:
    case ReplyKind::kError:
    case ReplyKind::kDouble:
    case ReplyKind::kBigNumber: return type_of(kind) + text;
    case ReplyKind::kArray: return listed(elements, '[', ']', false);
    case ReplyKind::kMap: return listed(elements, '{', '}', true);
    case ReplyKind::kAttribute: return '|' + listed(elements, '{', '}', true);
    case ReplyKind::kSet:
    case ReplyKind::kPush: return type_of(kind) + listed(elements, '[', ']', false);
  }
  return {};
}

void ReplyReader::feed(Bytes bytes) { buffer_.append(bytes); }

std::optional<Reply> ReplyReader::next() {
  while (error_.empty()) {
    Reply item;
    int64_t elements = 0;
    if (read_item(item, elements) != Step::kItem) return std::nullopt;
    if (elements > 0) {
      open_.push_back({std::move(item), elements});
    } else if (add(item)) {
      finish_reply();
      return item;
    }
  }
  return std::nullopt;
}

// Puts a finished item into its aggregate, and that one, when full, into its own. True when `item` is a whole reply.
bool ReplyReader::add(Reply& item) {
  while (!open_.empty()) {
    Frame& frame = open_.back();
    const bool counts = item.kind != ReplyKind::kAttribute;
    frame.reply.elements.push_back(std::move(item));
    if (!counts || --frame.left > 0) return false;
    item = std::move(frame.reply);
    open_.pop_back();
  }
  return true;
}

void ReplyReader::finish_reply() {
  last_encoded_.assign(buffer_, position_, cursor_ - position_);
  position_ = cursor_;
  if (position_ == buffer_.size()) {
    buffer_.clear();
    if (buffer_.capacity() > kMaxIdleCapacity) buffer_.shrink_to_fit();
  } else if (position_ >= kCompactFrom && position_ * 2 >= buffer_.size()) {
    buffer_.erase(0, position_);
  } else {
    return;
  }
  position_ = cursor_ = scanned_ = needed_ = 0;
}

ReplyReader::Step ReplyReader::fail(std::string text) {
  error_ = std::move(text);
  open_.clear();
  return Step::kStop;
}

// Reads one scalar, or the header of one aggregate with elements (then `elements` says how many follow).
ReplyReader::Step ReplyReader::read_item(Reply& item, int64_t& elements) {
  if (cursor_ >= buffer_.size() || buffer_.size() < needed_) return Step::kStop;
  const char type = buffer_[cursor_];
  if (type == ';' || type == '.') return fail("streamed replies are not supported");
  const std::optional<ReplyKind> kind = kind_of(type);
  if (!kind) return fail("unknown reply type " + quoted({&type, 1}));
  Bytes line;
  if (read_line(line) != Step::kItem) return Step::kStop;
  if (line == "?" && (is_bulk(type) || is_aggregate(type))) return fail("streamed replies are not supported");
  item.kind = *kind;
  if (is_bulk(type)) return read_bulk(line, item);
  cursor_ += 1 + line.size() + 2;
  return is_aggregate(type) ? read_aggregate(line, item, elements) : read_scalar(line, item);
}

// The line behind the type byte, without CRLF.
ReplyReader::Step ReplyReader::read_line(Bytes& line) {
  const size_t limit = holds_free_text(buffer_[cursor_]) ? static_cast<size_t>(max_bulk_bytes_) : kMaxLengthLine;
  const size_t start = cursor_ + 1;
  const size_t at = buffer_.find('\n', std::max(scanned_, start));
  scanned_ = at == std::string::npos ? buffer_.size() : at;
  if (scanned_ - start > limit) return fail("line too long");
  if (at == std::string::npos) return Step::kStop;
  if (at == start || buffer_[at - 1] != '\r') return fail("line does not end in CRLF");
  line = Bytes(buffer_).substr(start, at - 1 - start);
  return Step::kItem;
}

ReplyReader::Step ReplyReader::read_bulk(Bytes length, Reply& item) {
  const std::optional<int64_t> size = parse_int64(length);
  const size_t start = cursor_ + 1 + length.size() + 2;
  if (size == -1 && item.kind == ReplyKind::kBulk) {
    item.kind = ReplyKind::kNull;
    cursor_ = start;
    return Step::kItem;
  }
  if (!size || *size < 0 || *size > max_bulk_bytes_) return fail("invalid bulk length " + quoted(length));
  const size_t end = start + static_cast<size_t>(*size);
  needed_ = end + 2;
  if (buffer_.size() < needed_) return Step::kStop;
  if (buffer_[end] != '\r' || buffer_[end + 1] != '\n') return fail("bulk is not followed by CRLF");
  item.text.assign(buffer_, start, end - start);
  if (item.kind == ReplyKind::kVerbatim && (item.text.size() < 4 || item.text[3] != ':')) {
    return fail("verbatim string without a format");
  }
  cursor_ = end + 2;
  return Step::kItem;
}

ReplyReader::Step ReplyReader::read_aggregate(Bytes count, Reply& item, int64_t& elements) {
  const std::optional<int64_t> value = parse_int64(count);
  if (value == -1 && item.kind == ReplyKind::kArray) {
    item.kind = ReplyKind::kNullArray;
    return Step::kItem;
  }
  if (!value || *value < 0 || *value > kMaxArguments) return fail("invalid element count " + quoted(count));
  if (item.kind == ReplyKind::kPush && !open_.empty()) return fail("push inside another reply");
  if (open_.size() >= static_cast<size_t>(kMaxReplyNesting)) return fail("reply nested too deep");
  const bool pairs = item.kind == ReplyKind::kMap || item.kind == ReplyKind::kAttribute;
  elements = pairs ? 2 * *value : *value;
  return Step::kItem;
}

ReplyReader::Step ReplyReader::read_scalar(Bytes text, Reply& item) {
  switch (item.kind) {
    case ReplyKind::kInteger: {
      const Bytes digits = text.starts_with('+') && text.size() > 1 && text[1] != '-' ? text.substr(1) : text;
      const std::optional<int64_t> value = parse_int64(digits);
      if (!value) return fail("invalid integer " + quoted(text));
      item.integer = *value;
      return Step::kItem;
    }
    case ReplyKind::kNull:
      return text.empty() ? Step::kItem : fail("null with a text");
    case ReplyKind::kBoolean:
      if (text != "t" && text != "f") return fail("invalid boolean " + quoted(text));
      item.integer = text == "t" ? 1 : 0;
      return Step::kItem;
    case ReplyKind::kDouble:
      if (!is_double(text)) return fail("invalid double " + quoted(text));
      break;
    case ReplyKind::kBigNumber:
      if (!is_big_number(text)) return fail("invalid big number");
      break;
    default:
      break;
  }
  item.text = text;
  return Step::kItem;
}

}  // namespace corral::protocol
