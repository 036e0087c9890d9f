// Places within a circle or a box: GEOSEARCH GEOSEARCHSTORE GEORADIUS GEORADIUSBYMEMBER and their _RO forms.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder; server/types/README.md, "Places".
#include <algorithm>
#include <string>
#include <vector>

#include "server/base/partial_quicksort.h"
#include "server/commands/geo_arguments.h"
#include "server/commands/tables.h"
#include "server/commands/zset_result.h"
#include "server/types/geo_shape.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using types::GeoCell;
using types::GeoPoint;
using types::GeoShape;
using types::PackedElement;
using types::ZsetValue;

enum class Form : uint8_t { kSearch, kSearchStore, kRadius, kRadiusByMember };
enum class Order : uint8_t { kNone, kNearest, kFarthest };

struct Search {
  GeoShape shape;
  const ZsetValue* zset = nullptr;
  Order order = Order::kNone;
  uint64_t count = 0;  // 0: all
  bool any = false;    // the first that are found
  bool with_distance = false;
  bool with_score = false;
  bool with_point = false;
  size_t store_at = 0;  // the argument with the key; 0: none
  bool stores_distance = false;
  bool has_centre = false;
  bool centre_is_member = false;
  bool has_shape = false;
};

bool refuse(CommandContext& ctx, Bytes text) {
  ctx.fail(text);
  return false;
}

// --- reading the request ------------------------------------------------------------------------------------------

bool read_size(CommandContext& ctx, size_t at, Bytes not_a_number, double& size) {
  const auto number = protocol::parse_double(ctx.arg(at));
  if (!number) return refuse(ctx, not_a_number);
  size = *number;
  return true;
}

// radius unit
bool read_circle(CommandContext& ctx, size_t at, Search& search) {
  GeoShape& shape = search.shape;
  shape.kind = GeoShape::Kind::kCircle;
  search.has_shape = true;
  if (!read_size(ctx, at, "ERR need numeric radius", shape.radius)) return false;
  if (shape.radius < 0) return refuse(ctx, "ERR radius cannot be negative");
  return read_unit(ctx, at + 1, shape.unit_metres);
}

// width height unit
bool read_box(CommandContext& ctx, size_t at, Search& search) {
  GeoShape& shape = search.shape;
  shape.kind = GeoShape::Kind::kBox;
  search.has_shape = true;
  if (!read_size(ctx, at, "ERR need numeric width", shape.width) ||
      !read_size(ctx, at + 1, "ERR need numeric height", shape.height)) {
    return false;
  }
  if (shape.width < 0 || shape.height < 0) return refuse(ctx, "ERR height or width cannot be negative");
  return read_unit(ctx, at + 2, shape.unit_metres);
}

// Without the key nothing is said: other arguments are read first.
bool read_member(CommandContext& ctx, size_t at, Search& search) {
  search.has_centre = search.centre_is_member = true;
  if (search.zset == nullptr) return true;
  const auto score = search.zset->score(ctx.arg(at));
  if (!score) return refuse(ctx, "ERR could not decode requested zset member");
  search.shape.centre = types::geo_point(*score);
  return true;
}

bool read_count(CommandContext& ctx, size_t at, Search& search) {
  int64_t count = 0;
  if (!ctx.integer(at, count)) return false;
  if (count <= 0) return refuse(ctx, "ERR COUNT must be > 0");
  search.count = static_cast<uint64_t>(count);
  return true;
}

// How many arguments the option at `at` takes with its own; 0: the error is written.
size_t read_option(CommandContext& ctx, size_t at, Form form, bool may_store, Search& search) {
  const size_t behind = ctx.argc() - at - 1;
  const bool searches = form == Form::kSearch || form == Form::kSearchStore;
  const auto is = [&](Bytes word) { return protocol::equals_ignore_case(ctx.arg(at), word); };
  const auto set = [](auto& option, auto value) {
    option = value;
    return size_t{1};
  };
  if (is("withdist")) return set(search.with_distance, true);
  if (is("withhash")) return set(search.with_score, true);
  if (is("withcoord")) return set(search.with_point, true);
  if (is("any")) return set(search.any, true);
  if (is("asc")) return set(search.order, Order::kNearest);
  if (is("desc")) return set(search.order, Order::kFarthest);
  if (is("count") && behind >= 1) return read_count(ctx, at + 1, search) ? 2 : 0;
  if (!searches && may_store && behind >= 1 && (is("store") || is("storedist"))) {
    search.store_at = at + 1;
    search.stores_distance = is("storedist");
    return 2;
  }
  if (form == Form::kSearchStore && is("storedist")) return set(search.stores_distance, true);
  const bool from_point = search.has_centre && !search.centre_is_member;
  const bool is_box = search.has_shape && search.shape.kind == GeoShape::Kind::kBox;
  const bool is_circle = search.has_shape && !is_box;
  if (searches && is("frommember") && behind >= 1 && !from_point) {
    return read_member(ctx, at + 1, search) ? 2 : 0;
  }
  if (searches && is("fromlonlat") && behind >= 2 && !search.centre_is_member) {
    search.has_centre = true;
    return read_point(ctx, at + 1, search.shape.centre) ? 3 : 0;
  }
  if (searches && is("byradius") && behind >= 2 && !is_box) return read_circle(ctx, at + 1, search) ? 3 : 0;
  if (searches && is("bybox") && behind >= 3 && !is_circle) return read_box(ctx, at + 1, search) ? 4 : 0;
  refuse(ctx, error_text::kSyntax);
  return 0;
}

// What may not come together, or is missing.
bool check(CommandContext& ctx, Form form, const Search& search) {
  const auto missing = [&](Bytes what) {
    std::string text = "ERR exactly one of ";
    return refuse(ctx,
                  text.append(what).append(" can be specified for ").append(protocol::c_text(ctx.arg(0))));
  };
  if (search.store_at != 0 && (search.with_distance || search.with_score || search.with_point)) {
    std::string text = "ERR ";
    text += form == Form::kSearchStore ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
    return refuse(ctx, text.append(" is not compatible with WITHDIST, WITHHASH and WITHCOORD options"));
  }
  const bool searches = form == Form::kSearch || form == Form::kSearchStore;
  if (searches && !search.has_centre) return missing("FROMMEMBER or FROMLONLAT");
  if (searches && !search.has_shape) return missing("BYRADIUS and BYBOX");
  if (search.any && search.count == 0) return refuse(ctx, "ERR the ANY argument requires COUNT argument");
  return true;
}

// On failure the error is written.
bool read_search(CommandContext& ctx, Form form, bool may_store, Search& search) {
  search.zset = ctx.container<ZsetValue>(ctx.key(form == Form::kSearchStore ? 2 : 1));
  if (ctx.failed()) return false;
  size_t at = 2;
  if (form == Form::kSearchStore) {
    search.store_at = 1;
    at = 3;
  } else if (form == Form::kRadius) {
    if (!read_point(ctx, 2, search.shape.centre) || !read_circle(ctx, 4, search)) return false;
    at = 6;
  } else if (form == Form::kRadiusByMember) {
    // Where there is nothing, not even the radius is looked at.
    if (search.zset != nullptr && (!read_member(ctx, 2, search) || !read_circle(ctx, 3, search)))
      return false;
    at = 5;
  }
  while (at < ctx.argc()) {
    const size_t taken = read_option(ctx, at, form, may_store, search);
    if (taken == 0) return false;
    at += taken;
  }
  return check(ctx, form, search);
}

// --- finding ------------------------------------------------------------------------------------------------------

struct Found {
  std::string member;
  GeoPoint point;
  double metres = 0;
  double score = 0;
};

// `limit` 0: all.
void find_in_cell(const Search& search, const GeoCell& cell, uint64_t limit, std::vector<Found>& found) {
  const auto ranks = search.zset->by_score({static_cast<double>(cell.first_score()), false},
                                           {static_cast<double>(cell.end_score()), true});
  PackedElement::Buffer digits;
  auto cursor = search.zset->at(ranks.first);
  for (uint64_t i = 0; i < ranks.count(); ++i, cursor.next()) {
    const double score = cursor.score();
    const GeoPoint point = types::geo_point(score);
    if (const auto metres = search.shape.distance_within(point)) {
      found.push_back({std::string(cursor.member(digits)), point, *metres, score});
    }
    if (limit != 0 && found.size() >= limit) break;
  }
}

std::vector<Found> find_all(const Search& search) {
  const auto cells = types::cells_covering(search.shape);
  const uint64_t limit = search.any ? search.count : 0;
  std::vector<Found> found;
  size_t last = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].step == 0) continue;
    if (last != 0 && cells[i] == cells[last]) continue;  // around the earth
    if (limit != 0 && found.size() >= limit) break;
    find_in_cell(search, cells[i], limit, found);
    last = i;
  }
  return found;
}

// Orders them as far as they will be replied, and drops the rest.
void order(const Search& search, std::vector<Found>& found) {
  const size_t wanted = search.count == 0 ? found.size() : std::min<uint64_t>(search.count, found.size());
  // The nearest are what COUNT is asked for, unless any will do.
  const bool nearest =
      search.order == Order::kNearest || (search.order == Order::kNone && search.count != 0 && !search.any);
  const auto compare = [nearest](const Found& a, const Found& b) {
    const double difference = nearest ? a.metres - b.metres : b.metres - a.metres;
    return difference > 0 ? 1 : (difference == 0 ? 0 : -1);
  };
  if (!nearest && search.order == Order::kNone) {
    // As they were found.
  } else if (wanted == found.size()) {
    std::ranges::stable_sort(found, [&](const Found& a, const Found& b) { return compare(a, b) < 0; });
  } else {
    base::partial_quicksort(std::span(found), 0, wanted, compare);
  }
  found.resize(wanted);
}

void reply_found(CommandContext& ctx, const Search& search, const std::vector<Found>& found) {
  const int details = int{search.with_distance} + int{search.with_score} + int{search.with_point};
  ctx.reply().array(static_cast<int64_t>(found.size()));
  for (const Found& place : found) {
    if (details > 0) ctx.reply().array(details + 1);
    ctx.reply().bulk(place.member);
    if (search.with_distance) reply_distance(ctx, place.metres / search.shape.unit_metres);
    if (search.with_score) ctx.reply().integer(static_cast<int64_t>(place.score));
    if (search.with_point) reply_point(ctx, place.point);
  }
}

Outcome search(CommandContext& ctx, Form form, bool may_store = true) {
  Search search;
  if (!read_search(ctx, form, may_store, search)) return Outcome::kDone;
  std::vector<Found> found;
  if (search.zset != nullptr) {
    found = find_all(search);
    order(search, found);
  }
  if (search.store_at == 0) {
    reply_found(ctx, search, found);
    return Outcome::kDone;
  }
  auto result = std::make_unique<ZsetValue>(member_secret(ctx));
  result->expect(UINT64_MAX, ctx.thresholds());
  for (const Found& place : found) {
    const double score = search.stores_distance ? place.metres / search.shape.unit_metres : place.score;
    result->put(place.member, score, ctx.thresholds());
  }
  result->compact_if_small(ctx.thresholds());
  const bool searches = form == Form::kSearchStore;
  store_result(ctx, ctx.key(search.store_at), std::move(result),
               searches ? "geosearchstore" : "georadiusstore");
  return Outcome::kDone;
}

// GEOSEARCH key FROMMEMBER member | FROMLONLAT longitude latitude BYRADIUS radius unit | BYBOX width height unit
//   [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]
Outcome geosearch(CommandContext& ctx) {
  return search(ctx, Form::kSearch);
}
// GEOSEARCHSTORE destination source … [STOREDIST]
Outcome geosearchstore(CommandContext& ctx) {
  return search(ctx, Form::kSearchStore);
}
// GEORADIUS key longitude latitude radius unit … [STORE key | STOREDIST key]
Outcome georadius(CommandContext& ctx) {
  return search(ctx, Form::kRadius);
}
Outcome georadius_ro(CommandContext& ctx) {
  return search(ctx, Form::kRadius, false);
}
// GEORADIUSBYMEMBER key member radius unit … [STORE key | STOREDIST key]
Outcome georadiusbymember(CommandContext& ctx) {
  return search(ctx, Form::kRadiusByMember);
}
Outcome georadiusbymember_ro(CommandContext& ctx) {
  return search(ctx, Form::kRadiusByMember, false);
}

// The source, and the keys behind the first STORE and the first STOREDIST: those that COMMAND GETKEYS shows. The last of all
// is the one that is stored to.
bool keys_of_radius(std::span<const Bytes> arguments, std::vector<int>& positions) {
  const auto is = [&](size_t i, Bytes word) { return protocol::equals_ignore_case(arguments[i], word); };
  int store_at = 0;
  int store_distance_at = 0;
  int last = 0;
  for (size_t i = 5; i + 1 < arguments.size(); ++i) {
    if (!is(i, "store") && !is(i, "storedist")) continue;
    int& first = is(i, "store") ? store_at : store_distance_at;
    last = static_cast<int>(++i);
    if (first == 0) first = last;
  }
  positions.push_back(1);
  if (store_at != 0) positions.push_back(store_at);
  if (store_distance_at != 0) positions.push_back(store_distance_at);
  if (last != store_at && last != store_distance_at) positions.push_back(last);
  return true;
}

constexpr CommandSpec kTable[] = {
    {.name = "geosearch",
     .arity = -7,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kGeo,
     .run = geosearch},
    {.name = "geosearchstore",
     .arity = -8,
     .keys = keys::range(1, 2, 1),
     .flags = kWrite | kDenyOom,
     .acl = acl::kGeo,
     .run = geosearchstore},
    {.name = "georadius",
     .arity = -6,
     .keys = keys::custom(keys_of_radius),
     .flags = kWrite | kDenyOom | kMovableKeys,
     .acl = acl::kGeo,
     .run = georadius},
    {.name = "georadius_ro",
     .arity = -6,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kGeo,
     .run = georadius_ro},
    {.name = "georadiusbymember",
     .arity = -5,
     .keys = keys::custom(keys_of_radius),
     .flags = kWrite | kDenyOom | kMovableKeys,
     .acl = acl::kGeo,
     .run = georadiusbymember},
    {.name = "georadiusbymember_ro",
     .arity = -5,
     .keys = keys::one(1),
     .flags = kReadOnly,
     .acl = acl::kGeo,
     .run = georadiusbymember_ro},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> geo_search_commands() {
  return kTable;
}

}  // namespace corral::commands
