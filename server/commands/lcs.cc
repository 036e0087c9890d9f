// LCS: the longest common subsequence of two strings.
// Threading: the stripes of the command's keys are held.
// See: Hyyro, "Bit-parallel LCS-length computation revisited" (2004).
#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <vector>

#include "server/commands/tables.h"
#include "server/dispatch/command_context.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using store::Entry;

// The table of lengths L[i][j] (of the first i bytes of `a` and the first j of `b`), one bit a cell instead of a number:
// bit j - 1 of row i is 0 where L[i][j] is one more than L[i][j - 1]. 64 cells a step keep the locks short: the largest
// pair that Redis accepts takes milliseconds.
class LengthTable {
 public:
  // `keep_rows`: for steps(); otherwise only the length is known.
  LengthTable(Bytes a, Bytes b, bool keep_rows)
      : a_(a), b_(b), words_((b.size() + 63) / 64), keep_rows_(keep_rows), rows_((keep_rows ? a.size() + 1 : 2) * words_) {
    const std::vector<uint64_t> masks = match_masks();
    std::fill_n(rows_.begin(), words_, ~uint64_t{0});
    for (size_t i = 1; i <= a_.size(); ++i) fill(row(i), row(i - 1), masks.data() + mask_at_[byte(a_[i - 1])] * words_);
  }

  uint32_t length() const {
    const uint64_t* last = row(a_.size());
    uint32_t length = 0;
    for (size_t j = 1; j <= b_.size(); ++j) length += grows(last, j) ? 1 : 0;
    return length;
  }
  // Whether, at a pair of different bytes, the way back to the beginning leads to L[i - 1][j].
  bool leads_up(size_t i, size_t j) const { return grows(row(i), j); }

 private:
  static size_t byte(char c) { return static_cast<unsigned char>(c); }
  static bool grows(const uint64_t* row, size_t j) { return (row[(j - 1) / 64] >> ((j - 1) % 64) & 1) == 0; }
  uint64_t* row(size_t i) { return rows_.data() + (keep_rows_ ? i : i % 2) * words_; }
  const uint64_t* row(size_t i) const { return rows_.data() + (keep_rows_ ? i : i % 2) * words_; }

  // For each byte value of `a`: where it stands in `b`.
  std::vector<uint64_t> match_masks() {
    size_t count = 0;
    std::array<bool, 256> known{};
    for (const char c : a_) {
      if (known[byte(c)]) continue;
      known[byte(c)] = true;
      mask_at_[byte(c)] = count++;
    }
    std::vector<uint64_t> masks(count * words_);
    for (size_t j = 0; j < b_.size(); ++j) {
      const size_t c = byte(b_[j]);
      if (known[c]) masks[mask_at_[c] * words_ + j / 64] |= uint64_t{1} << (j % 64);
    }
    return masks;
  }

  void fill(uint64_t* to, const uint64_t* from, const uint64_t* matches) const {
    bool carry = false;
    for (size_t word = 0; word < words_; ++word) {
      const uint64_t meet = from[word] & matches[word];
      uint64_t sum = 0;
      const bool over = __builtin_add_overflow(from[word], meet, &sum);
      carry = __builtin_add_overflow(sum, uint64_t{carry}, &sum) || over;
      to[word] = sum | (from[word] & ~matches[word]);
    }
  }

  Bytes a_;
  Bytes b_;
  size_t words_;
  bool keep_rows_;
  std::vector<uint64_t> rows_;
  std::array<size_t, 256> mask_at_{};
};

struct Match {
  size_t a_begin, b_begin, length;
};

// The common runs, last one first, along the same way back that Redis takes.
std::vector<Match> common_runs(const LengthTable& table, Bytes a, Bytes b) {
  std::vector<Match> runs;
  bool in_run = false;
  for (size_t i = a.size(), j = b.size(); i > 0 && j > 0;) {
    if (a[i - 1] != b[j - 1]) {
      in_run = false;
      --(table.leads_up(i, j) ? i : j);
      continue;
    }
    if (!in_run) runs.push_back({0, 0, 0});
    in_run = true;
    runs.back() = {--i, --j, runs.back().length + 1};
  }
  return runs;
}

struct Options {
  bool length = false;
  bool indexes = false;
  bool with_match_length = false;
  int64_t min_match_length = 0;
};

// On failure answers the error.
bool read_options(CommandContext& ctx, Options& options) {
  for (size_t i = 3; i < ctx.argc(); ++i) {
    const Bytes word = ctx.arg(i);
    if (protocol::equals_ignore_case(word, "idx")) {
      options.indexes = true;
    } else if (protocol::equals_ignore_case(word, "len")) {
      options.length = true;
    } else if (protocol::equals_ignore_case(word, "withmatchlen")) {
      options.with_match_length = true;
    } else if (protocol::equals_ignore_case(word, "minmatchlen") && i + 1 < ctx.argc()) {
      if (!ctx.integer(++i, options.min_match_length)) return false;
    } else {
      ctx.fail(error_text::kSyntax);
      return false;
    }
  }
  if (!options.indexes || !options.length) return true;
  ctx.fail("ERR If you want both the length and indexes, please just use IDX.");
  return false;
}

// On failure answers the error. Redis counts four bytes a cell; the limit is the same here so that the same pairs pass.
bool fits(CommandContext& ctx, Bytes a, Bytes b) {
  if (a.size() >= UINT32_MAX - 1 || b.size() >= UINT32_MAX - 1) {
    ctx.fail("ERR String too long for LCS");
    return false;
  }
  const uint64_t cells = (a.size() + 1) * (b.size() + 1);
  const int64_t limit = ctx.services().settings.proto_max_bulk_len;
  if (cells <= static_cast<uint64_t>(limit) / 4) return true;
  ctx.fail("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  return false;
}

void answer_range(protocol::ReplyWriter& reply, size_t begin, size_t length) {
  reply.array(2);
  reply.integer(static_cast<int64_t>(begin));
  reply.integer(static_cast<int64_t>(begin + length - 1));
}

void answer_indexes(protocol::ReplyWriter& reply, const Options& options, std::vector<Match> runs, uint32_t length) {
  std::erase_if(runs, [&options](const Match& run) {
    return options.min_match_length > 0 && run.length < static_cast<uint64_t>(options.min_match_length);
  });
  reply.map(2);
  reply.bulk("matches");
  reply.array(static_cast<int64_t>(runs.size()));
  for (const Match& run : runs) {
    reply.array(options.with_match_length ? 3 : 2);
    answer_range(reply, run.a_begin, run.length);
    answer_range(reply, run.b_begin, run.length);
    if (options.with_match_length) reply.integer(static_cast<int64_t>(run.length));
  }
  reply.bulk("len");
  reply.integer(length);
}

// LCS key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN]
Outcome lcs(CommandContext& ctx) {
  const Entry* first = ctx.find(ctx.key(1), true);
  const Entry* second = ctx.find(ctx.key(2), true);
  if ((first != nullptr && !first->is_string()) || (second != nullptr && !second->is_string())) {
    return ctx.fail("ERR The specified keys must contain string values");
  }
  Options options;
  if (!read_options(ctx, options)) return Outcome::kDone;
  const Bytes a = first == nullptr ? Bytes() : first->string();
  const Bytes b = second == nullptr ? Bytes() : second->string();
  if (!fits(ctx, a, b)) return Outcome::kDone;
  const LengthTable table(a, b, !options.length);
  if (options.length) {
    ctx.reply().integer(table.length());
    return Outcome::kDone;
  }
  std::vector<Match> runs = common_runs(table, a, b);
  if (options.indexes) {
    answer_indexes(ctx.reply(), options, std::move(runs), table.length());
    return Outcome::kDone;
  }
  std::string text;
  text.reserve(table.length());
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) text.append(a.substr(run->a_begin, run->length));
  ctx.reply().bulk(text);
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "lcs", .arity = -3, .keys = keys::range(1, 2, 1), .flags = kReadOnly, .acl = acl::kString, .run = lcs},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> lcs_commands() { return kTable; }

}  // namespace corral::commands
