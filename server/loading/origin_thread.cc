// Requests in, calls made, answers out.
// Threading: see origin_thread.h.
// See: origin_thread.h.
#include "server/loading/origin_thread.h"

#include <algorithm>
#include <utility>

#include "server/base/nearest_word.h"
#include "server/loading/loaded.h"

namespace corral::loading {
namespace {

constexpr uint64_t kFiguresEveryMs = 100;

}  // namespace

using dispatch::LoadedMessage;
using dispatch::LoadRequest;

OriginThread::OriginThread(const base::Clock& clock, const base::Log& log, Deliver deliver)
    : clock_(clock), log_(log), deliver_(std::move(deliver)), figures_timer_(loop_, [this] { note_figures(); }) {}

OriginThread::~OriginThread() { stop(); }

base::Status OriginThread::add(const origin::Definition& definition, uint64_t seed) {
  auto client = OriginClient::make(loop_, clock_, log_, definition, seed);
  if (!client) return base::Error{client.error()};
  origins_[definition.name] = std::move(client.value());
  return base::Ok{};
}

void OriginThread::start() {
  note_figures();
  for (const auto& [name, client] : origins_) client->check();
  thread_ = std::thread([this] { loop_.run(); });
}

void OriginThread::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

void OriginThread::load(std::vector<LoadRequest> requests) {
  auto shared = std::make_shared<std::vector<LoadRequest>>(std::move(requests));
  const bool posted = loop_.post([this, shared] {
    for (LoadRequest& request : *shared) begin(std::move(request));
  });
  if (posted) return;
  std::vector<dispatch::Message> refused;
  for (LoadRequest& request : *shared) refused.emplace_back(failed(request, stampede::LoadFailure::kOverloaded));
  if (!shared->empty()) deliver_(shared->front().worker, refused);  // all of one worker
}

void OriginThread::begin(LoadRequest request) {
  const auto at = origins_.find(request.origin);
  if (at == origins_.end()) {
    return answer(request.worker, failed(request, stampede::LoadFailure::kUnknownOrigin));
  }
  OriginClient& client = *at->second;
  origin::Request call;
  call.captures = std::move(request.captures);
  const auto cls = request.is_refresh ? resilience::CallClass::kRefresh : resilience::CallClass::kForegroundLoad;
  client.call(std::move(call), cls, [this, &client, request = std::move(request)](CallEnd end) {
    answer(request.worker, loaded(request, std::move(end), client.definition()));
  });
}

void OriginThread::answer(uint32_t worker, LoadedMessage message) {
  if (outgoing_.empty()) loop_.next_turn([this] { send(); });
  outgoing_[worker].emplace_back(std::move(message));
}

std::vector<std::string> OriginThread::names() const {
  std::vector<std::string> names;
  for (const auto& [name, client] : origins_) names.push_back(name);
  return names;
}

std::string OriginThread::words(std::string_view name) const {
  const auto at = origins_.find(name);
  return at == origins_.end() ? std::string() : at->second->definition().masked_words();
}

std::string OriginThread::figures(std::string_view name) const {
  const std::lock_guard lock(figures_mutex_);
  const auto at = figures_.find(name);
  return at == figures_.end() ? std::string() : at->second;
}

void OriginThread::note_figures() {
  std::map<std::string, std::string, std::less<>> figures;
  for (const auto& [name, client] : origins_) figures[name] = client->describe();
  {
    const std::lock_guard lock(figures_mutex_);
    figures_.swap(figures);
  }
  figures_timer_.start_ms(kFiguresEveryMs);
}

std::string OriginThread::objection(std::string_view name, size_t stars) const {
  const auto at = origins_.find(name);
  if (at == origins_.end()) {
    const std::vector<std::string> known = names();
    return std::string(name) + ": no origin is called so" +
           base::did_you_mean(name, std::vector<std::string_view>(known.begin(), known.end()));
  }
  const origin::Definition& definition = at->second->definition();
  if (definition.load.empty()) return std::string(name) + ": the origin has no load";
  const base::Status status = definition.check_captures(stars);
  return status.ok() ? std::string() : status.error();
}

bool OriginThread::set_breaker(std::string_view name, Breaker mode) {
  const auto at = origins_.find(name);
  if (at == origins_.end()) return false;
  return loop_.post([client = at->second.get(), mode] {
    switch (mode) {
      case Breaker::kReset:
        return client->reset_breakers();
      case Breaker::kAuto:
        return client->set_breaker_mode(resilience::BreakerMode::kAuto);
      case Breaker::kShadow:
        return client->set_breaker_mode(resilience::BreakerMode::kShadow);
      case Breaker::kForceOpen:
        return client->set_breaker_mode(resilience::BreakerMode::kForcedOpen);
      case Breaker::kForceClosed:
        return client->set_breaker_mode(resilience::BreakerMode::kForcedClosed);
    }
  });
}

void OriginThread::send() {
  for (auto& [worker, messages] : outgoing_) deliver_(worker, messages);
  outgoing_.clear();
}

}  // namespace corral::loading
