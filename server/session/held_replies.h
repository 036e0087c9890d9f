// Output of one connection in request order, with gaps for reads that wait for somebody else's fill.
// Threading: the connection's worker only.
// See: README.md of this folder, "Held replies".
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "protocol/reply_buffer.h"

namespace corral::session {

/// Replies leave in the order of the requests. A parked read opens a gap; replies of later requests queue behind it and
/// leave as soon as all gaps before them are closed.
class HeldReplies {
 public:
  /// Where the reply of the request being executed goes.
  protocol::ReplyBuffer& tail() { return gaps_.empty() ? ready_ : gaps_.back().after; }
  /// Bytes that may be sent.
  protocol::ReplyBuffer& ready() { return ready_; }

  /// Opens a gap at the end; `ticket` must be larger than all before.
  void open(uint64_t ticket);
  /// Where to write the answer of a parked read; null when the ticket is not open. Then call close(ticket).
  protocol::ReplyBuffer* answer(uint64_t ticket);
  /// The answer is complete: everything up to the next gap becomes ready.
  void close(uint64_t ticket);

  bool holds() const { return !gaps_.empty(); }
  size_t gap_count() const { return gaps_.size(); }
  /// Replies and bytes held behind gaps, O(1) (the bounds of stampede section "held replies").
  size_t held_bytes() const { return gaps_.empty() ? 0 : settled_bytes_ + gaps_.back().after.size(); }
  size_t held_replies() const { return held_replies_; }
  void count_held_reply() { ++held_replies_; }
  /// Bytes queued in all, for client-output-buffer-limit and CLIENT LIST.
  size_t total_bytes() const { return ready_.size() + held_bytes(); }
  /// Of what is queued: in how many buffers (what is ready, and what each gap holds back), and the heap memory they own.
  size_t buffer_count() const;
  size_t owned_bytes() const;
  uint64_t oldest_ticket() const { return gaps_.front().ticket; }
  void clear();

 private:
  struct Gap {
    uint64_t ticket;
    bool closed = false;
    protocol::ReplyBuffer answer;
    protocol::ReplyBuffer after;
  };
  protocol::ReplyBuffer ready_;
  std::deque<Gap> gaps_;
  size_t settled_bytes_ = 0;  // in the gaps, but for what is behind the last one, which still grows
  size_t held_replies_ = 0;
};

}  // namespace corral::session
