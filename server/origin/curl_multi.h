// libcurl's many transfers at once, driven by the origin thread's loop.
// Threading: the origin thread only.
// See: README.md of this folder, "libcurl on libuv".
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "server/origin/origin_loop.h"

namespace corral::origin {

/// One pool of connections. Add and remove not from within callbacks of curl, but from anywhere else.
class CurlMulti {
 public:
  /// A transfer has ended by itself, and is no longer of this pool.
  using Ended = std::function<void(CURL* easy, CURLcode code)>;

  /// At most so many connections, open or idle. Whoever adds more transfers than that gives them a time: curl 7.88 has none for
  /// those that wait for a connection.
  CurlMulti(OriginLoop& loop, uint32_t most_connections, Ended ended);
  /// Precondition: all that was added has ended or was removed.
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  /// Starts a transfer, or says why it cannot. `ended` does not come before the loop's next turn.
  CURLMcode add(CURL* easy);
  /// Ends a transfer without `ended`.
  void remove(CURL* easy);

 private:
  static int socket_wanted(CURL* easy, curl_socket_t socket, int what, void* self, void* socket_data);
  static int timer_wanted(CURLM* multi, long timeout_ms, void* self);
  void watch(curl_socket_t socket, int what);
  void ready(curl_socket_t socket, int status, int events);
  void report_broken();
  void act(curl_socket_t socket, int flags);
  void tell_ended();

  OriginLoop& loop_;
  Ended ended_;
  CURLM* multi_;
  Timer timer_;
  Timer broken_timer_;
  struct Watched {
    std::unique_ptr<Poll> poll;
    int events = 0;
  };
  std::unordered_map<curl_socket_t, Watched> sockets_;
  std::vector<curl_socket_t> broken_;  // could not be watched; curl has yet to be told
  bool closing_ = false;
};

}  // namespace corral::origin
