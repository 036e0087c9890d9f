// Places as members of sorted sets, their 52-bit cells as scores: GEOADD GEOPOS GEODIST GEOHASH.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/README.md, "Places".
#include <vector>

#include "server/commands/geo_arguments.h"
#include "server/commands/tables.h"
#include "server/commands/zset_add.h"
#include "server/types/zset_value.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::GeoPoint;
using types::ZsetValue;

// GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]
Outcome geoadd(CommandContext& ctx) {
  AddOptions options;
  size_t at = 2;
  for (; at < ctx.argc(); ++at) {
    const auto is = [&](Bytes word) { return protocol::equals_ignore_case(ctx.arg(at), word); };
    if (is("nx")) {
      options.only_new = true;
    } else if (is("xx")) {
      options.only_existing = true;
    } else if (is("ch")) {
      options.counts_changes = true;
    } else {
      break;
    }
  }
  const size_t words = ctx.argc() - at;
  if (words == 0 || words % 3 != 0 || (options.only_new && options.only_existing)) {
    return ctx.fail(error_text::kSyntax);
  }
  std::vector<ScoredMember> places;
  places.reserve(words / 3);
  for (; at < ctx.argc(); at += 3) {
    GeoPoint point;
    if (!read_point(ctx, at, point)) return Outcome::kDone;
    places.push_back({types::geo_score(point), ctx.arg(at + 2)});
  }
  return add_members(ctx, options, places);
}

// Replies an array with each(point) for every member from argument 2 on, `missing` where there is none.
template <typename Each, typename Missing>
Outcome reply_places(CommandContext& ctx, Each each, Missing missing) {
  const auto* zset = ctx.container<ZsetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  ctx.reply().array(static_cast<int64_t>(ctx.argc() - 2));
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const auto score = zset == nullptr ? std::nullopt : zset->score(ctx.arg(i));
    score ? each(types::geo_point(*score)) : missing();
  }
  return Outcome::kDone;
}

// GEOPOS key [member [member ...]]
Outcome geopos(CommandContext& ctx) {
  return reply_places(
      ctx, [&](const GeoPoint& point) { reply_point(ctx, point); }, [&] { ctx.reply().null_array(); });
}

// GEOHASH key [member [member ...]]
Outcome geohash(CommandContext& ctx) {
  return reply_places(
      ctx, [&](const GeoPoint& point) { ctx.reply().bulk(types::geohash_text(point)); },
      [&] { ctx.reply().null(); });
}

// GEODIST key member1 member2 [M | KM | FT | MI]
Outcome geodist(CommandContext& ctx) {
  double unit_metres = 1;
  if (ctx.argc() > 5) return ctx.fail(error_text::kSyntax);
  if (ctx.argc() == 5 && !read_unit(ctx, 4, unit_metres)) return Outcome::kDone;
  const auto* zset = ctx.container<ZsetValue>(ctx.key(1));
  if (ctx.failed()) return Outcome::kDone;
  const auto from = zset == nullptr ? std::nullopt : zset->score(ctx.arg(2));
  const auto to = from ? zset->score(ctx.arg(3)) : std::nullopt;
  if (to) {
    reply_distance(ctx, types::geo_distance(types::geo_point(*from), types::geo_point(*to)) / unit_metres);
  } else {
    ctx.reply().null();
  }
  return Outcome::kDone;
}

constexpr CommandSpec kTable[] = {
    {.name = "geoadd",
     .arity = -5,
     .keys = keys::one(1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kGeo,
     .run = geoadd},
    {.name = "geopos",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kGeo,
     .run = geopos},
    {.name = "geohash",
     .arity = -2,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kGeo,
     .run = geohash},
    {.name = "geodist",
     .arity = -4,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kGeo,
     .run = geodist},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> geo_commands() {
  return kTable;
}

}  // namespace corral::commands
