// Places as numbers.
// Threading: pure functions.
// See: geohash.h
#include "server/types/geohash.h"

#include <algorithm>
#include <cmath>

namespace corral::types {
namespace {

constexpr double kRadiansPerDegree = M_PI / 180.0;
constexpr uint64_t kEvenBits = 0x5555555555555555;  // latitude
constexpr uint64_t kOddBits = ~kEvenBits;           // longitude

double radians(double degrees) {
  return degrees * kRadiansPerDegree;
}

// Bit i goes to bit 2 i.
uint64_t spread(uint32_t value) {
  uint64_t bits = value;
  bits = (bits | bits << 16) & 0x0000FFFF0000FFFF;
  bits = (bits | bits << 8) & 0x00FF00FF00FF00FF;
  bits = (bits | bits << 4) & 0x0F0F0F0F0F0F0F0F;
  bits = (bits | bits << 2) & 0x3333333333333333;
  return (bits | bits << 1) & kEvenBits;
}

uint32_t gather(uint64_t bits) {
  bits &= kEvenBits;
  bits = (bits | bits >> 1) & 0x3333333333333333;
  bits = (bits | bits >> 2) & 0x0F0F0F0F0F0F0F0F;
  bits = (bits | bits >> 4) & 0x00FF00FF00FF00FF;
  bits = (bits | bits >> 8) & 0x0000FFFF0000FFFF;
  return static_cast<uint32_t>(bits | bits >> 16);
}

double grid_size(int step) {
  return static_cast<double>(uint64_t{1} << step);
}

GeoCell cell_within(const GeoPoint& point, double most_latitude, int step) {
  const double north = (point.latitude + most_latitude) / (most_latitude + most_latitude) * grid_size(step);
  const double east =
      (point.longitude + kMostLongitude) / (kMostLongitude + kMostLongitude) * grid_size(step);
  return {spread(static_cast<uint32_t>(north)) | spread(static_cast<uint32_t>(east)) << 1, step};
}

// The bits of `part` (one coordinate's) moved by one; `other` are those in between, all ones to carry over.
uint64_t moved(uint64_t bits, uint64_t part, int direction, int step) {
  const int unused = 64 - 2 * step;
  const uint64_t between = (~part) >> unused;
  uint64_t value = bits & part;
  if (direction > 0) {
    value += between + 1;
  } else {
    value = (value | between) - (between + 1);
  }
  return (value & (part >> unused)) | (bits & ~part);
}

// As the processors that Redis runs on convert a double to 64 bits without sign, for numbers that have none, too.
uint64_t bits_of_score(double score) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  constexpr uint64_t kNone = uint64_t{1} << 63;
  if (!(score >= -kTwoTo63)) return kNone;
  if (score < kTwoTo63) return static_cast<uint64_t>(static_cast<int64_t>(score));
  score -= kTwoTo63;
  return score < kTwoTo63 ? static_cast<uint64_t>(static_cast<int64_t>(score)) ^ kNone : 0;
}

}  // namespace

GeoCell GeoCell::neighbour(int east, int north) const {
  uint64_t moved_bits = bits;
  if (east != 0) moved_bits = moved(moved_bits, kOddBits, east, step);
  if (north != 0) moved_bits = moved(moved_bits, kEvenBits, north, step);
  return {moved_bits, step};
}

GeoCell cell_of(const GeoPoint& point, int step) {
  return cell_within(point, kMostLatitude, step);
}

GeoBox box_of(const GeoCell& cell) {
  constexpr double kLatitudes = kMostLatitude + kMostLatitude;
  constexpr double kLongitudes = kMostLongitude + kMostLongitude;
  const uint32_t north = gather(cell.bits);
  const uint32_t east = gather(cell.bits >> 1);
  const double size = grid_size(cell.step);
  const auto latitude = [&](uint32_t at) { return -kMostLatitude + (at * 1.0 / size) * kLatitudes; };
  const auto longitude = [&](uint32_t at) { return -kMostLongitude + (at * 1.0 / size) * kLongitudes; };
  return {{longitude(east), latitude(north)}, {longitude(east + 1), latitude(north + 1)}};
}

double geo_score(const GeoPoint& point) {
  return static_cast<double>(cell_of(point, GeoCell::kMostSteps).first_score());
}

GeoPoint geo_point(double score) {
  const GeoBox box = box_of({bits_of_score(score), GeoCell::kMostSteps});
  return {std::clamp((box.low.longitude + box.high.longitude) / 2, -kMostLongitude, kMostLongitude),
          std::clamp((box.low.latitude + box.high.latitude) / 2, -kMostLatitude, kMostLatitude)};
}

std::string geohash_text(const GeoPoint& point) {
  constexpr char kAlphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
  constexpr double kPole = 90;
  const uint64_t bits = cell_within(point, kPole, GeoCell::kMostSteps).bits;
  std::string text;
  for (int shift = GeoCell::kScoreBits - 5; shift > 0; shift -= 5) text += kAlphabet[bits >> shift & 0x1F];
  return text += kAlphabet[0];  // two bits are left, which Redis does not show
}

double latitude_distance(double latitude1, double latitude2) {
  return kEarthRadiusMetres * std::fabs(radians(latitude2) - radians(latitude1));
}

double geo_distance(const GeoPoint& a, const GeoPoint& b) {
  const double v = std::sin((radians(b.longitude) - radians(a.longitude)) / 2);
  if (v == 0.0) return latitude_distance(a.latitude, b.latitude);
  const double latitude1 = radians(a.latitude);
  const double latitude2 = radians(b.latitude);
  const double u = std::sin((latitude2 - latitude1) / 2);
  return 2.0 * kEarthRadiusMetres *
         std::asin(std::sqrt(u * u + std::cos(latitude1) * std::cos(latitude2) * v * v));
}

}  // namespace corral::types
