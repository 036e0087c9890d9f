// Cursor and options of the SCAN commands.
// Threading: see scan_arguments.h.
// See: scan_arguments.h
#include "server/commands/scan_arguments.h"

#include "server/base/glob.h"

namespace corral::commands {

using protocol::Bytes;
namespace error_text = protocol::error_text;

bool scan_matches(Bytes pattern, Bytes text) {
  return text.empty() ? pattern.empty() : base::glob_matches(pattern, text);
}

std::optional<uint64_t> parse_cursor(Bytes text) {
  text = protocol::c_text(text);
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) {
    text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
  }
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
      return std::nullopt;
  }
  return negative ? ~value + 1 : value;
}

bool read_scan_options(dispatch::CommandContext& ctx, size_t first, bool with_type, ScanOptions& options) {
  for (size_t i = first; i < ctx.argc(); i += 2) {
    const Bytes word = ctx.arg(i);
    if (i + 1 == ctx.argc()) {
      ctx.fail(error_text::kSyntax);
      return false;
    }
    if (protocol::equals_ignore_case(word, "count")) {
      int64_t count = 0;
      if (!ctx.integer(i + 1, count)) return false;
      if (count < 1) {
        ctx.fail(error_text::kSyntax);
        return false;
      }
      options.count = static_cast<uint64_t>(count);
    } else if (protocol::equals_ignore_case(word, "match")) {
      options.pattern = ctx.arg(i + 1);
      if (options.pattern == "*") options.pattern.reset();
    } else if (with_type && protocol::equals_ignore_case(word, "type")) {
      options.type = ctx.arg(i + 1);
    } else {
      ctx.fail(error_text::kSyntax);
      return false;
    }
  }
  return true;
}

}  // namespace corral::commands
