// Every file has the default layer's file behind it.
// Threading: see faulty_vfs.h.
// See: https://www.sqlite.org/c3ref/io_methods.html
#include "tests/support/faulty_vfs.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

namespace corral::test {

struct FaultyVfs::Layer {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
};

namespace {

struct File {
  sqlite3_file base;
  FaultyVfs* owner;
  std::string* path;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
};

void require(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::abort();
}

int close_file(sqlite3_file* file) {
  File& self = File::of(file);
  delete self.path;
  return self.real()->pMethods->xClose(self.real());
}

int read(sqlite3_file* file, void* out, int bytes, sqlite3_int64 offset) {
  sqlite3_file* real = File::of(file).real();
  return real->pMethods->xRead(real, out, bytes, offset);
}

int write(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
  File& self = File::of(file);
  sqlite3_file* real = self.real();
  if (const int code = self.owner->before_write(); code != SQLITE_OK) return code;
  sqlite3_int64 old_size = 0;
  real->pMethods->xFileSize(real, &old_size);
  const auto overlap = std::clamp<sqlite3_int64>(old_size - offset, 0, bytes);
  std::string old_bytes(static_cast<size_t>(overlap), '\0');
  if (overlap > 0) real->pMethods->xRead(real, old_bytes.data(), static_cast<int>(overlap), offset);
  const int code = real->pMethods->xWrite(real, data, bytes, offset);
  if (code == SQLITE_OK) {
    self.owner->wrote(*self.path, offset, std::move(old_bytes), old_size,
                      std::string(static_cast<const char*>(data), static_cast<size_t>(bytes)));
  }
  return code;
}

// Taken for durable at once, with what was written before it.
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  File& self = File::of(file);
  if (const int code = self.owner->before_write(); code != SQLITE_OK) return code;
  self.owner->synced(*self.path);
  return self.real()->pMethods->xTruncate(self.real(), size);
}

int sync(sqlite3_file* file, int flags) {
  File& self = File::of(file);
  if (const int code = self.owner->before_sync(); code != SQLITE_OK) return code;
  const int code = self.owner->quick() ? SQLITE_OK : self.real()->pMethods->xSync(self.real(), flags);
  if (code == SQLITE_OK) self.owner->synced(*self.path);
  return code;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  sqlite3_file* real = File::of(file).real();
  return real->pMethods->xFileSize(real, size);
}

int lock(sqlite3_file* file, int level) {
  sqlite3_file* real = File::of(file).real();
  return real->pMethods->xLock(real, level);
}

int unlock(sqlite3_file* file, int level) {
  sqlite3_file* real = File::of(file).real();
  return real->pMethods->xUnlock(real, level);
}

int check_reserved_lock(sqlite3_file* file, int* held) {
  sqlite3_file* real = File::of(file).real();
  return real->pMethods->xCheckReservedLock(real, held);
}

int file_control(sqlite3_file* file, int operation, void* argument) {
  sqlite3_file* real = File::of(file).real();
  return real->pMethods->xFileControl(real, operation, argument);
}

int sector_size(sqlite3_file* file) {
  sqlite3_file* real = File::of(file).real();
  return real->pMethods->xSectorSize(real);
}

// Nothing is promised beyond what cut_power() keeps to.
int device_characteristics(sqlite3_file*) {
  return 0;
}

// Version 1, without shared memory: enough for a file that is locked exclusively.
const sqlite3_io_methods kMethods = {1,
                                     close_file,
                                     read,
                                     write,
                                     truncate,
                                     sync,
                                     file_size,
                                     lock,
                                     unlock,
                                     check_reserved_lock,
                                     file_control,
                                     sector_size,
                                     device_characteristics,
                                     nullptr,
                                     nullptr,
                                     nullptr,
                                     nullptr,
                                     nullptr,
                                     nullptr};

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto* owner = static_cast<FaultyVfs*>(vfs->pAppData);
  File* self = new (file) File{{nullptr}, owner, nullptr};
  sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
  const int code = real->xOpen(real, path, self->real(), flags, out_flags);
  if (self->real()->pMethods == nullptr) return code;
  self->path = new std::string(path == nullptr ? "" : path);
  self->base.pMethods = &kMethods;
  return code;
}

}  // namespace

FaultyVfs::FaultyVfs(std::string name) : name_(std::move(name)), layer_(std::make_unique<Layer>()) {
  layer_->real = sqlite3_vfs_find(nullptr);
  layer_->vfs = *layer_->real;
  layer_->vfs.zName = name_.c_str();
  layer_->vfs.pAppData = this;
  layer_->vfs.szOsFile = static_cast<int>(sizeof(File)) + layer_->real->szOsFile;
  layer_->vfs.xOpen = open_file;
  require(sqlite3_vfs_register(&layer_->vfs, 0) == SQLITE_OK, "sqlite3_vfs_register");
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&layer_->vfs);
}

void FaultyVfs::fail_write(int64_t nth, int code) {
  write_code_ = code;
  writes_left_ = nth;
}

void FaultyVfs::fail_sync(int64_t nth, int code) {
  sync_code_ = code;
  syncs_left_ = nth;
}

void FaultyVfs::heal() {
  writes_left_ = syncs_left_ = INT64_MAX;
}

int FaultyVfs::before_write() {
  return --writes_left_ <= 0 ? write_code_.load() : SQLITE_OK;
}

int FaultyVfs::before_sync() {
  ++syncs_;
  return --syncs_left_ <= 0 ? sync_code_.load() : SQLITE_OK;
}

void FaultyVfs::wrote(const std::string& path, int64_t offset, std::string old_bytes, int64_t old_size,
                      std::string new_bytes) {
  std::lock_guard guard(mutex_);
  unsynced_[path].push_back({offset, old_size, std::move(old_bytes), std::move(new_bytes)});
}

void FaultyVfs::synced(const std::string& path) {
  std::lock_guard guard(mutex_);
  unsynced_.erase(path);
}

void FaultyVfs::cut_power(base::Random& random) {
  std::lock_guard guard(mutex_);
  for (const auto& [path, writes] : unsynced_) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) continue;  // deleted meanwhile
    const auto put = [fd](const std::string& bytes, size_t size, int64_t offset) {
      require(::pwrite(fd, bytes.data(), size, offset) == static_cast<ssize_t>(size), "pwrite");
    };
    for (auto write = writes.rbegin(); write != writes.rend(); ++write) {
      put(write->old_bytes, write->old_bytes.size(), write->offset);
      require(::ftruncate(fd, write->old_size) == 0, "ftruncate");
    }
    for (const Write& write : writes) {
      const uint64_t fate = random.below(4);
      if (fate == 0) continue;
      const size_t sectors = write.new_bytes.size() / 512;
      const size_t torn = sectors == 0 ? write.new_bytes.size() : random.below(sectors) * 512;
      put(write.new_bytes, fate == 1 ? torn : write.new_bytes.size(), write.offset);
    }
    ::close(fd);
  }
  unsynced_.clear();
}

}  // namespace corral::test
