// Many elements of a list: LRANGE LTRIM LREM LPOS.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/list_value.h.
#include <algorithm>
#include <string>
#include <vector>

#include "server/commands/list_ends.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::ListValue;
using types::PackedElement;

// From `first` on so many elements, all inside the list.
struct Span {
  size_t first = 0;
  size_t count = 0;
};

// Redis' start and stop, both counted in, negative from the end.
Span span_of(int64_t start, int64_t stop, size_t size) {
  const auto length = static_cast<int64_t>(size);
  if (start < 0) start = std::max<int64_t>(start + length, 0);
  if (stop < 0) stop += length;
  if (start > stop || start >= length) return {};
  stop = std::min(stop, length - 1);
  return {static_cast<size_t>(start), static_cast<size_t>(stop - start + 1)};
}

// Of the smallest integer, too.
uint64_t magnitude(int64_t number) {
  return number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
}

// LRANGE key start stop
Outcome lrange(CommandContext& ctx) {
  int64_t start = 0;
  int64_t stop = 0;
  if (!ctx.integer(2, start) || !ctx.integer(3, stop)) return Outcome::kDone;
  const auto* list = ctx.container<ListValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  const Span span = list == nullptr ? Span{} : span_of(start, stop, list->size());
  ctx.reply().array(static_cast<int64_t>(span.count));
  if (span.count == 0) return Outcome::kDone;
  ListValue::Place place = list->at(static_cast<int64_t>(span.first));
  for (size_t i = 0; i < span.count; ++i, place = list->next(place)) write_element(ctx.reply(), list->get(place));
  return Outcome::kDone;
}

// LTRIM key start stop. One that keeps everything is a change all the same, as in Redis.
Outcome ltrim(CommandContext& ctx) {
  int64_t start = 0;
  int64_t stop = 0;
  if (!ctx.integer(2, start) || !ctx.integer(3, stop)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  ListEdit list(ctx, key);
  if (list.refused()) return Outcome::kDone;
  if (list) {
    const size_t before = list->size();
    const Span span = span_of(start, stop, before);
    list->trim(span.first, span.count);
    list.finish_removal(std::max<int64_t>(static_cast<int64_t>(before - span.count), 1), "ltrim");
  }
  ctx.reply().ok();
  return Outcome::kDone;
}

// LREM key count element
Outcome lrem(CommandContext& ctx) {
  int64_t count = 0;
  if (!ctx.integer(2, count)) return Outcome::kDone;
  const KeyRef key = ctx.key(1);
  ListEdit list(ctx, key);
  if (list.refused()) return Outcome::kDone;
  size_t removed = 0;
  if (list) {
    const size_t most = count == 0 ? list->size() : magnitude(count);
    removed = list->remove(PackedElement::of(ctx.arg(3)), most, count < 0 ? ListEnd::kTail : ListEnd::kHead);
    if (removed > 0) list.finish_removal(static_cast<int64_t>(removed), "lrem");
  }
  ctx.reply().integer(static_cast<int64_t>(removed));
  return Outcome::kDone;
}

struct Search {
  int64_t rank = 1;
  int64_t count = -1;          // -1: one answer instead of an array; 0: all
  int64_t most_looked_at = 0;  // 0: no bound
};

bool parse_search(CommandContext& ctx, Search& search) {
  const auto not_negative = [&](size_t i, int64_t& out, Bytes error) {
    const auto number = protocol::parse_int64(ctx.arg(i));
    if (!number || *number < 0) {
      ctx.fail(error);
      return false;
    }
    out = *number;
    return true;
  };
  for (size_t i = 3; i < ctx.argc(); i += 2) {
    const Bytes option = ctx.arg(i);
    const bool has_value = i + 1 < ctx.argc();
    if (has_value && protocol::equals_ignore_case(option, "rank")) {
      if (!ctx.integer(i + 1, search.rank)) return false;
      if (search.rank == 0) {
        ctx.fail(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use "
            "negative to start from the end of the list");
        return false;
      }
    } else if (has_value && protocol::equals_ignore_case(option, "count")) {
      if (!not_negative(i + 1, search.count, "ERR COUNT can't be negative")) return false;
    } else if (has_value && protocol::equals_ignore_case(option, "maxlen")) {
      if (!not_negative(i + 1, search.most_looked_at, "ERR MAXLEN can't be negative")) return false;
    } else {
      ctx.fail(error_text::kSyntax);
      return false;
    }
  }
  return true;
}

std::vector<int64_t> matches_of(const ListValue& list, const PackedElement& element, const Search& search) {
  std::vector<int64_t> found;
  const bool backwards = search.rank < 0;
  // Redis cannot negate the smallest integer either, and then takes the first match from the end.
  const uint64_t rank = search.rank == INT64_MIN ? 1 : magnitude(search.rank);
  const auto size = static_cast<int64_t>(list.size());
  const int64_t most = search.count < 0 ? 1 : search.count;
  uint64_t matches = 0;
  ListValue::Place place = list.at(backwards ? -1 : 0);
  for (int64_t i = 0; place && (search.most_looked_at == 0 || i < search.most_looked_at); ++i) {
    if (list.equals(place, element) && ++matches >= rank) {
      found.push_back(backwards ? size - i - 1 : i);
      if (most != 0 && static_cast<int64_t>(found.size()) >= most) break;
    }
    place = backwards ? list.previous(place) : list.next(place);
  }
  return found;
}

// LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]
Outcome lpos(CommandContext& ctx) {
  Search search;
  if (!parse_search(ctx, search)) return Outcome::kDone;
  const auto* list = ctx.container<ListValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  std::vector<int64_t> found;
  if (list != nullptr) found = matches_of(*list, PackedElement::of(ctx.arg(2)), search);
  if (search.count >= 0) {
    ctx.reply().array(static_cast<int64_t>(found.size()));
    for (const int64_t index : found) ctx.reply().integer(index);
  } else if (found.empty()) {
    ctx.reply().null();
  } else {
    ctx.reply().integer(found.front());
  }
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "lrange",
     .arity = 4,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kList,
     .run = lrange},
    {.name = "ltrim", .arity = 4, .keys = keys::one(1), .flags = kWrite, .acl = acl::kList, .run = ltrim},
    {.name = "lrem", .arity = 4, .keys = keys::one(1), .flags = kWrite, .acl = acl::kList, .run = lrem},
    {.name = "lpos", .arity = -3, .keys = keys::one(1), .flags = kReadOnly, .acl = acl::kList, .run = lpos},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> list_range_commands() {
  return kTable;
}

}  // namespace corral::commands
