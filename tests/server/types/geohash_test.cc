// Cells, places and shapes; that the numbers are Redis' is for the oracle.
// Threading: one thread.
// See: server/types/README.md, "Places".
#include "server/types/geohash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/base/random.h"
#include "server/types/geo_shape.h"

namespace corral::types {
namespace {

GeoPoint random_point(base::Random& random) {
  const auto share = [&] { return static_cast<double>(random.below(1'000'001)) / 1'000'000; };
  return {kMostLongitude * (2 * share() - 1), kMostLatitude * (2 * share() - 1)};
}

TEST(Geohash, APlaceIsWithinItsCellOfEveryStep) {
  base::Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const GeoPoint point = random_point(random);
    for (int step = 1; step <= GeoCell::kMostSteps; ++step) {
      const GeoCell cell = cell_of(point, step);
      const GeoBox box = box_of(cell);
      EXPECT_LE(box.low.longitude, point.longitude + 1e-9);
      EXPECT_GE(box.high.longitude, point.longitude - 1e-9);
      EXPECT_LE(box.low.latitude, point.latitude + 1e-9);
      EXPECT_GE(box.high.latitude, point.latitude - 1e-9);
      const auto score = static_cast<uint64_t>(geo_score(point));
      const bool beyond_the_edge = point.longitude == kMostLongitude || point.latitude == kMostLatitude;
      if (!beyond_the_edge) {
        EXPECT_GE(score, cell.first_score());
        EXPECT_LT(score, cell.end_score());
      }
    }
  }
}

TEST(Geohash, AScoreComesBackFromItsPlace) {
  base::Random random(2);
  for (int i = 0; i < 2000; ++i) {
    const double score = static_cast<double>(random.below(uint64_t{1} << GeoCell::kScoreBits));
    EXPECT_EQ(geo_score(geo_point(score)), score);
  }
}

TEST(Geohash, AnyDoubleHasAPlace) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double score : {-1.0, -1e300, 1e300, kInfinity, -kInfinity, 9.3e18, 1.8446744073709552e19,
                             std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_TRUE(can_be_indexed(geo_point(score))) << score;
  }
}

TEST(Geohash, NeighboursGoAroundTheEarth) {
  for (int step = 1; step <= GeoCell::kMostSteps; ++step) {
    const GeoCell east = cell_of({179.9999999, 10}, step);
    EXPECT_EQ(east.neighbour(1, 0), cell_of({-179.9999999, 10}, step)) << step;
    EXPECT_EQ(east.neighbour(1, 1).neighbour(-1, -1), east);
    EXPECT_EQ(east.neighbour(-1, 0).neighbour(1, 0), east);
  }
}

TEST(Geohash, TheStandardsLetters) {
  EXPECT_EQ(geohash_text({-5.6, 42.6}).substr(0, 5),
            "ezs42");  // the example of Wikipedia's article on Geohash
  EXPECT_EQ(geohash_text({-5.6, 42.6}).size(), 11u);
}

TEST(Geohash, Distances) {
  EXPECT_EQ(geo_distance({13, 38}, {13, 38}), 0);
  EXPECT_NEAR(geo_distance({0, 0}, {180, 0}), M_PI * kEarthRadiusMetres, 1e-6);
  EXPECT_NEAR(geo_distance({10, -30}, {10, 60}), M_PI / 2 * kEarthRadiusMetres, 1e-6);
  EXPECT_EQ(geo_distance({10, -30}, {10, 60}), latitude_distance(-30, 60));
}

// The cells that are searched hold every place of a shape that is neither at a pole nor wider than the map.
TEST(GeoShape, ItsCellsCoverIt) {
  base::Random random(3);
  for (int i = 0; i < 3000; ++i) {
    GeoShape shape;
    shape.centre = {random_point(random).longitude * 0.5, random_point(random).latitude * 0.7};
    shape.kind = random.below(2) == 0 ? GeoShape::Kind::kCircle : GeoShape::Kind::kBox;
    shape.radius = static_cast<double>(1 + random.below(500'000));
    shape.width = static_cast<double>(1 + random.below(800'000));
    shape.height = static_cast<double>(1 + random.below(800'000));
    const auto cells = cells_covering(shape);
    const GeoBox bounds = shape.bounds();
    for (int n = 0; n < 20; ++n) {
      const auto share = [&] { return static_cast<double>(random.below(1001)) / 1000; };
      const GeoPoint place = {bounds.low.longitude + share() * (bounds.high.longitude - bounds.low.longitude),
                              bounds.low.latitude + share() * (bounds.high.latitude - bounds.low.latitude)};
      if (!shape.distance_within(place)) continue;
      const auto score = static_cast<uint64_t>(geo_score(place));
      EXPECT_TRUE(std::ranges::any_of(cells,
                                      [&](const GeoCell& cell) {
                                        return cell.step != 0 && score >= cell.first_score() &&
                                               score < cell.end_score();
                                      }))
          << place.longitude << " " << place.latitude;
    }
  }
}

}  // namespace
}  // namespace corral::types
