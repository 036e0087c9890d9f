// What a load's end means to the cache.
// Threading: pure functions.
// See: README.md of this folder.
#pragma once

#include "server/dispatch/message.h"
#include "server/dispatch/services.h"
#include "server/loading/origin_client.h"

namespace corral::loading {

/// The message for the worker that asked. The life that the origin states is brought into the definition's bounds.
dispatch::LoadedMessage loaded(const dispatch::LoadRequest& request, CallEnd end, const origin::Definition& definition);
dispatch::LoadedMessage failed(const dispatch::LoadRequest& request, stampede::LoadFailure failure);

}  // namespace corral::loading
