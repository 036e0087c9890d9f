// Writes beside, syncs, renames.
// Threading: see replace_file.h.
// See: replace_file.h.
#include "server/config/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace corral::config {
namespace {

std::string last_reason() {
  return std::error_code(errno, std::generic_category()).message();
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

base::Status replace_file(const std::string& path, std::string_view text) {
  struct stat old {};
  if (stat(path.c_str(), &old) != 0) {
    if (errno != ENOENT) return base::Error{last_reason()};
    old.st_mode = 0644;
    old.st_uid = geteuid();
    old.st_gid = getegid();
  }
  std::string temporary = path + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return base::Error{last_reason()};
  bool good = write_all(fd, text) && fchmod(fd, old.st_mode & 07777) == 0;
  // The owner can be kept only by root; without it the file belongs to whoever runs the server.
  if (good && (old.st_uid != geteuid() || old.st_gid != getegid())) (void)!fchown(fd, old.st_uid, old.st_gid);
  good = good && fsync(fd) == 0;
  good = close(fd) == 0 && good;
  good = good && rename(temporary.c_str(), path.c_str()) == 0;
  if (!good) {
    base::Error error{last_reason()};
    unlink(temporary.c_str());
    return error;
  }
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? std::string(".") : parent.string();
  const int folder_fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd < 0) return base::Error{last_reason()};
  const bool synced = fsync(folder_fd) == 0;
  close(folder_fd);
  if (!synced) return base::Error{last_reason()};
  return base::Ok{};
}

}  // namespace corral::config
