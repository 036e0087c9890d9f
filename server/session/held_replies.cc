// Gaps in the reply stream and their closing.
// Threading: see held_replies.h.
// See: held_replies.h.
#include "server/session/held_replies.h"

#include <algorithm>

namespace corral::session {

void HeldReplies::open(uint64_t ticket) {
  if (!gaps_.empty()) settled_bytes_ += gaps_.back().after.size();
  gaps_.emplace_back().ticket = ticket;
}

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
  settled_bytes_ += at->answer.size();
  while (!gaps_.empty() && gaps_.front().closed) {
    settled_bytes_ -= gaps_.front().answer.size() + (gaps_.size() > 1 ? gaps_.front().after.size() : 0);
    ready_.append_buffer(std::move(gaps_.front().answer));
    ready_.append_buffer(std::move(gaps_.front().after));
    gaps_.pop_front();
  }
  if (gaps_.empty()) held_replies_ = 0;
}

size_t HeldReplies::buffer_count() const {
  size_t count = ready_.empty() ? 0 : 1;
  for (const Gap& gap : gaps_) count += (gap.answer.empty() ? 0u : 1u) + (gap.after.empty() ? 0u : 1u);
  return count;
}

size_t HeldReplies::owned_bytes() const {
  size_t bytes = ready_.owned_bytes();
  for (const Gap& gap : gaps_) bytes += gap.answer.owned_bytes() + gap.after.owned_bytes();
  return bytes;
}

void HeldReplies::clear() {
  ready_.clear();
  gaps_.clear();
  settled_bytes_ = 0;
  held_replies_ = 0;
}

}  // namespace corral::session
