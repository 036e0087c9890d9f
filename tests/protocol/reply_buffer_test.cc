// The reply buffer: order of bytes, who owns which memory and when it is given back.
// Threading: none.
// See: protocol/README.md, "Replies".
#include "protocol/reply_buffer.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "tests/support/reply_encoding.h"

namespace corral::protocol {
namespace {

using test_support::bytes_of;

class CountedBytes final : public SharedBytes {
 public:
  explicit CountedBytes(std::string text) : text_(std::move(text)) {}
  void retain() noexcept override { ++references_; }
  void release() noexcept override { --references_; }
  int references() const { return references_; }
  Bytes bytes() const { return text_; }

 private:
  std::string text_;
  int references_ = 0;
};

size_t piece_count(const ReplyBuffer& buffer) {
  std::array<ReplyBuffer::Piece, 64> pieces;
  return buffer.pieces(pieces.data(), pieces.size());
}

TEST(ReplyBuffer, IsEmptyAndOwnsNothingAtFirst) {
  ReplyBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.owned_bytes(), 0U);
  EXPECT_EQ(piece_count(buffer), 0U);
  buffer.append({});
  EXPECT_EQ(buffer.owned_bytes(), 0U);
}

TEST(ReplyBuffer, KeepsSmallPiecesTogether) {
  ReplyBuffer buffer;
  for (int i = 0; i < 100; ++i) buffer.append("0123456789");
  EXPECT_EQ(buffer.size(), 1000U);
  EXPECT_EQ(piece_count(buffer), 1U);
  EXPECT_EQ(buffer.owned_bytes(), ReplyBuffer::kChunkBytes);
}

TEST(ReplyBuffer, GivesAReservationOfAnySizeInOnePiece) {
  ReplyBuffer buffer;
  buffer.append("head");
  std::memset(buffer.reserve(100'000), 'x', 100'000);
  buffer.commit(100'000);
  buffer.append("tail");
  EXPECT_EQ(bytes_of(buffer), "head" + std::string(100'000, 'x') + "tail");
}

TEST(ReplyBuffer, GivesMemoryBackWhenAllIsConsumed) {
  ReplyBuffer buffer;
  CountedBytes value(std::string(1000, 'v'));
  buffer.append(std::string(40'000, 'a'));
  buffer.append_shared(value.bytes(), &value);
  buffer.append("b");
  buffer.consume(buffer.size());
  EXPECT_EQ(buffer.owned_bytes(), 0U);
  EXPECT_EQ(value.references(), 0);
  EXPECT_EQ(piece_count(buffer), 0U);
  buffer.append("again");
  EXPECT_EQ(bytes_of(buffer), "again");
}

TEST(ReplyBuffer, HoldsAReferenceUntilItsBytesAreConsumed) {
  CountedBytes value("value");
  ReplyBuffer buffer;
  buffer.append("<");
  buffer.append_shared(value.bytes(), &value);
  buffer.append(">");
  EXPECT_EQ(bytes_of(buffer), "<value>");
  EXPECT_EQ(value.references(), 1);
  buffer.consume(5);
  EXPECT_EQ(value.references(), 1);
  EXPECT_EQ(bytes_of(buffer), "e>");
  buffer.consume(1);
  EXPECT_EQ(value.references(), 0);
  EXPECT_EQ(bytes_of(buffer), ">");
}

TEST(ReplyBuffer, DoesNotCopyReferencedBytes) {
  CountedBytes value("value");
  ReplyBuffer buffer;
  buffer.append_shared(value.bytes(), &value);
  ReplyBuffer::Piece piece{};
  ASSERT_EQ(buffer.pieces(&piece, 1), 1U);
  EXPECT_EQ(piece.data, value.bytes().data());
}

TEST(ReplyBuffer, TakesNoReferenceToNothing) {
  CountedBytes value("");
  ReplyBuffer buffer;
  buffer.append_shared(value.bytes(), &value);
  EXPECT_EQ(value.references(), 0);
  EXPECT_EQ(piece_count(buffer), 0U);
}

TEST(ReplyBuffer, DropsReferencesOnClearDestructionAndAssignment) {
  CountedBytes value("value");
  {
    ReplyBuffer cleared;
    cleared.append_shared(value.bytes(), &value);
    cleared.append("x");
    cleared.clear();
    EXPECT_EQ(value.references(), 0);
    EXPECT_EQ(cleared.owned_bytes(), 0U);
    ReplyBuffer assigned;
    assigned.append_shared(value.bytes(), &value);
    assigned = ReplyBuffer();
    EXPECT_EQ(value.references(), 0);
    ReplyBuffer destroyed;
    destroyed.append_shared(value.bytes(), &value);
    EXPECT_EQ(value.references(), 1);
  }
  EXPECT_EQ(value.references(), 0);
}

TEST(ReplyBuffer, MovesWithAllItHolds) {
  CountedBytes value("value");
  ReplyBuffer source;
  source.append("<");
  source.append_shared(value.bytes(), &value);
  ReplyBuffer target(std::move(source));
  target.append(">");
  EXPECT_EQ(bytes_of(target), "<value>");
  EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): moved-from is empty and usable
  EXPECT_EQ(source.owned_bytes(), 0U);
  source.append("new");
  EXPECT_EQ(bytes_of(source), "new");
  EXPECT_EQ(value.references(), 1);
}

TEST(ReplyBuffer, WritesIntoBorrowedMemoryAndReturnsTheRest) {
  std::array<char, 64> arena;
  ReplyBuffer buffer;
  buffer.lend(arena.data(), arena.data() + arena.size());
  EXPECT_TRUE(buffer.borrows());
  buffer.append("+OK\r\n");
  EXPECT_EQ(buffer.take_back(), arena.data() + 5);
  EXPECT_FALSE(buffer.borrows());
  ReplyBuffer::Piece piece{};
  ASSERT_EQ(buffer.pieces(&piece, 1), 1U);
  EXPECT_EQ(piece.data, arena.data());
  EXPECT_EQ(piece.size, 5U);
  buffer.consume(5);
  EXPECT_EQ(buffer.owned_bytes(), 0U);
}

TEST(ReplyBuffer, AllocatesWhenBorrowedMemoryIsFull) {
  std::array<char, 8> arena;
  ReplyBuffer buffer;
  buffer.lend(arena.data(), arena.data() + arena.size());
  buffer.append("12345");
  buffer.append("6789");
  buffer.append("0");
  EXPECT_EQ(buffer.take_back(), arena.data() + 5);
  EXPECT_EQ(bytes_of(buffer), "1234567890");
}

TEST(ReplyBuffer, DoesNotTouchBorrowedMemoryAfterItWasTakenBack) {
  std::array<char, 8> arena;
  arena.fill('#');
  ReplyBuffer buffer;
  buffer.lend(arena.data(), arena.data() + arena.size());
  buffer.append("ab");
  buffer.take_back();
  buffer.append("cd");
  EXPECT_EQ(bytes_of(buffer), "abcd");
  EXPECT_EQ(arena[2], '#');
}

TEST(ReplyBuffer, OwnCopiesOnlyUnsentBorrowedBytes) {
  std::array<char, 64> arena;
  CountedBytes value("value");
  ReplyBuffer buffer;
  buffer.lend(arena.data(), arena.data() + arena.size());
  buffer.append("first,");
  buffer.append_shared(value.bytes(), &value);
  buffer.append(",last");
  EXPECT_EQ(buffer.take_back(), arena.data() + 11);
  buffer.consume(3);
  buffer.own();
  arena.fill('#');
  buffer.append("!");
  EXPECT_EQ(bytes_of(buffer), "st,value,last!");
  EXPECT_EQ(value.references(), 1);
  buffer.consume(buffer.size());
  EXPECT_EQ(buffer.owned_bytes(), 0U);
}

TEST(ReplyBuffer, OwnAllocatesNothingWhenAllWasSent) {
  std::array<char, 64> arena;
  ReplyBuffer buffer;
  buffer.lend(arena.data(), arena.data() + arena.size());
  buffer.append("+OK\r\n");
  buffer.take_back();
  buffer.consume(5);
  buffer.own();
  EXPECT_EQ(buffer.owned_bytes(), 0U);
  EXPECT_TRUE(buffer.empty());
}

TEST(ReplyBuffer, IsLentMemoryAgainBehindUnsentBytes) {
  std::array<char, 64> arena;
  ReplyBuffer buffer;
  buffer.append("own,");
  buffer.lend(arena.data(), arena.data() + arena.size());
  buffer.append("lent");
  buffer.take_back();
  buffer.own();
  arena.fill('#');
  EXPECT_EQ(bytes_of(buffer), "own,lent");
}

TEST(ReplyBuffer, AppendsAnotherBufferInOrder) {
  std::array<char, 64> arena;
  CountedBytes value("value");
  ReplyBuffer other;
  other.lend(arena.data(), arena.data() + arena.size());
  other.append("<");
  other.take_back();
  other.append_shared(value.bytes(), &value);
  other.append(">");
  ReplyBuffer buffer;
  buffer.append("before ");
  buffer.append_buffer(std::move(other));
  arena.fill('#');
  buffer.append(" after");
  EXPECT_EQ(bytes_of(buffer), "before <value> after");
  EXPECT_EQ(value.references(), 1);
  EXPECT_TRUE(other.empty());  // NOLINT(bugprone-use-after-move): emptied, by contract
  EXPECT_EQ(other.owned_bytes(), 0U);
  buffer.append_buffer(ReplyBuffer());
  EXPECT_EQ(bytes_of(buffer), "before <value> after");
}

// A client that always lags: the list of what waits must not grow with what was sent.
TEST(ReplyBuffer, KeepsNoRecordOfWhatWasSentWhileItNeverEmpties) {
  CountedBytes value("0123456789");
  ReplyBuffer buffer;
  for (int i = 0; i < 10; ++i) buffer.append_shared(value.bytes(), &value);
  for (int i = 0; i < 20'000; ++i) {
    buffer.append_shared(value.bytes(), &value);
    buffer.consume(10);
  }
  EXPECT_EQ(value.references(), 10);
  EXPECT_LT(buffer.owned_bytes(), 32'768U);
}

// A plain string is the model; every step must leave both with the same bytes.
class RandomUse {
 public:
  explicit RandomUse(uint64_t seed) : random_(seed), value_(std::string(500, 'v')), arena_(4096) {}

  void step() {
    switch (random_() % 10) {
      case 0: lend(); break;
      case 1: end_turn(); break;
      case 2: append_shared(); break;
      case 3: append_buffer(); break;
      case 4:
      case 5: consume(); break;
      default: append(random_() % (random_() % 16 == 0 ? 20'000 : 100)); break;
    }
    ASSERT_EQ(buffer_.size(), model_.size());
    ASSERT_EQ(bytes_of(buffer_), model_);
  }

  void finish() {
    end_turn();
    buffer_.clear();
    EXPECT_EQ(buffer_.owned_bytes(), 0U);
    EXPECT_EQ(value_.references(), 0);
  }

 private:
  void append(size_t size) {
    const std::string text(size, static_cast<char>('a' + random_() % 26));
    buffer_.append(text);
    model_ += text;
  }
  void append_shared() {
    const Bytes part = value_.bytes().substr(random_() % 400);
    buffer_.append_shared(part, &value_);
    model_ += part;
  }
  void append_buffer() {
    ReplyBuffer other;
    const std::string text(random_() % 300, '#');
    other.append(text);
    other.append_shared(value_.bytes(), &value_);
    buffer_.append_buffer(std::move(other));
    model_.append(text).append(value_.bytes());
  }
  void consume() {
    const size_t size = random_() % 3 == 0 ? buffer_.size() : random_() % (buffer_.size() + 1);
    buffer_.consume(size);
    model_.erase(0, size);
  }
  void lend() {
    if (!buffer_.borrows()) buffer_.lend(arena_.data(), arena_.data() + 1 + random_() % (arena_.size() - 1));
  }
  void end_turn() {
    if (buffer_.borrows()) {
      const char* const rest = buffer_.take_back();
      ASSERT_GE(rest, arena_.data());
      ASSERT_LE(rest, arena_.data() + arena_.size());
    }
    buffer_.own();
    std::fill(arena_.begin(), arena_.end(), '?');
  }

  std::mt19937_64 random_;
  CountedBytes value_;
  std::vector<char> arena_;
  ReplyBuffer buffer_;
  std::string model_;
};

TEST(ReplyBuffer, AgreesWithAStringInRandomUse) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    RandomUse use(seed);
    for (int i = 0; i < 150 && !testing::Test::HasFatalFailure(); ++i) use.step();
    use.finish();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace corral::protocol
