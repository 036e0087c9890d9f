// Commands on places under comparison.
// Threading: constant data.
// See: README.md of this folder, "Grammar".
#include "tests/differential/command_rows.h"

namespace corral::differential {
namespace {

// Damage could make a second STORE, whose key COMMAND GETKEYS of redis-server does not see.
constexpr CommandRow kPlaces[] = {
    {"GEOADD key (longitude latitude member)...", 30, kAnyConnection},
    {"GEOADD key longitude latitude member longitude latitude member longitude latitude member longitude "
     "latitude member",
     20, kAnyConnection},
    {"GEOADD key { [NX|XX] [CH] } (longitude latitude member)...", 10, kAnyConnection},
    {"GEOADD key { [NX|XX|GT|INCR] [CH] [NX] } longitude latitude [member]", 3, kAnyConnection},
    {"GEOPOS key member...", 10, kAnyConnection},
    {"GEOPOS key", 1, kAnyConnection},
    {"GEOHASH key member...", 8, kAnyConnection},
    {"GEODIST key member member [unit]", 12, kAnyConnection},
    {"GEODIST key member member unit junk", 1, kAnyConnection},
    {"GEOSEARCH key { (FROMMEMBER member|FROMLONLAT longitude latitude) (BYRADIUS radius unit|BYBOX radius "
     "radius unit) "
     "[ASC|DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH] }",
     40, kAnyConnection},
    {"GEOSEARCH key FROMLONLAT longitude latitude BYRADIUS radius unit (COUNT (1|2|3)|COUNT (1|2|3) ANY|DESC "
     "COUNT (1|2)) "
     "WITHDIST",
     14, kAnyConnection},
    {"GEOSEARCH key { [FROMMEMBER member] [FROMLONLAT longitude latitude] [BYRADIUS radius unit] [BYBOX "
     "radius radius unit] "
     "[ANY] [STOREDIST] [STORE key] [COUNT] }",
     6, kAnyConnection},
    {"GEOSEARCHSTORE key key { (FROMMEMBER member|FROMLONLAT longitude latitude) (BYRADIUS radius unit|BYBOX "
     "radius radius "
     "unit) [ASC|DESC] [COUNT count [ANY]] [STOREDIST] }",
     14, kAnyConnection},
    {"GEOSEARCHSTORE key key FROMMEMBER member { BYRADIUS radius unit [WITHDIST|WITHHASH|STORE key|ANY] }", 3,
     kAnyConnection},
    {"(GEORADIUS|GEORADIUS_RO) key longitude latitude radius unit { [ASC|DESC] [COUNT count [ANY]] "
     "[WITHCOORD] [WITHDIST] "
     "[WITHHASH] }",
     16, kAnyConnection},
    {"(GEORADIUS|GEORADIUS_RO) key longitude latitude radius unit { [ASC|DESC] [COUNT count] (STORE "
     "key|STOREDIST key) "
     "[WITHDIST] }",
     8, kNoDamage | kAnyConnection},
    {"(GEORADIUSBYMEMBER|GEORADIUSBYMEMBER_RO) key member radius unit { [ASC|DESC] [COUNT count [ANY]] "
     "[WITHCOORD] "
     "[WITHDIST] [WITHHASH] }",
     16, kAnyConnection},
    {"(GEORADIUSBYMEMBER|GEORADIUSBYMEMBER_RO) key member radius unit { [COUNT count] [STORE key] [STOREDIST "
     "key] }",
     8, kNoDamage | kAnyConnection},
};

}  // namespace

std::span<const CommandRow> geo_rows() {
  return kPlaces;
}

}  // namespace corral::differential
