// Scripts by SHA1, the latest used first.
// Threading: see script_cache.h.
// See: script_cache.h.
#include "server/scripting/script_cache.h"

#include <openssl/evp.h>

#include "server/base/check.h"

namespace corral::scripting {
namespace {

constexpr size_t kPerScript = 256;  // what a script costs besides its text

size_t cost(const Script& script) { return script.body.size() + kPerScript; }

}  // namespace

std::string sha1_hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha1(), nullptr) == 1);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

ScriptRef ScriptCache::find(std::string_view sha) {
  const std::lock_guard lock(mutex_);
  const auto at = by_sha_.find(sha);
  if (at == by_sha_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, at->second);
  return *at->second;
}

ScriptRef ScriptCache::add(ScriptRef script) {
  const std::lock_guard lock(mutex_);
  const auto at = by_sha_.find(script->sha);
  if (at != by_sha_.end()) return *at->second;
  by_use_.push_front(script);
  by_sha_.emplace(by_use_.front()->sha, by_use_.begin());
  count_.fetch_add(1, std::memory_order_relaxed);
  bytes_.fetch_add(cost(*script), std::memory_order_relaxed);
  while (bytes() > kMaxBytes && by_use_.size() > 1) forget_oldest();
  return script;
}

void ScriptCache::forget_oldest() {
  const ScriptRef oldest = by_use_.back();
  by_sha_.erase(oldest->sha);
  by_use_.pop_back();
  oldest->forgotten.store(true, std::memory_order_release);
  count_.fetch_sub(1, std::memory_order_relaxed);
  bytes_.fetch_sub(cost(*oldest), std::memory_order_relaxed);
}

void ScriptCache::flush() {
  const std::lock_guard lock(mutex_);
  while (!by_use_.empty()) forget_oldest();
}

}  // namespace corral::scripting
