// curl says which sockets and times it wants, and is told when they have come.
// Threading: see curl_multi.h.
// See: curl_multi.h; curl's manual, libcurl-multi(3), "curl_multi_socket_action".
#include "server/origin/curl_multi.h"

#include <utility>

#include "server/base/check.h"

namespace corral::origin {

CurlMulti::CurlMulti(OriginLoop& loop, uint32_t most_connections, Ended ended)
    : loop_(loop),
      ended_(std::move(ended)),
      multi_(curl_multi_init()),
      timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); }),
      broken_timer_(loop, [this] { report_broken(); }) {
  CHECK(multi_ != nullptr);
  const long most = static_cast<long>(most_connections);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::socket_wanted);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::timer_wanted);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, most);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, most);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, most);
}

CurlMulti::~CurlMulti() {
  // Cleaning up, curl still asks for sockets to be watched, which are closed a moment later.
  closing_ = true;
  sockets_.clear();
  curl_multi_cleanup(multi_);
}

CURLMcode CurlMulti::add(CURL* easy) {
  return curl_multi_add_handle(multi_, easy);
}

void CurlMulti::remove(CURL* easy) {
  curl_multi_remove_handle(multi_, easy);
}

int CurlMulti::socket_wanted(CURL* /*easy*/, curl_socket_t socket, int what, void* self,
                             void* /*socket_data*/) {
  auto* const multi = static_cast<CurlMulti*>(self);
  if (multi->closing_) return 0;
  if (what == CURL_POLL_REMOVE) {
    // Now, because curl may close the socket next; the handle itself lives until libuv lets go of it.
    multi->sockets_.erase(socket);
  } else {
    multi->watch(socket, what);
  }
  return 0;
}

int CurlMulti::timer_wanted(CURLM* /*multi*/, long timeout_ms, void* self) {
  auto* const multi = static_cast<CurlMulti*>(self);
  if (multi->closing_) return 0;
  // 0 is the next turn, never now: curl is not to be called from within its callback.
  if (timeout_ms < 0) {
    multi->timer_.stop();
  } else {
    multi->timer_.start_ms(static_cast<uint64_t>(timeout_ms));
  }
  return 0;
}

void CurlMulti::watch(curl_socket_t socket, int what) {
  Watched& watched = sockets_[socket];
  if (watched.poll == nullptr) {
    watched.poll = std::make_unique<Poll>(
        loop_, socket, [this, socket](int status, int events) { ready(socket, status, events); });
    if (watched.poll->error() != 0) {
      broken_.push_back(socket);
      broken_timer_.start_ms(0);
      return;
    }
  }
  watched.events =
      ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
  watched.poll->watch(watched.events);
}

void CurlMulti::ready(curl_socket_t socket, int status, int events) {
  int flags = ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
              ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
  if (status < 0) {
    // A refused or reset connection comes as an error of the poll: curl must be told, or it would wait for its timeout. Told of
    // the error alone it gives up; told to read as well it finds out what happened, and takes a fresh connection for a
    // request that an idle one had been closed under.
    flags = CURL_CSELECT_IN | CURL_CSELECT_ERR;
    // libuv has stopped watching.
    const auto found = sockets_.find(socket);
    if (found != sockets_.end()) found->second.poll->watch(found->second.events);
  }
  act(socket, flags);
}

void CurlMulti::report_broken() {
  for (const curl_socket_t socket : std::exchange(broken_, {})) act(socket, CURL_CSELECT_ERR);
}

void CurlMulti::act(curl_socket_t socket, int flags) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, flags, &running);
  tell_ended();
}

void CurlMulti::tell_ended() {
  // Read anew each time: ended_ may add and remove transfers.
  for (int left = 0;;) {
    const CURLMsg* const message = curl_multi_info_read(multi_, &left);
    if (message == nullptr) return;
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    curl_multi_remove_handle(multi_, easy);
    ended_(easy, code);
  }
}

}  // namespace corral::origin
