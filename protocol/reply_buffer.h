// Output bytes of one connection: small replies copied, large values referenced.
// Threading: used by the connection's worker only; a referenced value may be shared between threads.
// See: README.md of this folder, "Replies".
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "protocol/bytes.h"

namespace corral::protocol {

/// Keeps a foreign piece of memory alive while it waits to be sent (a large value). Intrusive so that taking a
/// reference allocates nothing.
class SharedBytes {
 public:
  virtual void retain() noexcept = 0;
  virtual void release() noexcept = 0;

 protected:
  ~SharedBytes() = default;
};

/// A queue of bytes to send.
///
/// Writers call append()/reserve()+commit(); the sender walks pieces() and calls consume(n).
///
/// Borrowed memory: the worker lends each connection the free rest of one big per-turn arena (lend()), so that the
/// replies of a turn lie next to each other in cache and an idle connection owns no buffer. When the connection's
/// turn ends the worker takes the unused rest back (take_back()), sends, and calls own() for what the socket did not
/// take, which copies it into memory of the buffer. Without borrowed memory the buffer allocates chunks of its own.
class ReplyBuffer {
 public:
  static constexpr size_t kChunkBytes = 16 * 1024;

  ReplyBuffer() = default;
  ReplyBuffer(ReplyBuffer&&) noexcept;
  ReplyBuffer& operator=(ReplyBuffer&&) noexcept;
  ReplyBuffer(const ReplyBuffer&) = delete;
  ReplyBuffer& operator=(const ReplyBuffer&) = delete;
  ~ReplyBuffer();

  /// At least `n` writable bytes, contiguous. n may be any size; larger than a chunk gets a chunk of its own.
  char* reserve(size_t n) {
    if (static_cast<size_t>(end_ - cursor_) < n) grow(n);
    return cursor_;
  }
  void commit(size_t n) {
    cursor_ += n;
    size_ += n;
  }
  void append(Bytes bytes) {
    std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
  }
  /// Queues bytes without copying; `owner` is retained until they are sent or dropped.
  void append_shared(Bytes bytes, SharedBytes* owner);
  /// Moves everything of `other` behind what is here. O(pieces).
  void append_buffer(ReplyBuffer&& other);

  /// Bytes queued and not consumed.
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Bytes of heap memory that this buffer owns (referenced values not counted).
  size_t owned_bytes() const;

  /// Uses [begin, end) for the next bytes. Precondition: nothing is lent.
  void lend(char* begin, char* end);
  /// Ends the loan; returns the first byte of the borrowed memory that was not used.
  char* take_back();
  bool borrows() const { return borrowed_; }
  /// Copies what still lies in borrowed memory into own chunks. Call before the borrowed memory is reused.
  void own();

  /// Up to `max` pieces in order. Returns how many were filled.
  struct Piece {
    const char* data;
    size_t size;
  };
  size_t pieces(Piece* out, size_t max) const;
  /// Drops the first n bytes (they were sent). n <= size().
  void consume(size_t n);
  void clear();

 private:
  struct Segment;
  void grow(size_t n);
  void close_segment();

  // The segment being written is [start_, cursor_) with room up to end_; earlier ones are in segments_.
  char* start_ = nullptr;
  char* cursor_ = nullptr;
  char* end_ = nullptr;
  size_t size_ = 0;
  bool borrowed_ = false;        // the open segment lies in lent memory
  std::vector<Segment> segments_;
};

}  // namespace corral::protocol
