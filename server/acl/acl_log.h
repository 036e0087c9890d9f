// What was refused lately (ACL LOG): like refusals within a minute are one entry with a count.
// Threading: any worker, under a leaf mutex; touched by refusals and ACL LOG only.
// See: README.md of this folder, "Log".
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace corral::acl {

struct Refusal {
  std::string_view reason;   // "command", "key", "channel", "auth"
  std::string_view context;  // "toplevel", "multi", "lua"
  std::string object;        // the command, key or channel; of auth what was called
  std::string username;
  std::string client;  // its line of CLIENT LIST
  int64_t at_ms = 0;
  int64_t count = 1;
};

class RefusalLog {
 public:
  /// Counts up the entry of the same refusal or adds one in front; drops the oldest beyond `most`. O(10).
  void add(Refusal refusal, size_t most);
  /// Newest first, at most `count`.
  std::vector<Refusal> newest(size_t count) const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::deque<Refusal> entries_;
};

}  // namespace corral::acl
