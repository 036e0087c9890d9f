// Gaps in the reply stream and their closing.
// Threading: see held_replies.h.
// See: held_replies.h.
#include "server/session/held_replies.h"

#include <algorithm>

namespace corral::session {

void HeldReplies::open(uint64_t ticket) { gaps_.emplace_back().ticket = ticket; }

protocol::ReplyBuffer* HeldReplies::answer(uint64_t ticket) {
  // Tickets grow along the queue.
  const auto at = std::lower_bound(gaps_.begin(), gaps_.end(), ticket,
                                   [](const Gap& gap, uint64_t wanted) { return gap.ticket < wanted; });
  return at != gaps_.end() && at->ticket == ticket && !at->closed ? &at->answer : nullptr;
}

void HeldReplies::close(uint64_t ticket) {
  const auto at = std::lower_bound(gaps_.begin(), gaps_.end(), ticket,
                                   [](const Gap& gap, uint64_t wanted) { return gap.ticket < wanted; });
  if (at == gaps_.end() || at->ticket != ticket) return;
  at->closed = true;
  while (!gaps_.empty() && gaps_.front().closed) {
    ready_.append_buffer(std::move(gaps_.front().answer));
    ready_.append_buffer(std::move(gaps_.front().after));
    gaps_.pop_front();
  }
  if (gaps_.empty()) held_replies_ = 0;
}

size_t HeldReplies::bytes_in_gaps() const {
  size_t bytes = 0;
  for (const Gap& gap : gaps_) bytes += gap.answer.size() + gap.after.size();
  return bytes;
}

void HeldReplies::clear() {
  ready_.clear();
  gaps_.clear();
  held_replies_ = 0;
}

}  // namespace corral::session
