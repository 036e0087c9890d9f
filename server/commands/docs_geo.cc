// Documentation of the commands on places: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;
using enum CommandDoc::Flag;

constexpr ChangeDoc kGeoaddHistory[] = {
    {"6.2.0", "CH, NX and XX"},
};
constexpr ArgumentDoc kGeoaddConditionArguments[] = {
    {.name = "nx", .type = "pure-token", .token = "NX"},
    {.name = "xx", .type = "pure-token", .token = "XX"},
};
constexpr ArgumentDoc kGeoaddLongitudeLatitudeMemberArguments[] = {
    {.name = "longitude", .type = "double"},
    {.name = "latitude", .type = "double"},
    {.name = "member", .type = "string"},
};
constexpr ArgumentDoc kGeoaddArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "condition",
     .type = "oneof",
     .flags = kOptional,
     .since = "6.2.0",
     .children = kGeoaddConditionArguments},
    {.name = "change", .type = "pure-token", .token = "CH", .flags = kOptional, .since = "6.2.0"},
    {.name = "longitude_latitude_member",
     .type = "block",
     .flags = kMultiple,
     .children = kGeoaddLongitudeLatitudeMemberArguments},
};
constexpr KeySpecDoc kGeoaddKeys[] = {
    {.flags = kReadsAndWrites | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kGeodistUnitArguments[] = {
    {.name = "m", .type = "pure-token", .token = "M"},
    {.name = "km", .type = "pure-token", .token = "KM"},
    {.name = "ft", .type = "pure-token", .token = "FT"},
    {.name = "mi", .type = "pure-token", .token = "MI"},
};
constexpr ArgumentDoc kGeodistArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "member1", .type = "string"},
    {.name = "member2", .type = "string"},
    {.name = "unit", .type = "oneof", .flags = kOptional, .children = kGeodistUnitArguments},
};
constexpr KeySpecDoc kGeodistKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kGeohashArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "member", .type = "string", .flags = kMultiple},
};
constexpr ChangeDoc kGeoradiusHistory[] = {
    {"6.2.0", "ANY behind COUNT"},
    {"7.0.0", "names of units in capitals, too"},
};
constexpr ArgumentDoc kGeoradiusCountArguments[] = {
    {.name = "count", .type = "integer", .token = "COUNT"},
    {.name = "any", .type = "pure-token", .token = "ANY", .flags = kOptional, .since = "6.2.0"},
};
constexpr ArgumentDoc kGeoradiusOrderArguments[] = {
    {.name = "asc", .type = "pure-token", .token = "ASC"},
    {.name = "desc", .type = "pure-token", .token = "DESC"},
};
constexpr ArgumentDoc kGeoradiusArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "longitude", .type = "double"},
    {.name = "latitude", .type = "double"},
    {.name = "radius", .type = "double"},
    {.name = "unit", .type = "oneof", .children = kGeodistUnitArguments},
    {.name = "withcoord", .type = "pure-token", .token = "WITHCOORD", .flags = kOptional},
    {.name = "withdist", .type = "pure-token", .token = "WITHDIST", .flags = kOptional},
    {.name = "withhash", .type = "pure-token", .token = "WITHHASH", .flags = kOptional},
    {.name = "count", .type = "block", .flags = kOptional, .children = kGeoradiusCountArguments},
    {.name = "order", .type = "oneof", .flags = kOptional, .children = kGeoradiusOrderArguments},
    {.name = "key", .type = "key", .token = "STORE", .key_spec_index = 1, .flags = kOptional},
    {.name = "key", .type = "key", .token = "STOREDIST", .key_spec_index = 2, .flags = kOptional},
};
constexpr KeySpecDoc kGeoradiusKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}},
    {.flags = kOverwrites | kUpdate,
     .begin = {.position = 6, .keyword = "STORE"},
     .find = {.last = 0, .step = 1}},
    {.flags = kOverwrites | kUpdate,
     .begin = {.position = 6, .keyword = "STOREDIST"},
     .find = {.last = 0, .step = 1}}};
constexpr ChangeDoc kGeoradiusRoHistory[] = {
    {"6.2.0", "ANY behind COUNT"},
};
constexpr ArgumentDoc kGeoradiusRoArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "longitude", .type = "double"},
    {.name = "latitude", .type = "double"},
    {.name = "radius", .type = "double"},
    {.name = "unit", .type = "oneof", .children = kGeodistUnitArguments},
    {.name = "withcoord", .type = "pure-token", .token = "WITHCOORD", .flags = kOptional},
    {.name = "withdist", .type = "pure-token", .token = "WITHDIST", .flags = kOptional},
    {.name = "withhash", .type = "pure-token", .token = "WITHHASH", .flags = kOptional},
    {.name = "count", .type = "block", .flags = kOptional, .children = kGeoradiusCountArguments},
    {.name = "order", .type = "oneof", .flags = kOptional, .children = kGeoradiusOrderArguments},
};
constexpr ChangeDoc kGeoradiusbymemberHistory[] = {
    {"7.0.0", "names of units in capitals, too"},
};
constexpr ArgumentDoc kGeoradiusbymemberCountArguments[] = {
    {.name = "count", .type = "integer", .token = "COUNT"},
    {.name = "any", .type = "pure-token", .token = "ANY", .flags = kOptional},
};
constexpr ArgumentDoc kGeoradiusbymemberArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "member", .type = "string"},
    {.name = "radius", .type = "double"},
    {.name = "unit", .type = "oneof", .children = kGeodistUnitArguments},
    {.name = "withcoord", .type = "pure-token", .token = "WITHCOORD", .flags = kOptional},
    {.name = "withdist", .type = "pure-token", .token = "WITHDIST", .flags = kOptional},
    {.name = "withhash", .type = "pure-token", .token = "WITHHASH", .flags = kOptional},
    {.name = "count", .type = "block", .flags = kOptional, .children = kGeoradiusbymemberCountArguments},
    {.name = "order", .type = "oneof", .flags = kOptional, .children = kGeoradiusOrderArguments},
    {.name = "key", .type = "key", .token = "STORE", .key_spec_index = 1, .flags = kOptional},
    {.name = "key", .type = "key", .token = "STOREDIST", .key_spec_index = 2, .flags = kOptional},
};
constexpr KeySpecDoc kGeoradiusbymemberKeys[] = {
    {.flags = kReads | kAccess, .begin = {.position = 1}, .find = {.last = 0, .step = 1}},
    {.flags = kOverwrites | kUpdate,
     .begin = {.position = 5, .keyword = "STORE"},
     .find = {.last = 0, .step = 1}},
    {.flags = kOverwrites | kUpdate,
     .begin = {.position = 5, .keyword = "STOREDIST"},
     .find = {.last = 0, .step = 1}}};
constexpr ArgumentDoc kGeoradiusbymemberRoArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "member", .type = "string"},
    {.name = "radius", .type = "double"},
    {.name = "unit", .type = "oneof", .children = kGeodistUnitArguments},
    {.name = "withcoord", .type = "pure-token", .token = "WITHCOORD", .flags = kOptional},
    {.name = "withdist", .type = "pure-token", .token = "WITHDIST", .flags = kOptional},
    {.name = "withhash", .type = "pure-token", .token = "WITHHASH", .flags = kOptional},
    {.name = "count", .type = "block", .flags = kOptional, .children = kGeoradiusbymemberCountArguments},
    {.name = "order", .type = "oneof", .flags = kOptional, .children = kGeoradiusOrderArguments},
};
constexpr ChangeDoc kGeosearchHistory[] = {
    {"7.0.0", "names of units in capitals, too"},
};
constexpr ArgumentDoc kGeosearchFromLongitudeLatitudeArguments[] = {
    {.name = "longitude", .type = "double"},
    {.name = "latitude", .type = "double"},
};
constexpr ArgumentDoc kGeosearchFromArguments[] = {
    {.name = "member", .type = "string", .token = "FROMMEMBER"},
    {.name = "longitude_latitude",
     .type = "block",
     .token = "FROMLONLAT",
     .children = kGeosearchFromLongitudeLatitudeArguments},
};
constexpr ArgumentDoc kGeosearchByCircleArguments[] = {
    {.name = "radius", .type = "double", .token = "BYRADIUS"},
    {.name = "unit", .type = "oneof", .children = kGeodistUnitArguments},
};
constexpr ArgumentDoc kGeosearchByBoxArguments[] = {
    {.name = "width", .type = "double", .token = "BYBOX"},
    {.name = "height", .type = "double"},
    {.name = "unit", .type = "oneof", .children = kGeodistUnitArguments},
};
constexpr ArgumentDoc kGeosearchByArguments[] = {
    {.name = "circle", .type = "block", .children = kGeosearchByCircleArguments},
    {.name = "box", .type = "block", .children = kGeosearchByBoxArguments},
};
constexpr ArgumentDoc kGeosearchArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "from", .type = "oneof", .children = kGeosearchFromArguments},
    {.name = "by", .type = "oneof", .children = kGeosearchByArguments},
    {.name = "order", .type = "oneof", .flags = kOptional, .children = kGeoradiusOrderArguments},
    {.name = "count", .type = "block", .flags = kOptional, .children = kGeoradiusbymemberCountArguments},
    {.name = "withcoord", .type = "pure-token", .token = "WITHCOORD", .flags = kOptional},
    {.name = "withdist", .type = "pure-token", .token = "WITHDIST", .flags = kOptional},
    {.name = "withhash", .type = "pure-token", .token = "WITHHASH", .flags = kOptional},
};
constexpr ChangeDoc kGeosearchstoreHistory[] = {
    {"7.0.0", "names of units in capitals, too"},
};
constexpr ArgumentDoc kGeosearchstoreArguments[] = {
    {.name = "destination", .type = "key", .key_spec_index = 0},
    {.name = "source", .type = "key", .key_spec_index = 1},
    {.name = "from", .type = "oneof", .children = kGeosearchFromArguments},
    {.name = "by", .type = "oneof", .children = kGeosearchByArguments},
    {.name = "order", .type = "oneof", .flags = kOptional, .children = kGeoradiusOrderArguments},
    {.name = "count", .type = "block", .flags = kOptional, .children = kGeoradiusbymemberCountArguments},
    {.name = "storedist", .type = "pure-token", .token = "STOREDIST", .flags = kOptional},
};
constexpr KeySpecDoc kGeosearchstoreKeys[] = {
    {.flags = kOverwrites | kUpdate, .begin = {.position = 1}, .find = {.last = 0, .step = 1}},
    {.flags = kReads | kAccess, .begin = {.position = 2}, .find = {.last = 0, .step = 1}}};

constexpr CommandDoc kDocs[] = {
    {.name = "geoadd",
     .summary = "Adds places, or moves them.",
     .since = "3.2.0",
     .group = "geo",
     .complexity = "O(log(N)) a place, for an index of N",
     .history = kGeoaddHistory,
     .arguments = kGeoaddArguments,
     .key_specs = kGeoaddKeys},
    {.name = "geodist",
     .summary = "How far two places are apart.",
     .since = "3.2.0",
     .group = "geo",
     .complexity = "O(log(N)) for an index of N",
     .arguments = kGeodistArguments,
     .key_specs = kGeodistKeys},
    {.name = "geohash",
     .summary = "Places as Geohash strings.",
     .since = "3.2.0",
     .group = "geo",
     .complexity = "O(log(N)) a place, for an index of N",
     .arguments = kGeohashArguments,
     .key_specs = kGeodistKeys},
    {.name = "geopos",
     .summary = "Longitude and latitude of places.",
     .since = "3.2.0",
     .group = "geo",
     .complexity = "O(N) for N places asked for",
     .arguments = kGeohashArguments,
     .key_specs = kGeodistKeys},
    {.name = "georadius",
     .summary = "Places within a distance of a point.",
     .since = "3.2.0",
     .group = "geo",
     .complexity = "O(N+log(M)) for N places in the box around the circle and M in the index",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
     .history = kGeoradiusHistory,
     .arguments = kGeoradiusArguments,
     .key_specs = kGeoradiusKeys},
    {.name = "georadius_ro",
     .summary = "Places within a distance of a point, without STORE.",
     .since = "3.2.10",
     .group = "geo",
     .complexity = "O(N+log(M)) for N places in the box around the circle and M in the index",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` with the `BYRADIUS` argument",
     .history = kGeoradiusRoHistory,
     .arguments = kGeoradiusRoArguments,
     .key_specs = kGeodistKeys},
    {.name = "georadiusbymember",
     .summary = "Places within a distance of another.",
     .since = "3.2.0",
     .group = "geo",
     .complexity = "O(N+log(M)) for N places in the box around the circle and M in the index",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
     .history = kGeoradiusbymemberHistory,
     .arguments = kGeoradiusbymemberArguments,
     .key_specs = kGeoradiusbymemberKeys},
    {.name = "georadiusbymember_ro",
     .summary = "Places within a distance of another, without STORE.",
     .since = "3.2.10",
     .group = "geo",
     .complexity = "O(N+log(M)) for N places in the box around the circle and M in the index",
     .flags = kDeprecated,
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
     .arguments = kGeoradiusbymemberRoArguments,
     .key_specs = kGeodistKeys},
    {.name = "geosearch",
     .summary = "Places within a circle or a box.",
     .since = "6.2.0",
     .group = "geo",
     .complexity = "O(N+log(M)) for N places in the cells around the shape and M within it",
     .history = kGeosearchHistory,
     .arguments = kGeosearchArguments,
     .key_specs = kGeodistKeys},
    {.name = "geosearchstore",
     .summary = "Keeps the places within a circle or a box.",
     .since = "6.2.0",
     .group = "geo",
     .complexity = "O(N+log(M)) for N places in the cells around the shape and M within it",
     .history = kGeosearchstoreHistory,
     .arguments = kGeosearchstoreArguments,
     .key_specs = kGeosearchstoreKeys},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> geo_docs() {
  return kDocs;
}

}  // namespace corral::commands
