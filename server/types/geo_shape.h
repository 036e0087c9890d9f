// The circle or box of a search for places, and the cells that cover it.
// Threading: pure functions.
// See: README.md of this folder, "Places"; every operation in the order in which Redis has it.
#pragma once

#include <array>
#include <optional>

#include "server/types/geohash.h"

namespace corral::types {

struct GeoShape {
  enum class Kind : uint8_t { kCircle, kBox };
  Kind kind = Kind::kCircle;
  GeoPoint centre;
  double radius = 0;  // in units
  double width = 0;
  double height = 0;
  double unit_metres = 1;

  /// Metres from the centre when the place is within, the edge included.
  std::optional<double> distance_within(const GeoPoint& place) const;
  /// What encloses it; beyond the poles and the date line for large ones.
  GeoBox bounds() const;
};

/// The cell of the centre and those of its neighbours that are needed, in Redis' order; the others have step 0. The same
/// cell may come twice, for what wraps around the earth.
std::array<GeoCell, 9> cells_covering(const GeoShape& shape);

}  // namespace corral::types
