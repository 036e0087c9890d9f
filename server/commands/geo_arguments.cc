// Points, units and distances.
// Threading: see geo_arguments.h.
// See: geo_arguments.h
#include "server/commands/geo_arguments.h"

#include <charconv>
#include <string>

#include "protocol/number.h"

namespace corral::commands {
namespace {

using namespace dispatch;

// As "%.*f".
std::string fixed_text(double value, int digits) {
  char text[400];  // the largest double has 309 digits before the point
  const auto written = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
  return {text, written.ptr};
}

void reply_degrees(CommandContext& ctx, double degrees) {
  const std::string text = protocol::long_double_text(degrees);
  if (!ctx.reply().resp3()) return ctx.reply().bulk(text);
  std::string line = ",";
  ctx.reply().raw(line.append(text).append("\r\n"));
}

}  // namespace

bool read_point(CommandContext& ctx, size_t i, types::GeoPoint& point) {
  const auto longitude = protocol::parse_double(ctx.arg(i));
  const auto latitude = longitude ? protocol::parse_double(ctx.arg(i + 1)) : std::nullopt;
  if (!latitude) {
    ctx.fail(protocol::error_text::kNotFloat);
    return false;
  }
  point = {*longitude, *latitude};
  if (types::can_be_indexed(point)) return true;
  std::string text = "ERR invalid longitude,latitude pair ";
  ctx.fail(text.append(fixed_text(*longitude, 6)).append(",").append(fixed_text(*latitude, 6)));
  return false;
}

bool read_unit(CommandContext& ctx, size_t i, double& metres) {
  struct Unit {
    Bytes name;
    double metres;
  };
  constexpr Unit kUnits[] = {{"m", 1}, {"km", 1000}, {"ft", 0.3048}, {"mi", 1609.34}};
  for (const Unit& unit : kUnits) {
    if (!protocol::equals_ignore_case(ctx.arg(i), unit.name)) continue;
    metres = unit.metres;
    return true;
  }
  ctx.fail("ERR unsupported unit provided. please use M, KM, FT, MI");
  return false;
}

void reply_distance(CommandContext& ctx, double distance) {
  ctx.reply().bulk(fixed_text(distance, 4));
}

void reply_point(CommandContext& ctx, const types::GeoPoint& point) {
  ctx.reply().array(2);
  reply_degrees(ctx, point.longitude);
  reply_degrees(ctx, point.latitude);
}

}  // namespace corral::commands
