// The queue of bytes to send: chunks, references and borrowed memory in order.
// Threading: used by the connection's worker only; a referenced value may be shared between threads.
// See: README.md of this folder, "Replies".
#include "protocol/reply_buffer.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace corral::protocol {
namespace {

constexpr size_t kCompactFrom = 32;  // consumed segments that may wait before the list is moved together

char* allocate(size_t bytes) { return std::allocator<char>().allocate(bytes); }
void release(char* block, size_t bytes) {
  if (block) std::allocator<char>().deallocate(block, bytes);
}

}  // namespace

ReplyBuffer::ReplyBuffer(ReplyBuffer&& other) noexcept { steal(other); }

ReplyBuffer& ReplyBuffer::operator=(ReplyBuffer&& other) noexcept {
  if (this != &other) {
    release_everything();
    steal(other);
  }
  return *this;
}

ReplyBuffer::~ReplyBuffer() { release_everything(); }

void ReplyBuffer::steal(ReplyBuffer& other) {
  start_ = std::exchange(other.start_, nullptr);
  cursor_ = std::exchange(other.cursor_, nullptr);
  end_ = std::exchange(other.end_, nullptr);
  size_ = std::exchange(other.size_, 0);
  chunk_ = std::exchange(other.chunk_, nullptr);
  chunk_bytes_ = std::exchange(other.chunk_bytes_, 0);
  lent_rest_ = std::exchange(other.lent_rest_, nullptr);
  head_ = std::exchange(other.head_, 0);
  lent_ = std::exchange(other.lent_, false);
  open_borrowed_ = std::exchange(other.open_borrowed_, false);
  segments_ = std::exchange(other.segments_, {});
}

void ReplyBuffer::drop(Segment& segment) {
  if (segment.owner) segment.owner->release();
  release(segment.chunk, segment.chunk_bytes);
}

void ReplyBuffer::release_everything() {
  drop_segments();
  release(chunk_, chunk_bytes_);
  chunk_ = nullptr;
  chunk_bytes_ = 0;
  size_ = 0;
}

// Ends the open segment but keeps writing behind it in the same memory.
void ReplyBuffer::close_segment() {
  if (start_ == cursor_) return;
  segments_.push_back({start_, static_cast<size_t>(cursor_ - start_), nullptr, 0, nullptr, open_borrowed_});
  start_ = cursor_;
}

// Ends the open segment and leaves its memory: a chunk goes to its last segment, borrowed memory is noted for take_back().
void ReplyBuffer::abandon_open_memory() {
  if (chunk_) {
    // Even an empty segment is queued here: earlier ones may lie in the chunk.
    segments_.push_back({start_, static_cast<size_t>(cursor_ - start_), chunk_, chunk_bytes_, nullptr, false});
    chunk_ = nullptr;
    chunk_bytes_ = 0;
  } else {
    close_segment();
    if (lent_ && open_borrowed_) lent_rest_ = cursor_;
  }
  start_ = cursor_ = end_ = nullptr;
  open_borrowed_ = false;
}

void ReplyBuffer::grow(size_t n) {
  abandon_open_memory();
  chunk_bytes_ = std::max(n, kChunkBytes);
  chunk_ = allocate(chunk_bytes_);
  start_ = cursor_ = chunk_;
  end_ = chunk_ + chunk_bytes_;
}

void ReplyBuffer::append_shared(Bytes bytes, SharedBytes* owner) {
  if (bytes.empty()) return;
  close_segment();
  segments_.push_back({bytes.data(), bytes.size(), nullptr, 0, owner, false});
  owner->retain();
  size_ += bytes.size();
}

void ReplyBuffer::append_buffer(ReplyBuffer&& other) {
  other.own();
  other.abandon_open_memory();
  if (other.segments_.empty()) return;
  close_segment();
  if (segments_.empty()) {
    segments_.swap(other.segments_);
    std::swap(head_, other.head_);
  } else {
    segments_.insert(segments_.end(), other.segments_.begin() + static_cast<ptrdiff_t>(other.head_),
                     other.segments_.end());
    std::vector<Segment>().swap(other.segments_);
    other.head_ = 0;
  }
  size_ += std::exchange(other.size_, 0);
}

size_t ReplyBuffer::owned_bytes() const {
  size_t bytes = chunk_bytes_ + segments_.capacity() * sizeof(Segment);
  for (size_t i = head_; i < segments_.size(); ++i) bytes += segments_[i].chunk_bytes;
  return bytes;
}

void ReplyBuffer::lend(char* begin, char* end) {
  if (chunk_ || start_ != cursor_) abandon_open_memory();
  start_ = cursor_ = begin;
  end_ = end;
  lent_ = true;
  open_borrowed_ = true;
  lent_rest_ = nullptr;
}

char* ReplyBuffer::take_back() {
  lent_ = false;
  if (!open_borrowed_) return std::exchange(lent_rest_, nullptr);
  end_ = cursor_;  // what is written next goes to a chunk
  return cursor_;
}

size_t ReplyBuffer::borrowed_bytes() const {
  size_t bytes = open_borrowed_ ? static_cast<size_t>(cursor_ - start_) : 0;
  for (size_t i = head_; i < segments_.size(); ++i) bytes += segments_[i].borrowed ? segments_[i].size : 0;
  return bytes;
}

void ReplyBuffer::own_rest() {
  const size_t bytes = borrowed_bytes();
  if (open_borrowed_) abandon_open_memory();
  if (bytes == 0) return;
  // One block for all of it; the last segment in it frees it.
  char* const block = allocate(bytes);
  char* at = block;
  Segment* last = nullptr;
  for (size_t i = head_; i < segments_.size(); ++i) {
    Segment& segment = segments_[i];
    if (!segment.borrowed) continue;
    std::memcpy(at, segment.data, segment.size);
    segment.data = at;
    segment.borrowed = false;
    at += segment.size;
    last = &segment;
  }
  last->chunk = block;
  last->chunk_bytes = bytes;
}

size_t ReplyBuffer::pieces_of_many(Piece* out, size_t max) const {
  size_t count = 0;
  for (size_t i = head_; i < segments_.size() && count < max; ++i) {
    if (segments_[i].size != 0) out[count++] = {segments_[i].data, segments_[i].size};
  }
  if (start_ != cursor_ && count < max) out[count++] = {start_, static_cast<size_t>(cursor_ - start_)};
  return count;
}

void ReplyBuffer::consume(size_t n) {
  size_ -= n;
  if (size_ == 0) {
    // All is sent. A loan goes on behind what was written; own memory is given back.
    if (!segments_.empty()) drop_segments();
    if (chunk_) {
      release(chunk_, chunk_bytes_);
      chunk_ = cursor_ = end_ = nullptr;
      chunk_bytes_ = 0;
    }
    start_ = cursor_;
    return;
  }
  for (; head_ < segments_.size(); ++head_) {
    Segment& segment = segments_[head_];
    if (n < segment.size) {
      segment.data += n;
      segment.size -= n;
      compact();
      return;
    }
    n -= segment.size;
    drop(segment);
  }
  drop_segments();
  start_ += n;
}

void ReplyBuffer::drop_segments() {
  for (; head_ < segments_.size(); ++head_) drop(segments_[head_]);
  std::vector<Segment>().swap(segments_);
  head_ = 0;
}

// A connection that never catches up must not keep the records of what it was sent long ago. O(1) amortised.
void ReplyBuffer::compact() {
  if (head_ < kCompactFrom || head_ * 2 < segments_.size()) return;
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<ptrdiff_t>(head_));
  head_ = 0;
}

void ReplyBuffer::clear() { consume(size_); }

}  // namespace corral::protocol
