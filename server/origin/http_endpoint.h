// One HTTP server that values are loaded from and stored at.
// Threading: the origin thread only.
// See: README.md of this folder, "HTTP".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/base/clock.h"
#include "server/base/result.h"
#include "server/origin/attempt.h"
#include "server/origin/curl_multi.h"
#include "server/origin/definition.h"
#include "server/origin/http_template.h"
#include "server/origin/origin_loop.h"

namespace corral::origin {

class HttpCall;

/// Runs as many calls at the same time as the pool has connections; up to kMostCalls in all, of which the oldest goes first. A
/// call's time counts from its start(), waiting included. Not to be destroyed from within an answer.
class HttpEndpoint final : public Endpoint {
  struct Setup;

 public:
  /// Calls at the same time; one more is answered with a failure at once.
  static constexpr size_t kMostCalls = 4096;

  /// For `definition.urls[url]`, a definition of kind http. Reads the password, the variables of the headers and looks whether
  /// tls-ca can be read; fails when one of them is not there. `loop` and `clock` must outlive the endpoint.
  static base::Result<std::unique_ptr<HttpEndpoint>> make(OriginLoop& loop, const base::Clock& clock,
                                                          const Definition& definition, size_t url);
  HttpEndpoint(OriginLoop& loop, const base::Clock& clock, Setup setup);  ///< for make() only
  ~HttpEndpoint() override;

  uint64_t start(const Request& request, Done done) override;
  void cancel(uint64_t id) override;
  /// False: there is no one form of answer for several values over HTTP.
  bool start_many(const std::vector<Request>& requests, const std::vector<Done>& done) override;

  size_t calls() const { return calls_.size(); }  ///< started, neither answered nor cancelled

 private:
  std::unique_ptr<HttpCall> take_call(Operation operation);
  void keep_call(std::unique_ptr<HttpCall> call);
  std::unique_ptr<HttpCall> take_out(uint64_t id);
  void run_waiting();
  void fail(HttpCall& call, Result result, std::string reason);
  void ended(CURL* easy, CURLcode code);
  void expired(uint64_t id);
  void answer_failed();
  void finish(std::unique_ptr<HttpCall> call, Answer answer);

  OriginLoop& loop_;
  const base::Clock& clock_;
  std::unique_ptr<const Setup> setup_;
  CurlMulti multi_;
  uint64_t last_id_ = 0;
  std::unordered_map<uint64_t, std::unique_ptr<HttpCall>> calls_;
  std::set<uint64_t> waiting_;  // for a connection; ids ascend, so the oldest is first
  size_t running_ = 0;          // with curl
  std::set<uint64_t> failed_;   // at their start, to be answered in the next turn
  Timer failed_timer_;
  std::vector<std::unique_ptr<HttpCall>> idle_[3];  // of each operation, most of their options set already
};

}  // namespace corral::origin
