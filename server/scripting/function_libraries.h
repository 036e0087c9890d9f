// The libraries of functions the server has, shared by all workers, each of which compiles them for itself.
// Threading: any thread; one mutex. A Library is constant but for what runs show of its functions.
// See: README.md of this folder, "Functions".
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/scripting/script_cache.h"

namespace corral::scripting {

struct Function {
  std::string name;
  std::optional<std::string> description;
  uint32_t flags = 0;  // ScriptFlag
  mutable std::atomic<Script::Reach> reach{Script::Reach::kUnknown};  // what its runs have shown
};

struct Library {
  std::string name;
  std::string code;
  std::vector<std::unique_ptr<Function>> functions;
};
using LibraryRef = std::shared_ptr<const Library>;

class FunctionLibraries {
 public:
  static constexpr size_t kMaxBytes = 64 * 1024 * 1024;  // of code

  enum class Policy : uint8_t { kAppend, kReplace, kFlush };
  /// Adds all or none. The error is Redis' text without its code word; empty when done.
  std::string add(const std::vector<LibraryRef>& fresh, Policy policy);
  bool remove(std::string_view name);
  void clear();
  bool has(std::string_view name) const;
  std::vector<LibraryRef> all() const;  ///< by name
  /// Changes with every change.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  size_t library_count() const;
  size_t function_count() const;
  size_t bytes() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, LibraryRef, std::less<>> libraries_;
  std::atomic<uint64_t> version_{0};
};

/// FUNCTION DUMP's payload and back: codes of libraries. The error is Redis' text without its code word.
std::string dump_codes(const std::vector<LibraryRef>& libraries);
base::Result<std::vector<std::string>> read_codes(std::string_view payload);

}  // namespace corral::scripting
