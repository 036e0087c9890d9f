// Places on the earth as 52-bit numbers whose order keeps neighbours together: longitude and latitude, bit by bit in turn.
// Threading: pure functions.
// See: README.md of this folder, "Places"; Niemeyer, geohash.org; every operation in the order in which Redis has it, since
// the last bits of the results show.
#pragma once

#include <cstdint>
#include <string>

namespace corral::types {

/// Degrees.
struct GeoPoint {
  double longitude = 0;
  double latitude = 0;
};

/// What can be indexed: the square of the web's Mercator projection.
inline constexpr double kMostLongitude = 180;
inline constexpr double kMostLatitude = 85.05112878;
constexpr bool can_be_indexed(const GeoPoint& point) {
  return point.longitude >= -kMostLongitude && point.longitude <= kMostLongitude &&
         point.latitude >= -kMostLatitude && point.latitude <= kMostLatitude;
}

/// A cell of the grid that halves the earth `step` times in each direction; step 0: none.
struct GeoCell {
  uint64_t bits = 0;  // latitude in the even bits
  int step = 0;

  bool operator==(const GeoCell&) const = default;
  /// The cell so many to the east and to the north (-1, 0, 1), around the edges.
  GeoCell neighbour(int east, int north) const;
  /// Scores of the places within: [first_score(), end_score()).
  uint64_t first_score() const { return bits << (kScoreBits - 2 * step); }
  uint64_t end_score() const { return (bits + 1) << (kScoreBits - 2 * step); }

  static constexpr int kMostSteps = 26;
  static constexpr int kScoreBits = 2 * kMostSteps;
};

struct GeoBox {
  GeoPoint low;
  GeoPoint high;
};

/// `point` must be one that can be indexed; step 1 to 26.
GeoCell cell_of(const GeoPoint& point, int step);
GeoBox box_of(const GeoCell& cell);

/// The score of a place, and the place of a score: the middle of its cell. Any double is taken for a score.
double geo_score(const GeoPoint& point);
GeoPoint geo_point(double score);

/// Eleven letters, on the standard's range of latitudes (-90 to 90).
std::string geohash_text(const GeoPoint& point);

/// Of the sphere that distances are measured on.
inline constexpr double kEarthRadiusMetres = 6372797.560856;

/// Metres along the great circle.
double geo_distance(const GeoPoint& a, const GeoPoint& b);
/// Metres along the meridian.
double latitude_distance(double latitude1, double latitude2);

}  // namespace corral::types
