// Replies behind reads that wait: their order, and the count of bytes that are held.
// Threading: one thread.
// See: server/session/held_replies.h.
#include "server/session/held_replies.h"

#include <gtest/gtest.h>

#include <string>

namespace corral::session {
namespace {

std::string taken(HeldReplies& replies) {
  std::string out;
  protocol::ReplyBuffer::Piece pieces[64];
  const size_t count = replies.ready().pieces(pieces, 64);
  for (size_t i = 0; i < count; ++i) out.append(pieces[i].data, pieces[i].size);
  replies.ready().clear();
  return out;
}

void answer(HeldReplies& replies, uint64_t ticket, std::string_view text) {
  protocol::ReplyBuffer* const out = replies.answer(ticket);
  ASSERT_NE(out, nullptr);
  out->append(text);
  replies.close(ticket);
}

TEST(HeldReplies, RepliesLeaveInTheOrderOfTheRequests) {
  HeldReplies replies;
  replies.tail().append("a");
  replies.open(1);
  replies.tail().append("c");
  replies.open(2);
  replies.tail().append("e");
  EXPECT_EQ(taken(replies), "a");
  answer(replies, 2, "d");
  EXPECT_EQ(taken(replies), "");
  answer(replies, 1, "b");
  EXPECT_EQ(taken(replies), "bcde");
  EXPECT_FALSE(replies.holds());
  EXPECT_EQ(replies.answer(1), nullptr);
}

TEST(HeldReplies, TheCountOfHeldBytesFollowsEveryStep) {
  HeldReplies replies;
  replies.tail().append("ready");
  EXPECT_EQ(replies.held_bytes(), 0u);
  replies.open(1);
  replies.tail().append("12");
  EXPECT_EQ(replies.held_bytes(), 2u);
  replies.open(2);
  replies.tail().append("345");
  replies.open(3);
  replies.tail().append("6789");
  EXPECT_EQ(replies.held_bytes(), 9u);
  answer(replies, 2, "xxxxx");  // held by the first one still
  EXPECT_EQ(replies.held_bytes(), 14u);
  answer(replies, 1, "yy");
  EXPECT_EQ(replies.held_bytes(), 4u);
  replies.tail().append("0");
  EXPECT_EQ(replies.held_bytes(), 5u);
  EXPECT_EQ(replies.total_bytes(), std::string("readyyy12xxxxx34567890").size());
  answer(replies, 3, "z");
  EXPECT_EQ(replies.held_bytes(), 0u);
  EXPECT_EQ(taken(replies), "readyyy12xxxxx345z67890");
  replies.open(4);
  replies.tail().append("gone");
  replies.clear();
  EXPECT_EQ(replies.held_bytes(), 0u);
  replies.open(5);
  EXPECT_EQ(replies.held_bytes(), 0u);
}

}  // namespace
}  // namespace corral::session
