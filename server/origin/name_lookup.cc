// Asks libuv's pool for the addresses of a name.
// Threading: see name_lookup.h.
// See: name_lookup.h; libuv's documentation of uv_getaddrinfo.
#include "server/origin/name_lookup.h"

#include <array>
#include <cstring>
#include <utility>

namespace corral::origin {
namespace {

constexpr size_t kMostAddresses = 16;

std::vector<Address> addresses_of(const addrinfo* found) {
  std::vector<Address> addresses;
  for (; found != nullptr && addresses.size() < kMostAddresses; found = found->ai_next) {
    if (found->ai_addrlen > sizeof(sockaddr_storage)) continue;
    Address address;
    std::memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
    address.size = found->ai_addrlen;
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

std::string Address::text() const {
  std::array<char, 64> out{};
  if (uv_ip_name(get(), out.data(), out.size()) != 0) return {};
  return out.data();
}

// The pool may still be asking when nobody waits any more, so the request keeps its state alive by itself.
struct NameLookup::State {
  uv_getaddrinfo_t request{};
  Done done;
  std::shared_ptr<State> self;
};

NameLookup::NameLookup(OriginLoop& loop, const std::string& host, uint16_t port, Done done)
    : state_(std::make_shared<State>()) {
  state_->done = std::move(done);
  state_->request.data = state_.get();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  const auto answered = [](uv_getaddrinfo_t* request, int status, addrinfo* found) {
    const std::shared_ptr<State> state = std::move(static_cast<State*>(request->data)->self);
    std::vector<Address> addresses = addresses_of(found);
    if (found != nullptr) uv_freeaddrinfo(found);
    if (!state->done) return;
    const Done take = std::move(state->done);
    take(std::move(addresses), status == 0 ? std::string() : uv_strerror(status));
  };
  const int status = uv_getaddrinfo(loop.handle(), &state_->request, answered, host.c_str(),
                                    std::to_string(port).c_str(), &hints);
  if (status == 0) {
    state_->self = state_;
    return;
  }
  loop.next_turn([waiting = std::weak_ptr<State>(state_), status] {
    const std::shared_ptr<State> state = waiting.lock();
    if (!state || !state->done) return;
    const Done take = std::move(state->done);
    take({}, uv_strerror(status));
  });
}

NameLookup::~NameLookup() {
  state_->done = nullptr;
  if (state_->self) uv_cancel(reinterpret_cast<uv_req_t*>(&state_->request));
}

}  // namespace corral::origin
