// Receiving and sending without libc's wrappers.
// Threading: any thread.
// See: README.md of this folder, "Turn".
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace corral::net {

// recv() and send() are cancellation points: in a program with threads each enters and leaves that state with a locked
// instruction. Nobody cancels our threads.
// ThreadSanitizer learns from the wrappers what happened before what, so there they stay.
#if defined(__SANITIZE_THREAD__)
inline ssize_t receive_bytes(int fd, char* into, size_t room) {
  return ::recv(fd, into, room, 0);
}
inline ssize_t send_bytes(int fd, const char* from, size_t size) {
  return ::send(fd, from, size, MSG_NOSIGNAL);
}
#else
/// As recv() without flags: the number of bytes, 0 at the end, -1 with errno.
inline ssize_t receive_bytes(int fd, char* into, size_t room) {
  return ::syscall(SYS_recvfrom, fd, into, room, 0, nullptr, nullptr);
}
/// As send() with MSG_NOSIGNAL.
inline ssize_t send_bytes(int fd, const char* from, size_t size) {
  return ::syscall(SYS_sendto, fd, from, size, MSG_NOSIGNAL, nullptr, 0);
}
#endif

}  // namespace corral::net
