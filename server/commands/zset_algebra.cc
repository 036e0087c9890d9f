// Sets out of sets: ZUNION ZINTER ZDIFF, ZUNIONSTORE ZINTERSTORE ZDIFFSTORE, ZINTERCARD.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/zset_value.h.
#include <algorithm>
#include <cmath>
#include <vector>

#include "protocol/c_number.h"
#include "server/commands/tables.h"
#include "server/commands/zset_result.h"
#include "server/types/set_value.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::PackedElement;
using types::SetValue;
using types::Thresholds;
using types::ValueType;
using types::ZsetValue;

enum class Operation : uint8_t { kUnion, kIntersection, kDifference };
enum class Form : uint8_t { kReply, kStore, kCount };
enum class Aggregate : uint8_t { kSum, kLowest, kHighest };

// Sums of opposite infinities are 0 to Redis, and so are products with one that are no number.
double aggregated(Aggregate how, double sum, double value) {
  if (how == Aggregate::kLowest) return value < sum ? value : sum;
  if (how == Aggregate::kHighest) return value > sum ? value : sum;
  sum += value;
  return std::isnan(sum) ? 0 : sum;
}

// A sorted set, a set, whose members all have the score 1, or nothing.
class Source {
 public:
  explicit Source(const types::Value* value) : value_(value) {}

  double weight = 1;

  size_t size() const { return value_ == nullptr ? 0 : value_->size(); }
  bool same_as(const Source& other) const { return value_ == other.value_; }
  std::optional<double> score(Bytes member) const {
    if (value_ == nullptr) return std::nullopt;
    if (value_->type() == ValueType::kZset) return static_cast<const ZsetValue*>(value_)->score(member);
    return static_cast<const SetValue*>(value_)->contains(member) ? std::optional<double>(1) : std::nullopt;
  }
  // Calls visit(member, score) until it says false.
  template <typename Visit>
  void walk(Visit visit) const {
    if (value_ == nullptr) return;
    PackedElement::Buffer digits;
    if (value_->type() == ValueType::kZset) {
      auto cursor = static_cast<const ZsetValue*>(value_)->at(0);
      while (cursor && visit(cursor.member(digits), cursor.score())) cursor.next();
    } else {
      SetValue::Walk walk(*static_cast<const SetValue*>(value_));
      while (const auto member = walk.next()) {
        if (!visit(member->text(digits), 1)) return;
      }
    }
  }

 private:
  const types::Value* value_;
};

struct Request {
  std::vector<Source> sources;
  Aggregate aggregate = Aggregate::kSum;
  bool with_scores = false;
  uint64_t limit = 0;  // 0: none
};

// --- reading the request ------------------------------------------------------------------------------------------

// The keys behind the count at argument `at`. On failure writes the error.
bool read_sources(CommandContext& ctx, size_t at, Request& request) {
  int64_t count = 0;
  if (!ctx.integer(at, count)) return false;
  if (count < 1) {
    std::string text = "ERR at least 1 input key is needed for '";
    text.append(ctx.command().spec->name).append("' command");
    ctx.fail(text);
    return false;
  }
  if (static_cast<uint64_t>(count) > ctx.argc() - at - 1) {
    ctx.fail(error_text::kSyntax);
    return false;
  }
  request.sources.reserve(static_cast<size_t>(count));
  for (size_t i = at + 1; i <= at + static_cast<size_t>(count); ++i) {
    store::Entry* entry = ctx.find(ctx.key(i), true);
    if (entry != nullptr && entry->type() != ValueType::kZset && entry->type() != ValueType::kSet) {
      ctx.fail(error_text::kWrongType);
      return false;
    }
    request.sources.emplace_back(entry == nullptr ? nullptr : entry->container());
  }
  return true;
}

bool read_weights(CommandContext& ctx, size_t at, Request& request) {
  for (Source& source : request.sources) {
    const auto weight = protocol::parse_double(ctx.arg(at++));
    if (!weight) {
      ctx.fail("ERR weight value is not a float");
      return false;
    }
    source.weight = *weight;
  }
  return true;
}

bool read_aggregate(CommandContext& ctx, Bytes word, Request& request) {
  if (protocol::equals_ignore_case(word, "sum")) {
    request.aggregate = Aggregate::kSum;
  } else if (protocol::equals_ignore_case(word, "min")) {
    request.aggregate = Aggregate::kLowest;
  } else if (protocol::equals_ignore_case(word, "max")) {
    request.aggregate = Aggregate::kHighest;
  } else {
    ctx.fail(error_text::kSyntax);
    return false;
  }
  return true;
}

// What follows the keys.
bool read_options(CommandContext& ctx, size_t at, Operation operation, Form form, Request& request) {
  const bool aggregates = operation != Operation::kDifference && form != Form::kCount;
  while (at < ctx.argc()) {
    const size_t behind = ctx.argc() - at - 1;
    const auto is = [&](Bytes word) { return protocol::equals_ignore_case(ctx.arg(at), word); };
    if (aggregates && behind >= request.sources.size() && is("weights")) {
      if (!read_weights(ctx, at + 1, request)) return false;
      at += 1 + request.sources.size();
    } else if (aggregates && behind >= 1 && is("aggregate")) {
      if (!read_aggregate(ctx, ctx.arg(at + 1), request)) return false;
      at += 2;
    } else if (form == Form::kReply && is("withscores")) {
      request.with_scores = true;
      at += 1;
    } else if (form == Form::kCount && behind >= 1 && is("limit")) {
      const auto limit = protocol::parse_int64(ctx.arg(at + 1));
      if (!limit || *limit < 0) {
        ctx.fail("ERR LIMIT can't be negative");
        return false;
      }
      request.limit = static_cast<uint64_t>(*limit);
      at += 2;
    } else {
      ctx.fail(error_text::kSyntax);
      return false;
    }
  }
  return true;
}

// --- computing ----------------------------------------------------------------------------------------------------

double weighted(double score, double weight) {
  const double product = score * weight;
  return std::isnan(product) ? 0 : product;
}

// Calls visit(member, score) with what all have, until it says false. Sources from the smallest on, as Redis takes them:
// sums of scores depend on the order.
template <typename Visit>
void intersect(const Request& request, Visit visit) {
  const Source& first = request.sources.front();
  first.walk([&](Bytes member, double score) {
    double sum = weighted(score, first.weight);
    for (size_t i = 1; i < request.sources.size(); ++i) {
      const Source& other = request.sources[i];
      const auto found = other.same_as(first) ? std::optional<double>(score) : other.score(member);
      if (!found) return true;
      sum = aggregated(request.aggregate, sum, *found * other.weight);
    }
    return visit(member, sum);
  });
}

void unite(const Request& request, ZsetValue& result, const Thresholds& thresholds) {
  for (const Source& source : request.sources) {
    source.walk([&](Bytes member, double score) {
      const double value = weighted(score, source.weight);
      const auto sum = result.score(member);
      result.put(member, sum ? aggregated(request.aggregate, *sum, value) : value, thresholds);
      return true;
    });
  }
}

void subtract(const Request& request, ZsetValue& result, const Thresholds& thresholds) {
  const Source& first = request.sources.front();
  first.walk([&](Bytes member, double score) {
    for (size_t i = 1; i < request.sources.size(); ++i) {
      const Source& other = request.sources[i];
      if (other.same_as(first) || other.score(member)) return true;
    }
    result.put(member, score, thresholds);
    return true;
  });
}

std::unique_ptr<ZsetValue> compute(CommandContext& ctx, Operation operation, const Request& request) {
  auto result = std::make_unique<ZsetValue>(member_secret(ctx));
  result->expect(UINT64_MAX, ctx.thresholds());
  switch (operation) {
    case Operation::kUnion:
      unite(request, *result, ctx.thresholds());
      break;
    case Operation::kIntersection:
      intersect(request, [&](Bytes member, double score) {
        result->put(member, score, ctx.thresholds());
        return true;
      });
      break;
    case Operation::kDifference:
      subtract(request, *result, ctx.thresholds());
      break;
  }
  return result;
}

uint64_t count_common(const Request& request) {
  uint64_t count = 0;
  intersect(request, [&](Bytes, double) { return ++count != request.limit; });
  return count;
}

Outcome run(CommandContext& ctx, Operation operation, Form form) {
  const size_t count_at = form == Form::kStore ? 2 : 1;
  Request request;
  if (!read_sources(ctx, count_at, request)) return Outcome::kDone;
  if (!read_options(ctx, count_at + 1 + request.sources.size(), operation, form, request))
    return Outcome::kDone;
  if (operation != Operation::kDifference) {
    std::ranges::stable_sort(request.sources, {}, &Source::size);
  }
  if (form == Form::kCount) {
    ctx.reply().integer(static_cast<int64_t>(count_common(request)));
    return Outcome::kDone;
  }
  auto result = compute(ctx, operation, request);
  if (form == Form::kStore) {
    constexpr std::string_view kEvents[] = {"zunionstore", "zinterstore", "zdiffstore"};
    result->compact_if_small(ctx.thresholds());
    store_result(ctx, ctx.key(1), std::move(result), kEvents[static_cast<size_t>(operation)]);
    return Outcome::kDone;
  }
  MemberReply reply(ctx, request.with_scores);
  reply.begin(result->size());
  PackedElement::Buffer digits;
  for (auto cursor = result->at(0); cursor; cursor.next()) reply.add(cursor.member(digits), cursor.score());
  return Outcome::kDone;
}

// ZUNION numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]
Outcome zunion(CommandContext& ctx) {
  return run(ctx, Operation::kUnion, Form::kReply);
}
// ZINTER numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]
Outcome zinter(CommandContext& ctx) {
  return run(ctx, Operation::kIntersection, Form::kReply);
}
// ZDIFF numkeys key [key ...] [WITHSCORES]
Outcome zdiff(CommandContext& ctx) {
  return run(ctx, Operation::kDifference, Form::kReply);
}
// ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX]
Outcome zunionstore(CommandContext& ctx) {
  return run(ctx, Operation::kUnion, Form::kStore);
}
// ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM | MIN | MAX]
Outcome zinterstore(CommandContext& ctx) {
  return run(ctx, Operation::kIntersection, Form::kStore);
}
// ZDIFFSTORE destination numkeys key [key ...]
Outcome zdiffstore(CommandContext& ctx) {
  return run(ctx, Operation::kDifference, Form::kStore);
}
// ZINTERCARD numkeys key [key ...] [LIMIT limit]
Outcome zintercard(CommandContext& ctx) {
  return run(ctx, Operation::kIntersection, Form::kCount);
}

bool keys_of_store(std::span<const Bytes> arguments, std::vector<int>& positions) {
  const int count = arguments.size() > 2 ? protocol::read_c_int(arguments[2]) : 0;
  if (count < 1 || static_cast<size_t>(count) > arguments.size() - 3) return false;
  // Redis' key specs name the destination first; where the count is no number to them, its older way names it last.
  const bool is_plain = protocol::parse_int64(arguments[2]).has_value();
  if (is_plain) positions.push_back(1);
  for (int i = 0; i < count; ++i) positions.push_back(3 + i);
  if (!is_plain) positions.push_back(1);
  return true;
}

constexpr CommandSpec replies(std::string_view name, Handler handler) {
  return {.name = name,
          .arity = -3,
          .keys = keys::counted(1),
          .flags = kReadOnly | kMovableKeys,
          .acl = acl::kSortedSet,
          .run = handler};
}
constexpr CommandSpec stores(std::string_view name, Handler handler) {
  return {.name = name,
          .arity = -4,
          .keys = keys::custom(keys_of_store),
          .flags = kWrite | kDenyOom | kMovableKeys,
          .acl = acl::kSortedSet,
          .run = handler};
}

constexpr CommandSpec kTable[] = {
    replies("zunion", zunion),         replies("zinter", zinter),          replies("zdiff", zdiff),
    replies("zintercard", zintercard), stores("zunionstore", zunionstore), stores("zinterstore", zinterstore),
    stores("zdiffstore", zdiffstore),
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> zset_algebra_commands() {
  return kTable;
}

}  // namespace corral::commands
