// What SCAN, HSCAN, SSCAN and ZSCAN share: the cursor, patterns, and replies whose count is known at the end only.
// Threading: values of one command.
// See: README.md of this folder, "Walks".
#pragma once

#include <cstdint>
#include <optional>

#include "server/dispatch/command_context.h"

namespace corral::commands {

/// As strtoul() reads it, because clients may send any cursor that Redis takes: sign, leading zeros, nothing at all.
std::optional<uint64_t> parse_cursor(protocol::Bytes text);
inline constexpr protocol::Bytes kInvalidCursor = "ERR invalid cursor";

/// MATCH as the SCAN commands have it: for all patterns but "*" alone (to be taken for none) the empty text is matched by the
/// empty pattern only, since Redis' matcher wants a character before it looks at stars.
bool scan_matches(protocol::Bytes pattern, protocol::Bytes text);

struct ScanOptions {
  uint64_t count = 10;
  std::optional<protocol::Bytes> pattern;
  std::optional<protocol::Bytes> type;

  bool wants(protocol::Bytes text) const { return !pattern || scan_matches(*pattern, text); }
};
/// From argument `first` on; TYPE only where `with_type`. On failure answers the error.
bool read_scan_options(dispatch::CommandContext& ctx, size_t first, bool with_type, ScanOptions& options);

/// More elements a call would keep the other clients of the worker waiting, whatever COUNT says.
inline constexpr uint64_t kMaxScannedPerCall = 65536;

/// Bulk strings, and how many they are.
class GatheredTexts {
 public:
  explicit GatheredTexts(dispatch::CommandContext& ctx)
      : reply_(ctx.reply()), writer_(texts_, ctx.session().resp_version) {}
  void add(protocol::Bytes text) {
    writer_.bulk(text);
    ++count_;
  }
  /// The array of all.
  void answer() {
    reply_.array(count_);
    reply_.buffer().append_buffer(std::move(texts_));
  }
  /// SCAN's reply: [cursor, array of all].
  void answer_scan(uint64_t cursor) {
    reply_.array(2);
    reply_.bulk_integer(static_cast<int64_t>(cursor));
    answer();
  }

 private:
  protocol::ReplyWriter& reply_;
  protocol::ReplyBuffer texts_;
  protocol::ReplyWriter writer_;
  int64_t count_ = 0;
};

}  // namespace corral::commands
