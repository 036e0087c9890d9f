// Picks the protocol.
// Threading: see make_endpoint.h.
// See: make_endpoint.h.
#include "server/origin/make_endpoint.h"

#include <string>
#include <utility>

#include "server/origin/http_endpoint.h"
#include "server/origin/postgres_endpoint.h"
#include "server/origin/redis_endpoint.h"

namespace corral::origin {
namespace {

template <typename Made>
base::Result<std::unique_ptr<Endpoint>> as_endpoint(base::Result<std::unique_ptr<Made>> made) {
  if (!made) return base::Error{made.error()};
  return std::unique_ptr<Endpoint>(std::move(made.value()));
}

}  // namespace

base::Result<std::unique_ptr<Endpoint>> make_endpoint(OriginLoop& loop, const base::Clock& clock,
                                                      const Definition& definition, size_t url) {
  switch (definition.kind) {
    case Kind::kHttp:
      return as_endpoint(HttpEndpoint::make(loop, clock, definition, url));
    case Kind::kPostgres:
      return as_endpoint(PostgresEndpoint::make(loop, definition, url));
    case Kind::kRedis:
      return as_endpoint(RedisEndpoint::make(loop, definition, url));
    case Kind::kAmqp:
      break;
  }
  return base::Error{"origin " + definition.name +
                     ": amqp is not there yet; http, postgres and redis are the origins that work"};
}

void check_endpoint(OriginLoop& loop, Endpoint& endpoint, std::function<void(base::Status)> done) {
  if (auto* const postgres = dynamic_cast<PostgresEndpoint*>(&endpoint))
    return postgres->check(std::move(done));
  if (auto* const redis = dynamic_cast<RedisEndpoint*>(&endpoint)) return redis->check(std::move(done));
  loop.next_turn([done = std::move(done)] { done(base::Ok{}); });
}

}  // namespace corral::origin
