// Taking elements from the ends of a list.
// Threading: see list_ends.h.
// See: list_ends.h
#include "server/commands/list_ends.h"

#include <algorithm>

namespace corral::commands {

using namespace dispatch;
using types::ListValue;

std::optional<ListEnd> parse_list_end(protocol::Bytes word) {
  if (protocol::equals_ignore_case(word, "left")) return ListEnd::kHead;
  if (protocol::equals_ignore_case(word, "right")) return ListEnd::kTail;
  return std::nullopt;
}

void reply_element(CommandContext& ctx, const types::PackedElement& element) {
  types::PackedElement::Buffer digits;
  ctx.reply().bulk(element.text(digits));
}

void finish_removal(CommandContext& ctx, ListEdit& list, const KeyRef& key, int64_t removed,
                    std::string_view event) {
  const bool gone = list->size() == 0;
  list.finish(removed);
  ctx.notify(config::kListEvent, event, key);
  if (gone) ctx.notify(config::kGenericEvent, "del", key);
}

void pop_one(CommandContext& ctx, ListEdit& list, const KeyRef& key, ListEnd end) {
  reply_element(ctx, list->peek(end));
  list->drop(end);
  finish_removal(ctx, list, key, 1, pop_event(end));
}

void pop_many(CommandContext& ctx, ListEdit& list, const KeyRef& key, ListEnd end, size_t count) {
  const size_t size = list->size();
  const size_t taken = std::min(count, size);
  ctx.reply().array(static_cast<int64_t>(taken));
  ListValue::Place place = list->at(end == ListEnd::kHead ? 0 : -1);
  for (size_t i = 0; i < taken; ++i) {
    reply_element(ctx, list->get(place));
    place = end == ListEnd::kHead ? list->next(place) : list->previous(place);
  }
  list->erase_range(end == ListEnd::kHead ? 0 : size - taken, taken);
  finish_removal(ctx, list, key, static_cast<int64_t>(taken), pop_event(end));
}

}  // namespace corral::commands
