// The thread that talks to origins, and what workers ask of it.
// Threading: load() any thread; start(), stop() the owner; the rest is this thread's own.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/dispatch/loading.h"
#include "server/loading/origin_client.h"

namespace corral::loading {

class OriginThread final : public dispatch::Loader {
 public:
  /// Hands messages to a worker; any thread.
  using Deliver = std::function<void(uint32_t worker, std::vector<dispatch::Message>& messages)>;

  OriginThread(const base::Clock& clock, const base::Log& log, Deliver deliver);
  ~OriginThread() override;

  /// Before start(). The error is one line, beginning with the origin's name.
  base::Status add(const origin::Definition& definition, uint64_t seed);
  void start();
  /// Joins; loads that are under way are not answered any more.
  void stop();

  void load(std::vector<dispatch::LoadRequest> requests) override;
  std::vector<std::string> names() const override;
  std::string words(std::string_view name) const override;
  std::string figures(std::string_view name) const override;
  std::string objection(std::string_view name, size_t stars) const override;
  bool set_breaker(std::string_view name, Breaker mode) override;

 private:
  void begin(dispatch::LoadRequest request);
  void answer(uint32_t worker, dispatch::LoadedMessage message);
  void send();
  void note_figures();

  const base::Clock& clock_;
  const base::Log& log_;
  Deliver deliver_;
  origin::OriginLoop loop_;
  std::map<std::string, std::unique_ptr<OriginClient>, std::less<>> origins_;  // constant from start() on
  std::map<uint32_t, std::vector<dispatch::Message>> outgoing_;  // by worker, sent when the loop's turn ends
  origin::Timer figures_timer_;
  mutable std::mutex figures_mutex_;
  std::map<std::string, std::string, std::less<>> figures_;  // under the mutex
  std::thread thread_;
};

}  // namespace corral::loading
