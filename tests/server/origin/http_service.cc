// cpp-httplib behind an interface that compiles quickly.
// Threading: see http_service.h.
// See: http_service.h.
#include "tests/server/origin/http_service.h"

#include <httplib.h>

#include <stdexcept>
#include <utility>

namespace corral::origin {
namespace {

constexpr size_t kThreads = 40;  // more than any test has connections: each keeps one

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

}  // namespace

HttpService::HttpService(Handler handler)
    : handler_(std::move(handler)), server_(std::make_unique<httplib::Server>()) {
  serve();
}

HttpService::HttpService(Handler handler, const std::string& certificate, const std::string& key)
    : handler_(std::move(handler)),
      server_(std::make_unique<httplib::SSLServer>(certificate.c_str(), key.c_str())) {
  serve();
}

void HttpService::serve() {
  server_->new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server_->set_keep_alive_max_count(1'000'000);
  server_->set_tcp_nodelay(true);
  server_->set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    Seen seen{request.method, request.target, request.body, {}};
    for (const auto& header : request.headers) seen.headers[lower(header.first)] = header.second;
    {
      const std::lock_guard lock(mutex_);
      peers_.insert(request.remote_port);
    }
    if (request.method != "GET" && request.method != "HEAD" && seen.headers.count("content-length") != 0) {
      // The body has not been read yet at this place.
      return httplib::Server::HandlerResponse::Unhandled;
    }
    const Reply reply = handler_(seen);
    response.status = reply.status;
    for (const auto& header : reply.headers) response.headers.insert(header);
    if (reply.chunked) {
      response.set_chunked_content_provider("text/plain",
                                            [body = reply.body](size_t, httplib::DataSink& sink) {
                                              sink.write(body.data(), body.size());
                                              sink.done();
                                              return true;
                                            });
    } else {
      response.body = reply.body;
    }
    return httplib::Server::HandlerResponse::Handled;
  });
  const auto with_body = [this](const httplib::Request& request, httplib::Response& response) {
    Seen seen{request.method, request.target, request.body, {}};
    for (const auto& header : request.headers) seen.headers[lower(header.first)] = header.second;
    const Reply reply = handler_(seen);
    response.status = reply.status;
    for (const auto& header : reply.headers) response.headers.insert(header);
    response.body = reply.body;
  };
  server_->Put(".*", with_body).Post(".*", with_body).Patch(".*", with_body).Delete(".*", with_body);
  port_ = server_->bind_to_any_port("127.0.0.1");
  if (port_ <= 0) throw std::runtime_error("cannot listen");
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  // Told to stop before it runs, it would not.
  while (!server_->is_running()) std::this_thread::yield();
}

HttpService::~HttpService() {
  server_->stop();
  thread_.join();
}

size_t HttpService::connections() {
  const std::lock_guard lock(mutex_);
  return peers_.size();
}

}  // namespace corral::origin
