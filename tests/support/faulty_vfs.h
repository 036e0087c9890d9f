// A file system layer for SQLite that fails when told to, and forgets what was not synced when the power is cut.
// Threading: steered by the test's thread, used by the one that has the file open.
// See: tests/README.md; https://www.sqlite.org/vfs.html
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/base/random.h"

namespace corral::test {

/// Real files by the default layer. `code` is SQLite's: SQLITE_FULL (ENOSPC), SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC …
class FaultyVfs {
 public:
  explicit FaultyVfs(std::string name);
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  const std::string& name() const { return name_; }
  /// The nth write (sync) from now on fails, and all after it, until heal().
  void fail_write(int64_t nth, int code);
  void fail_sync(int64_t nth, int code);
  void heal();
  /// Syncs are counted but not made: for tests that only want to know whether they are asked for.
  void make_syncs_quick(bool quick) { quick_ = quick; }
  uint64_t syncs() const { return syncs_; }

  /// After the process has "died" (files closed): of the writes since the last sync of each file, keeps a random
  /// choice, some of them torn at a sector.
  void cut_power(base::Random& random);

  // For the layer itself.
  int before_write();
  int before_sync();
  bool quick() const { return quick_; }
  void wrote(const std::string& path, int64_t offset, std::string old_bytes, int64_t old_size,
             std::string new_bytes);
  void synced(const std::string& path);

 private:
  struct Write {
    int64_t offset, old_size;
    std::string old_bytes, new_bytes;
  };
  struct Layer;

  const std::string name_;
  std::unique_ptr<Layer> layer_;
  std::atomic<int64_t> writes_left_{INT64_MAX}, syncs_left_{INT64_MAX};
  std::atomic<int> write_code_{0}, sync_code_{0};
  std::atomic<bool> quick_{false};
  std::atomic<uint64_t> syncs_{0};
  std::mutex mutex_;
  std::map<std::string, std::vector<Write>> unsynced_;
};

}  // namespace corral::test
