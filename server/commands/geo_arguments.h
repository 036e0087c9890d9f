// Points, units and distances, as clients write them and as they are replied.
// Threading: values of one command.
// See: README.md of this folder; server/types/geohash.h.
#pragma once

#include <cstddef>

#include "server/dispatch/command_context.h"
#include "server/types/geohash.h"

namespace corral::commands {

/// Longitude and latitude at arguments i and i + 1. On failure writes the error and returns false.
bool read_point(dispatch::CommandContext& ctx, size_t i, types::GeoPoint& point);
/// M, KM, FT or MI at argument i, in metres. On failure writes the error and returns false.
bool read_unit(dispatch::CommandContext& ctx, size_t i, double& metres);

/// With four digits behind the point, a bulk string over RESP3, too.
void reply_distance(dispatch::CommandContext& ctx, double distance);
/// Longitude and latitude with 17 digits behind the point, zeros cut.
void reply_point(dispatch::CommandContext& ctx, const types::GeoPoint& point);

}  // namespace corral::commands
