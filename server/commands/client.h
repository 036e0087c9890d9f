// What the files of CLIENT share: the handlers that stand in files of their own, types of connections.
// Threading: as CommandContext; other connections are seen through their ClientRecords.
// See: README.md of this folder.
#pragma once

#include <cstdint>

#include "server/dispatch/command_context.h"

namespace corral::commands {

/// Redis' kinds of connections.
enum class ClientType : uint8_t { kNormal, kMaster, kReplica, kPubsub };

/// There are no replicas and masters yet.
inline ClientType type_of(const session::ClientRecord& record) {
  const bool listens = (record.flags.load(std::memory_order_relaxed) & session::kClientPubsub) != 0;
  return listens ? ClientType::kPubsub : ClientType::kNormal;
}

/// Reads a type by name at argument `at`, in any case. On failure answers the error and returns false.
bool read_client_type(dispatch::CommandContext& ctx, size_t at, ClientType& type);

// client_tracking.cc
dispatch::Outcome client_caching(dispatch::CommandContext& ctx);
dispatch::Outcome client_getredir(dispatch::CommandContext& ctx);
dispatch::Outcome client_tracking(dispatch::CommandContext& ctx);
dispatch::Outcome client_trackinginfo(dispatch::CommandContext& ctx);

dispatch::Outcome client_info(dispatch::CommandContext& ctx);
dispatch::Outcome client_list(dispatch::CommandContext& ctx);
dispatch::Outcome client_kill(dispatch::CommandContext& ctx);

}  // namespace corral::commands
