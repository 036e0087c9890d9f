// Circles and boxes on the earth.
// Threading: pure functions.
// See: geo_shape.h
#include "server/types/geo_shape.h"

#include <algorithm>
#include <cmath>

namespace corral::types {
namespace {

constexpr double kDegree = M_PI / 180.0;
constexpr double kMercatorMetres = 20037726.37;

// As fine as leaves the shape within the cell of its centre and those around it.
int estimated_step(double metres, double latitude) {
  if (metres == 0) return GeoCell::kMostSteps;
  int step = 1;
  for (; metres < kMercatorMetres; metres *= 2) ++step;
  step -= 2;
  const double from_equator = std::fabs(latitude);
  if (from_equator > 66) --step;  // cells are narrow near the poles
  if (from_equator > 80) --step;
  return std::clamp(step, 1, GeoCell::kMostSteps);
}

// Do the neighbours of the cell reach as far as the bounds?
bool reach(const GeoCell& cell, const GeoBox& bounds) {
  const bool too_near = box_of(cell.neighbour(0, 1)).high.latitude < bounds.high.latitude ||
                        box_of(cell.neighbour(0, -1)).low.latitude > bounds.low.latitude ||
                        box_of(cell.neighbour(1, 0)).high.longitude < bounds.high.longitude ||
                        box_of(cell.neighbour(-1, 0)).low.longitude > bounds.low.longitude;
  return !too_near;
}

}  // namespace

std::optional<double> GeoShape::distance_within(const GeoPoint& place) const {
  if (kind == Kind::kCircle) {
    const double distance = geo_distance(centre, place);
    if (distance > radius * unit_metres) return std::nullopt;
    return distance;
  }
  if (latitude_distance(place.latitude, centre.latitude) > height * unit_metres / 2) return std::nullopt;
  if (geo_distance(place, {centre.longitude, place.latitude}) > width * unit_metres / 2) return std::nullopt;
  return geo_distance(centre, place);
}

GeoBox GeoShape::bounds() const {
  const double half_height = unit_metres * (kind == Kind::kCircle ? radius : height / 2);
  const double half_width = unit_metres * (kind == Kind::kCircle ? radius : width / 2);
  const double north = half_height / kEarthRadiusMetres / kDegree;
  // The side that is nearer to its pole is the wider one in degrees.
  const double widest = centre.latitude < 0 ? centre.latitude - north : centre.latitude + north;
  const double east = half_width / kEarthRadiusMetres / std::cos(widest * kDegree) / kDegree;
  return {{centre.longitude - east, centre.latitude - north},
          {centre.longitude + east, centre.latitude + north}};
}

std::array<GeoCell, 9> cells_covering(const GeoShape& shape) {
  const GeoBox bounds = shape.bounds();
  double reach_metres = shape.radius;
  if (shape.kind == GeoShape::Kind::kBox) {
    reach_metres = std::sqrt((shape.width / 2) * (shape.width / 2) + (shape.height / 2) * (shape.height / 2));
  }
  int step = estimated_step(reach_metres * shape.unit_metres, shape.centre.latitude);
  GeoCell cell = cell_of(shape.centre, step);
  if (step > 1 && !reach(cell, bounds)) cell = cell_of(shape.centre, --step);
  const GeoBox own = box_of(cell);
  const bool fine = step >= 2;
  const bool south = !(fine && own.low.latitude < bounds.low.latitude);
  const bool north = !(fine && own.high.latitude > bounds.high.latitude);
  const bool west = !(fine && own.low.longitude < bounds.low.longitude);
  const bool east = !(fine && own.high.longitude > bounds.high.longitude);
  const auto when = [&](bool needed, int to_east, int to_north) {
    return needed ? cell.neighbour(to_east, to_north) : GeoCell{};
  };
  return {cell,
          when(north, 0, 1),
          when(south, 0, -1),
          when(east, 1, 0),
          when(west, -1, 0),
          when(north && east, 1, 1),
          when(north && west, -1, 1),
          when(south && east, 1, -1),
          when(south && west, -1, -1)};
}

}  // namespace corral::types
