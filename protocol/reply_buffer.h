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
/// Order of a turn: lend(), replies, take_back(), pieces() and send, consume(), own().
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
    if (bytes.empty()) return;
    std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
  }
  /// Queues bytes without copying; `owner` is retained until they are sent or dropped.
  void append_shared(Bytes bytes, SharedBytes* owner);
  /// Moves everything of `other` behind what is here; `other` is empty afterwards. O(pieces), and a copy of what `other`
  /// holds in borrowed memory. Precondition: nothing is lent to `other`.
  void append_buffer(ReplyBuffer&& other);

  /// Bytes queued and not consumed.
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Bytes of heap memory that this buffer owns (referenced values not counted).
  size_t owned_bytes() const;

  /// Uses [begin, end) for the next bytes. Precondition: nothing is lent. Room left in an own chunk is given up, so a
  /// buffer that still has bytes to send is better left to its chunks.
  void lend(char* begin, char* end);
  /// Ends the loan; returns the first byte of the borrowed memory that was not used. What was written there stays
  /// queued, and the memory must stay as it is until it is consumed or own() is called.
  char* take_back();
  /// True between lend() and take_back().
  bool borrows() const { return lent_; }
  /// Copies what still lies in borrowed memory into memory of its own: one allocation, only unsent bytes, O(segments)
  /// besides. Call after take_back() and before the borrowed memory is reused; does nothing when all was sent.
  void own() {
    if (size_ == 0 && !lent_ && chunk_ == nullptr && segments_.empty()) {
      start_ = cursor_ = end_ = nullptr;
      open_borrowed_ = false;
    } else {
      own_rest();
    }
  }

  /// Up to `max` pieces in order. Returns how many were filled.
  struct Piece {
    const char* data;
    size_t size;
  };
  size_t pieces(Piece* out, size_t max) const {
    if (!segments_.empty() || start_ == cursor_ || max == 0) return pieces_of_many(out, max);
    out[0] = {start_, static_cast<size_t>(cursor_ - start_)};
    return 1;
  }
  /// Drops the first n bytes (they were sent). n <= size().
  void consume(size_t n);
  void clear();

 private:
  // A closed run of bytes. Several segments may lie in one chunk; since they are consumed in order, the last of them
  // carries the pointer that frees it.
  struct Segment {
    const char* data;
    size_t size;
    char* chunk;          // freed with this segment; nullptr: not the last of its chunk, shared or borrowed
    size_t chunk_bytes;
    SharedBytes* owner;   // released with this segment
    bool borrowed;
  };

  void grow(size_t n);
  void own_rest();
  size_t pieces_of_many(Piece* out, size_t max) const;
  void close_segment();
  void abandon_open_memory();
  void drop(Segment& segment);
  void drop_segments();
  void compact();
  void release_everything();
  void steal(ReplyBuffer& other);
  size_t borrowed_bytes() const;

  // The segment being written is [start_, cursor_) with room up to end_; earlier ones are in segments_ from head_ on.
  char* start_ = nullptr;
  char* cursor_ = nullptr;
  char* end_ = nullptr;
  size_t size_ = 0;
  char* chunk_ = nullptr;        // own memory that the open segment lies in
  size_t chunk_bytes_ = 0;
  char* lent_rest_ = nullptr;    // first unused byte of the loan once the open segment has left it
  size_t head_ = 0;
  bool lent_ = false;            // between lend() and take_back()
  bool open_borrowed_ = false;   // the open segment lies in borrowed memory
  std::vector<Segment> segments_;
};

}  // namespace corral::protocol
