// SORT and SORT_RO: the elements of a list, set or sorted set in another order, or what they lead to.
// Threading: the stripes of the command's keys are held; all of them when patterns name other keys.
// See: README.md of this folder, "SORT".
#include <algorithm>
#include <memory>

#include "server/commands/sort_options.h"
#include "server/commands/tables.h"
#include "server/dispatch/container_edit.h"
#include "server/dispatch/permissions.h"
#include "server/types/element_texts.h"
#include "server/types/hash_value.h"
#include "server/types/list_value.h"
#include "server/types/set_value.h"
#include "server/types/zset_value.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using store::Entry;
using types::ElementTexts;
using types::PackedElement;
using types::ValueType;

struct Row {
  Bytes element;
  double score = 0;
  std::optional<Bytes> weight;  // BY with ALPHA only
};

// Of all elements in the order of the value, those from `start` up to but without `end` are answered.
struct Rows {
  std::vector<Row> all;
  size_t start = 0;
  size_t end = 0;
};

int64_t size_of(const Entry* entry) {
  return entry == nullptr ? 0 : static_cast<int64_t>(entry->container()->size());
}

void read_list(const types::ListValue& list, bool backwards, size_t first, size_t count, ElementTexts& texts,
               std::vector<Row>& rows) {
  const auto from = static_cast<int64_t>(first);
  types::ListValue::Place place = list.at(backwards ? -1 - from : from);
  for (; count > 0 && place; --count) {
    rows.push_back({texts.of(list.get(place)), 0, {}});
    place = backwards ? list.previous(place) : list.next(place);
  }
}

void read_zset(const types::ZsetValue& zset, bool backwards, size_t first, size_t count, ElementTexts& texts,
               std::vector<Row>& rows) {
  if (count == 0) return;
  auto cursor = zset.at(backwards ? zset.size() - 1 - first : first);
  for (; count > 0 && cursor; --count) {
    rows.push_back(
        {texts.keep([&cursor](PackedElement::Buffer& room) { return cursor.member(room); }), 0, {}});
    backwards ? cursor.previous() : cursor.next();
  }
}

void read_set(const types::SetValue& set, ElementTexts& texts, std::vector<Row>& rows) {
  types::SetValue::Walk walk(set);
  while (const auto member = walk.next()) rows.push_back({texts.of(*member), 0, {}});
}

// LIMIT as Redis bounds it, then the elements. What has an order and needs no other is read only as far as it is answered.
Rows read_rows(const Entry* entry, const SortOptions& options, ElementTexts& texts) {
  const int64_t size = size_of(entry);
  const int64_t start = std::clamp<int64_t>(options.limit_start, 0, size);
  const int64_t count = options.limit_count < 0 ? size - start : std::min(options.limit_count, size - start);
  Rows rows;
  rows.start = static_cast<size_t>(start);
  rows.end = static_cast<size_t>(start + count);
  if (size == 0) return rows;
  if (entry->type() == ValueType::kSet) {
    read_set(static_cast<const types::SetValue&>(*entry->container()), texts, rows.all);
    return rows;
  }
  const bool backwards = !options.sorts && options.descending;
  const size_t first = options.sorts ? 0 : rows.start;
  const size_t wanted = options.sorts ? static_cast<size_t>(size) : rows.end - rows.start;
  if (entry->type() == ValueType::kList) {
    read_list(static_cast<const types::ListValue&>(*entry->container()), backwards, first, wanted, texts,
              rows.all);
  } else {
    read_zset(static_cast<const types::ZsetValue&>(*entry->container()), backwards, first, wanted, texts,
              rows.all);
  }
  rows.start -= options.sorts ? 0 : first;
  rows.end -= options.sorts ? 0 : first;
  return rows;
}

// What a pattern leads to from an element; none if there is no such key or field, or it has no text.
std::optional<Bytes> look_up(CommandContext& ctx, const SortPattern& pattern, Bytes element,
                             ElementTexts& texts) {
  if (pattern.is_element()) return element;
  if (!pattern.has_star()) return std::nullopt;
  const std::string name = pattern.key(element);
  const Entry* const entry = ctx.find(ctx.services().keyspace.placement().locate(name), true);
  if (entry == nullptr) return std::nullopt;
  if (!pattern.field()) return entry->is_string() ? std::optional<Bytes>(entry->string()) : std::nullopt;
  if (entry->type() != ValueType::kHash) return std::nullopt;
  const auto& hash = static_cast<const types::HashValue&>(*entry->container());
  const auto value = hash.get(*pattern.field(), ctx.now_ms());
  return value ? std::optional<Bytes>(texts.of(*value)) : std::nullopt;
}

// False when a weight is no number. A missing one is 0, or comes first with ALPHA.
bool weigh(CommandContext& ctx, const SortOptions& options, ElementTexts& texts, std::vector<Row>& rows) {
  bool all_numbers = true;
  for (Row& row : rows) {
    std::optional<Bytes> weight = row.element;
    if (options.by) weight = look_up(ctx, *options.by, row.element, texts);
    if (options.alpha) {
      row.weight = weight;
    } else if (weight) {
      const auto score = protocol::parse_weight(*weight);
      all_numbers = all_numbers && score.has_value();
      row.score = score.value_or(0);
    }
  }
  return all_numbers;
}

// Texts compare as in the C locale, without STORE up to the first NUL as strcoll() does.
int compare(const SortOptions& options, const Row& a, const Row& b) {
  if (!options.alpha) {
    if (a.score != b.score) return a.score < b.score ? -1 : 1;
    return a.element.compare(b.element);
  }
  if (!a.weight || !b.weight)
    return static_cast<int>(a.weight.has_value()) - static_cast<int>(b.weight.has_value());
  if (options.store_at != 0) return a.weight->compare(*b.weight);
  return protocol::c_text(*a.weight).compare(protocol::c_text(*b.weight));
}

void order(const SortOptions& options, std::vector<Row>& rows) {
  std::ranges::stable_sort(rows, [&options](const Row& a, const Row& b) {
    const int order = compare(options, a, b);
    return options.descending ? order > 0 : order < 0;
  });
}

// Calls each(text or none) for all that is answered, in order.
template <typename Each>
void for_each_answer(CommandContext& ctx, const SortOptions& options, const Rows& rows, ElementTexts& texts,
                     Each each) {
  for (size_t i = rows.start; i < rows.end; ++i) {
    if (options.gets.empty()) each(std::optional<Bytes>(rows.all[i].element));
    for (const SortPattern& get : options.gets) each(look_up(ctx, get, rows.all[i].element, texts));
  }
}

Outcome store_answers(CommandContext& ctx, const SortOptions& options, const Rows& rows,
                      ElementTexts& texts) {
  auto list = std::make_unique<types::ListValue>();
  for_each_answer(ctx, options, rows, texts, [&](const std::optional<Bytes>& text) {
    list->push(types::ListValue::End::kTail, PackedElement::of(text.value_or(Bytes())), ctx.thresholds());
  });
  const auto size = static_cast<int64_t>(list->size());
  const KeyRef destination = ctx.key(options.store_at);
  if (size > 0) {
    ctx.put_container(destination, std::move(list), Expiry::none());
    ctx.notify(config::kListEvent, "sortstore", destination);
  } else if (Entry* const old = ctx.peek(destination, false, false)) {
    ctx.erase(destination, old);
    ctx.notify(config::kGenericEvent, "del", destination);
  }
  ctx.reply().integer(size);
  return Outcome::kDone;
}

// A sorted set that is sorted takes its large form and keeps it, as OBJECT ENCODING tells of Redis'.
void make_large(CommandContext& ctx, const KeyRef& key) {
  ContainerEdit<types::ZsetValue> zset(ctx, key);
  zset->expect(UINT64_MAX, ctx.thresholds());
  zset.finish(0);
}

Outcome sort_command(CommandContext& ctx, bool read_only) {
  SortOptions options;
  const Bytes error = parse_sort(ctx.args(), read_only, options, may_read_every_key(ctx));
  if (!error.empty()) return ctx.fail(error);
  if (options.store_at != 0 && !may_write_too(ctx, options.store_at)) {
    return ctx.fail(refusal_text({acl::Denial::kKey, ctx.arg(options.store_at)}, ctx.command()));
  }
  const Entry* entry = ctx.find(ctx.key(1), true);
  if (entry != nullptr && entry->type() != ValueType::kList && entry->type() != ValueType::kSet &&
      entry->type() != ValueType::kZset) {
    return ctx.fail(error_text::kWrongType);
  }
  // What is stored should not depend on the order in which a set happens to stand.
  if (!options.sorts && options.store_at != 0 && entry != nullptr && entry->type() == ValueType::kSet) {
    options.sorts = true;
    options.alpha = true;
  }
  if (entry != nullptr && entry->type() == ValueType::kZset) {
    make_large(ctx, ctx.key(1));
    entry = ctx.peek(ctx.key(1));
  }
  ElementTexts texts;
  Rows rows = read_rows(entry, options, texts);
  if (options.sorts) {
    if (!weigh(ctx, options, texts, rows.all))
      return ctx.fail("ERR One or more scores can't be converted into double");
    order(options, rows.all);
  }
  if (options.store_at != 0) return store_answers(ctx, options, rows, texts);
  const size_t per_row = std::max<size_t>(options.gets.size(), 1);
  ctx.reply().array(static_cast<int64_t>((rows.end - rows.start) * per_row));
  for_each_answer(ctx, options, rows, texts, [&ctx](const std::optional<Bytes>& text) {
    text ? ctx.reply().bulk(*text) : ctx.reply().null();
  });
  return Outcome::kDone;
}

// SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA] [STORE destination]
Outcome sort(CommandContext& ctx) {
  return sort_command(ctx, false);
}
// SORT_RO: the same without STORE
Outcome sort_ro(CommandContext& ctx) {
  return sort_command(ctx, true);
}

bool first_key(std::span<const Bytes>, std::vector<int>& positions) {
  positions.push_back(1);
  return true;
}

constexpr uint32_t kCategories = acl::kSet | acl::kSortedSet | acl::kList | acl::kDangerous;

constexpr CommandSpec kTable[] = {
    {.name = "sort",
     .arity = -2,
     .keys = keys::custom(find_sort_keys, sort_touches_others),
     .flags = kWrite | kDenyOom | kMovableKeys,
     .acl = kCategories,
     .run = sort},
    {.name = "sort_ro",
     .arity = -2,
     .keys = keys::custom(first_key, sort_ro_touches_others),
     .flags = kReadOnly | kMovableKeys,
     .acl = kCategories,
     .run = sort_ro},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> sort_commands() {
  return kTable;
}

}  // namespace corral::commands
