// From an origin's definition to an endpoint, whatever its protocol.
// Threading: the origin thread only.
// See: README.md of this folder.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "server/base/clock.h"
#include "server/base/result.h"
#include "server/origin/attempt.h"
#include "server/origin/definition.h"
#include "server/origin/origin_loop.h"

namespace corral::origin {

/// For `definition.urls[url]`. `loop` and `clock` must outlive it. Fails on what cannot work: a template, a file, a protocol that
/// there is no endpoint for (amqp). The error names the origin.
base::Result<std::unique_ptr<Endpoint>> make_endpoint(OriginLoop& loop, const base::Clock& clock,
                                                      const Definition& definition, size_t url);

/// Connects and says whether it can work: logged in, statements prepared. HTTP has nothing to check but is well at once. `done`
/// comes later, once; not at all if the endpoint goes first.
void check_endpoint(OriginLoop& loop, Endpoint& endpoint, std::function<void(base::Status)> done);

}  // namespace corral::origin
