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

void pop_one(CommandContext& ctx, ListEdit& list, ListEnd end) {
  write_element(ctx.reply(), list->peek(end));
  list->drop(end);
  list.finish_removal(1, pop_event(end));
}

void pop_many(CommandContext& ctx, ListEdit& list, ListEnd end, size_t count) {
  const size_t size = list->size();
  const size_t taken = std::min(count, size);
  ctx.reply().array(static_cast<int64_t>(taken));
  ListValue::Place place = list->at(end == ListEnd::kHead ? 0 : -1);
  for (size_t i = 0; i < taken; ++i) {
    write_element(ctx.reply(), list->get(place));
    place = end == ListEnd::kHead ? list->next(place) : list->previous(place);
  }
  list->erase_range(end == ListEnd::kHead ? 0 : size - taken, taken);
  list.finish_removal(static_cast<int64_t>(taken), pop_event(end));
}

}  // namespace corral::commands
