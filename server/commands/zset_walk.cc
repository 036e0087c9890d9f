// Some members of a sorted set: ZRANDMEMBER ZSCAN.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder, "Walks"; server/types/README.md, "Chance".
#include <algorithm>
#include <cmath>
#include <vector>

#include "server/commands/scan_arguments.h"
#include "server/commands/tables.h"
#include "server/commands/zset_result.h"
#include "server/types/random_sample.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::PackedElement;
using types::ZsetValue;

// How many members one ZRANDMEMBER with a negative count may answer: Redis goes on until the reply is too much for its
// client, here they are drawn while the key is held.
constexpr int64_t kMostDraws = 1 << 20;

struct Choice {
  int64_t count = 0;  // negative: that many, the same member more than once
  bool with_scores = false;
};

// On failure answers the error.
bool read_choice(CommandContext& ctx, Choice& choice) {
  if (!ctx.integer(2, choice.count)) return false;
  if (choice.count == INT64_MIN) {
    ctx.fail("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
    return false;
  }
  if (ctx.argc() > 4 || (ctx.argc() == 4 && !protocol::equals_ignore_case(ctx.arg(3), "withscores"))) {
    ctx.fail(error_text::kSyntax);
    return false;
  }
  choice.with_scores = ctx.argc() == 4;
  const bool too_many = choice.with_scores && (choice.count < -INT64_MAX / 2 || choice.count > INT64_MAX / 2);
  if (too_many || choice.count < -kMostDraws) {
    ctx.fail(error_text::kOutOfRange);
    return false;
  }
  return true;
}

// The ranks of distinct members, ascending.
std::vector<uint64_t> choose_ranks(const ZsetValue& zset, size_t count, base::Random& random) {
  const uint64_t size = zset.size();
  uint64_t next = 0;
  std::vector<uint64_t> ranks = types::sample_distinct<uint64_t>(
      size, std::min<uint64_t>(count, size), random,
      [&] { return next < size ? std::optional<uint64_t>(next++) : std::nullopt; },
      [&] { return std::optional<uint64_t>(random.below(size)); },
      [](uint64_t rank) { return reinterpret_cast<const void*>(rank); });
  std::ranges::sort(ranks);
  return ranks;
}

void reply_distinct(const ZsetValue& zset, std::span<const uint64_t> ranks, MemberReply& reply) {
  PackedElement::Buffer digits;
  // A compact set has no short way to a rank, and few members.
  auto cursor = zset.at(ranks.front());
  uint64_t at = ranks.front();
  for (const uint64_t rank : ranks) {
    if (rank - at < 16) {
      for (; at < rank; ++at) cursor.next();
    } else {
      cursor = zset.at(at = rank);
    }
    reply.add(cursor.member(digits), cursor.score());
  }
}

// ZRANDMEMBER key [count [WITHSCORES]]
Outcome zrandmember(CommandContext& ctx) {
  Choice choice;
  const bool counted = ctx.argc() > 2;
  if (counted && !read_choice(ctx, choice)) return Outcome::kDone;
  const auto* zset = ctx.container<ZsetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  base::Random& random = ctx.worker().random;
  PackedElement::Buffer digits;
  if (!counted) {
    zset == nullptr ? ctx.reply().null() : ctx.reply().bulk(zset->random(random).member(digits));
    return Outcome::kDone;
  }
  if (zset == nullptr || choice.count == 0) {
    ctx.reply().array(0);
    return Outcome::kDone;
  }
  MemberReply reply(ctx, choice.with_scores);
  if (choice.count > 0) {
    const auto ranks = choose_ranks(*zset, static_cast<size_t>(choice.count), random);
    reply.begin(ranks.size());
    reply_distinct(*zset, ranks, reply);
    return Outcome::kDone;
  }
  reply.begin(static_cast<uint64_t>(-choice.count));
  for (int64_t i = 0; i < -choice.count; ++i) {
    const auto cursor = zset->random(random);
    reply.add(cursor.member(digits), cursor.score());
  }
  return Outcome::kDone;
}

// Redis keeps whole numbers as such in its compact form, and shows them with all digits where it is scanned.
std::string scanned_score(double score, bool compact) {
  constexpr double kMostKeptWhole = 4611686018427387904.0;  // 2^62
  const bool whole = compact && std::fabs(score) <= kMostKeptWhole && score == std::trunc(score);
  return whole ? protocol::int64_text(static_cast<int64_t>(score)) : protocol::double_text(score);
}

// ZSCAN key cursor [MATCH pattern] [COUNT count]
Outcome zscan(CommandContext& ctx) {
  const auto cursor = parse_cursor(ctx.arg(2));
  if (!cursor) return ctx.fail(kInvalidCursor);
  const auto* zset = ctx.container<ZsetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  GatheredTexts texts(ctx);
  uint64_t next = 0;
  if (zset != nullptr) {
    ScanOptions options;
    if (!read_scan_options(ctx, 3, false, options)) return Outcome::kDone;
    const size_t count = std::min(options.count, kMaxScannedPerCall);
    const bool compact = zset->encoding() == "listpack";
    next = zset->scan(*cursor, count, [&](Bytes member, double score) {
      if (!options.wants(member)) return;
      texts.add(member);
      texts.add(scanned_score(score, compact));
    });
  }
  texts.answer_scan(next);
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "zrandmember",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kSortedSet,
     .run = zrandmember},
    {.name = "zscan",
     .arity = -3,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kSortedSet,
     .run = zscan},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> zset_walk_commands() {
  return kTable;
}

}  // namespace corral::commands
