// The scripts the server knows by their SHA1, shared by all workers, bounded.
// Threading: any thread; one mutex, taken only when a worker meets a script for the first time.
// See: README.md of this folder, "Cache".
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/base/result.h"
#include "server/scripting/script_flags.h"

namespace corral::scripting {

/// 40 hex digits. O(n).
std::string sha1_hex(std::string_view bytes);

struct Script {
  std::string sha;
  std::string body;
  ScriptHead head;
  /// What its runs have shown: whether the stripes of its declared keys are enough.
  enum class Reach : uint8_t { kUnknown, kDeclared, kAnywhere };
  std::atomic<Reach> reach{Reach::kUnknown};
  std::atomic<bool> forgotten{false};  // flushed or pushed out: workers drop what they compiled of it
};
using ScriptRef = std::shared_ptr<Script>;

class ScriptCache {
 public:
  /// Texts of more bytes than this together push out those used least lately.
  static constexpr size_t kMaxBytes = 64 * 1024 * 1024;

  /// By SHA1 in lower case; null when unknown.
  ScriptRef find(std::string_view sha);
  /// Remembers a script that compiles; keeps the one that is there.
  ScriptRef add(ScriptRef script);
  void flush();
  size_t count() const { return count_.load(std::memory_order_relaxed); }
  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  void forget_oldest();

  std::mutex mutex_;
  std::list<ScriptRef> by_use_;  // latest first
  std::unordered_map<std::string_view, std::list<ScriptRef>::iterator> by_sha_;
  std::atomic<size_t> count_{0};
  std::atomic<size_t> bytes_{0};
};

}  // namespace corral::scripting
