// Prebuilt request batches and what the server must answer to them.
// Threading: one thread; batches are shared by all connections and rewritten before each send.
// See: bench/README.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/options.h"

namespace corral::bench {

// Xorshift64*: cheap, seeded, good enough to spread keys.
class KeyPicker {
 public:
  KeyPicker(uint64_t seed, uint64_t first_key, uint64_t keys, KeyOrder order);

  // The number of the next key, in [first_key, first_key + keys). Sequential order starts over at the end.
  uint64_t next() {
    if (order_ == KeyOrder::kSequential) {
      const uint64_t key = first_key_ + position_;
      if (++position_ == keys_) position_ = 0;
      return key;
    }
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    const uint64_t random = state_ * 0x2545f4914f6cdd1dULL;
    // Multiply-shift: no division, and no bias worth mentioning.
    return first_key_ + (((random >> 32) * keys_) >> 32);
  }

 private:
  uint64_t state_;
  uint64_t first_key_;
  uint64_t keys_;
  uint64_t position_ = 0;
  KeyOrder order_;
};

// One write: `pipeline` requests in a row, whose key digits are overwritten before every send.
struct Batch {
  std::string bytes;
  std::vector<size_t> key_ends;     // offset one past each key's last digit
  std::vector<size_t> expiry_ends;  // offset one past each PXAT time; empty without expiry
  std::string expected;             // the exact answer; empty when it varies (DEL, INCR)
};

class Requests {
 public:
  // Several batches exist only for `mixed`: nine GETs to one SET, also at a pipeline of 1.
  explicit Requests(const Options& options);

  // A batch with fresh keys. Valid until the next call.
  const Batch& next();

  // The answer to one request of a batch of one kind; empty when it varies.
  std::string_view expected_reply() const { return expected_reply_; }

 private:
  void append_request(Batch& batch, Command command);

  Options options_;
  KeyPicker picker_;
  std::string value_;
  size_t key_digits_;  // digits of the largest key number; those before them stay zeros
  std::string expected_reply_;
  std::vector<Batch> batches_;
  size_t turn_ = 0;
};

enum class ReplyKind { kPlain, kMiss, kError };

// Length of the first complete reply in `bytes`, 0 when it is not complete yet.
// A byte that can start no reply makes one error reply of everything that is there.
size_t next_reply(Protocol protocol, std::string_view bytes, ReplyKind& kind);

}  // namespace corral::bench
