// A real HTTP server of a library, steered by a test.
// Threading: the server's threads call the handler, several at a time.
// See: tests/README.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace httplib {
class Server;
}

namespace corral::origin {

/// A request as it came. Names of headers in lower case.
struct Seen {
  std::string method, target, body;
  std::map<std::string, std::string> headers;
};

struct Reply {
  int status = 200;
  std::string body;
  std::multimap<std::string, std::string> headers;
  bool chunked = false;
};

/// Listens on a port of 127.0.0.1 that the kernel chooses, until it is destroyed.
class HttpService {
 public:
  using Handler = std::function<Reply(const Seen&)>;
  explicit HttpService(Handler handler);
  /// The same over TLS, with a certificate and a key in PEM files.
  HttpService(Handler handler, const std::string& certificate, const std::string& key);
  ~HttpService();

  int port() const { return port_; }
  /// How many connections have brought a request.
  size_t connections();

 private:
  void serve();

  Handler handler_;
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::mutex mutex_;
  std::set<int> peers_;  // ports
  std::thread thread_;
};

}  // namespace corral::origin
