// Sets out of sets: SINTER SINTERSTORE SINTERCARD SUNION SUNIONSTORE SDIFF SDIFFSTORE.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/set_value.h.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "server/commands/set_members.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using types::PackedElement;
using types::SetValue;

// Null where a key is missing.
using Sources = std::vector<const SetValue*>;

// The sets at arguments [first, end); false when one is something else: WRONGTYPE is written. A later key may remove
// an expired entry of its own, never another one's: the pointers stay valid.
bool read_sources(CommandContext& ctx, size_t first, size_t end, Sources& sources) {
  for (size_t i = first; i < end; ++i) {
    sources.push_back(ctx.container<SetValue>(ctx.key(i)));
    if (ctx.failed()) return false;
  }
  return true;
}

std::unique_ptr<SetValue> new_set(CommandContext& ctx) {
  return std::make_unique<SetValue>(ctx.services().keyspace.placement().secret());
}

void add(CommandContext& ctx, SetValue& set, const PackedElement& member) {
  PackedElement::Buffer digits;
  set.add(member.text(digits), ctx.thresholds());
}

void add_all(CommandContext& ctx, SetValue& set, const SetValue& other) {
  SetValue::Walk walk(other);
  while (const auto member = walk.next()) add(ctx, set, *member);
}

// Calls each(member) for what all sets have, until it returns false. The smallest is walked and the others asked, those
// first that are most likely to say no. O(smallest * sets).
template <typename Each>
void intersect(Sources sources, Each each) {
  if (std::ranges::find(sources, nullptr) != sources.end()) return;
  std::ranges::stable_sort(sources, {}, &SetValue::size);
  SetValue::Walk walk(*sources.front());
  while (const auto member = walk.next()) {
    PackedElement::Buffer digits;
    const Bytes text = member->text(digits);
    const bool in_all = std::all_of(sources.begin() + 1, sources.end(), [&](const SetValue* set) {
      return set == sources.front() || set->contains(text);
    });
    if (in_all && !each(*member)) return;
  }
}

std::unique_ptr<SetValue> intersection(CommandContext& ctx, const Sources& sources) {
  auto result = new_set(ctx);
  intersect(sources, [&](const PackedElement& member) {
    add(ctx, *result, member);
    return true;
  });
  return result;
}

std::unique_ptr<SetValue> set_union(CommandContext& ctx, Sources sources) {
  auto result = new_set(ctx);
  for (const SetValue* set : sources) {
    if (set != nullptr) add_all(ctx, *result, *set);
  }
  return result;
}

// Redis' choice between two ways: asking all others for each member of the first, or taking the members of all others out
// of a copy of the first.
bool asking_is_cheaper(const Sources& sources) {
  size_t asks = 0;
  size_t erasures = 0;
  for (const SetValue* set : sources) {
    if (set == nullptr) continue;
    asks += sources.front()->size();
    erasures += set->size();
  }
  return asks / 2 <= erasures;  // asking often ends early
}

std::unique_ptr<SetValue> difference(CommandContext& ctx, Sources sources) {
  auto result = new_set(ctx);
  const SetValue* const first = sources.front();
  if (first == nullptr || std::find(sources.begin() + 1, sources.end(), first) != sources.end())
    return result;
  if (asking_is_cheaper(sources)) {
    std::erase(sources, nullptr);
    std::ranges::stable_sort(sources.begin() + 1, sources.end(), std::ranges::greater{}, &SetValue::size);
    SetValue::Walk walk(*first);
    while (const auto member = walk.next()) {
      PackedElement::Buffer digits;
      const Bytes text = member->text(digits);
      const bool in_none = std::none_of(sources.begin() + 1, sources.end(),
                                        [&](const SetValue* set) { return set->contains(text); });
      if (in_none) add(ctx, *result, *member);
    }
    return result;
  }
  add_all(ctx, *result, *first);
  for (size_t i = 1; i < sources.size() && result->size() > 0; ++i) {
    if (sources[i] == nullptr) continue;
    SetValue::Walk walk(*sources[i]);
    while (const auto member = walk.next()) {
      PackedElement::Buffer digits;
      result->erase(member->text(digits));
    }
  }
  return result;
}

// Puts the result at argument 1; an empty one removes the key.
Outcome store_result(CommandContext& ctx, std::unique_ptr<SetValue> result, std::string_view event) {
  const KeyRef destination = ctx.key(1);
  const auto size = static_cast<int64_t>(result->size());
  if (size > 0) {
    ctx.put_container(destination, std::move(result), Expiry::none());
    ctx.notify(config::kSetEvent, event, destination);
  } else if (store::Entry* const old = ctx.peek(destination, false, false)) {
    ctx.erase(destination, old);
    ctx.notify(config::kGenericEvent, "del", destination);
  }
  ctx.reply().integer(size);
  return Outcome::kDone;
}

// SINTER key [key ...]
Outcome sinter(CommandContext& ctx) {
  Sources sources;
  if (!read_sources(ctx, 1, ctx.argc(), sources)) return Outcome::kDone;
  if (std::ranges::find(sources, nullptr) != sources.end()) {
    ctx.reply().set(0);
    return Outcome::kDone;
  }
  std::vector<PackedElement> common;
  intersect(sources, [&](const PackedElement& member) {
    common.push_back(member);
    return true;
  });
  ctx.reply().set(static_cast<int64_t>(common.size()));
  for (const PackedElement& member : common) write_element(ctx.reply(), member);
  return Outcome::kDone;
}

// SINTERSTORE destination key [key ...]
Outcome sinterstore(CommandContext& ctx) {
  Sources sources;
  if (!read_sources(ctx, 2, ctx.argc(), sources)) return Outcome::kDone;
  return store_result(ctx, intersection(ctx, sources), "sinterstore");
}

// SINTERCARD numkeys key [key ...] [LIMIT limit]
Outcome sintercard(CommandContext& ctx) {
  const auto count = protocol::parse_int64(ctx.arg(1));
  if (!count || *count < 1) return ctx.fail("ERR numkeys should be greater than 0");
  if (static_cast<uint64_t>(*count) > ctx.argc() - 2) {
    return ctx.fail("ERR Number of keys can't be greater than number of args");
  }
  const size_t end = 2 + static_cast<size_t>(*count);
  int64_t limit = 0;  // 0: none
  for (size_t i = end; i < ctx.argc(); i += 2) {
    if (!protocol::equals_ignore_case(ctx.arg(i), "limit") || i + 1 == ctx.argc()) {
      return ctx.fail(protocol::error_text::kSyntax);
    }
    const auto number = protocol::parse_int64(ctx.arg(i + 1));
    if (!number || *number < 0) return ctx.fail("ERR LIMIT can't be negative");
    limit = *number;
  }
  Sources sources;
  if (!read_sources(ctx, 2, end, sources)) return Outcome::kDone;
  int64_t found = 0;
  intersect(sources, [&](const PackedElement&) { return ++found != limit; });
  ctx.reply().integer(found);
  return Outcome::kDone;
}

using Combine = std::unique_ptr<SetValue> (*)(CommandContext&, Sources);

Outcome reply_combined(CommandContext& ctx, Combine combine) {
  Sources sources;
  if (!read_sources(ctx, 1, ctx.argc(), sources)) return Outcome::kDone;
  write_members(ctx.reply(), *combine(ctx, std::move(sources)));
  return Outcome::kDone;
}

Outcome store_combined(CommandContext& ctx, Combine combine, std::string_view event) {
  Sources sources;
  if (!read_sources(ctx, 2, ctx.argc(), sources)) return Outcome::kDone;
  return store_result(ctx, combine(ctx, std::move(sources)), event);
}

// SUNION key [key ...]
Outcome sunion(CommandContext& ctx) {
  return reply_combined(ctx, set_union);
}
// SUNIONSTORE destination key [key ...]
Outcome sunionstore(CommandContext& ctx) {
  return store_combined(ctx, set_union, "sunionstore");
}
// SDIFF key [key ...]
Outcome sdiff(CommandContext& ctx) {
  return reply_combined(ctx, difference);
}
// SDIFFSTORE destination key [key ...]
Outcome sdiffstore(CommandContext& ctx) {
  return store_combined(ctx, difference, "sdiffstore");
}

constexpr KeySpec kAllKeys = keys::range(1, -1, 1);
constexpr uint32_t kStores = kWrite | kDenyOom;

constexpr CommandSpec kTable[] = {
    {.name = "sinter", .arity = -2, .keys = kAllKeys, .flags = kReadOnly, .acl = acl::kSet, .run = sinter},
    {.name = "sinterstore",
     .arity = -3,
     .keys = kAllKeys,
     .flags = kStores,
     .acl = acl::kSet,
     .run = sinterstore},
    {.name = "sintercard",
     .arity = -3,
     .keys = keys::counted(1),
     .flags = kReadOnly | kMovableKeys,
     .acl = acl::kSet,
     .run = sintercard},
    {.name = "sunion", .arity = -2, .keys = kAllKeys, .flags = kReadOnly, .acl = acl::kSet, .run = sunion},
    {.name = "sunionstore",
     .arity = -3,
     .keys = kAllKeys,
     .flags = kStores,
     .acl = acl::kSet,
     .run = sunionstore},
    {.name = "sdiff", .arity = -2, .keys = kAllKeys, .flags = kReadOnly, .acl = acl::kSet, .run = sdiff},
    {.name = "sdiffstore",
     .arity = -3,
     .keys = kAllKeys,
     .flags = kStores,
     .acl = acl::kSet,
     .run = sdiffstore},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> set_algebra_commands() {
  return kTable;
}

}  // namespace corral::commands
