// Places against redis-server.
// Threading: one thread.
// See: side_by_side.h.
#include "server/base/random.h"
#include "tests/server/commands/side_by_side.h"

namespace corral::commands {
namespace {

using GeoOracle = SideBySide;

constexpr std::string_view kSicily =
    "GEOADD s 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 38.788135 edge1 17.241510 "
    "38.788135 edge2";

TEST_P(GeoOracle, Adding) {
  same({kSicily,
        "GEOADD s NX 1 1 Palermo 2 2 new",
        "GEOADD s XX CH 13.4 38.2 Palermo 3 3 none",
        "GEOADD s CH 13.4 38.2 Palermo 3 3 other",
        "GEOADD s NX XX 1 1 a",
        "GEOADD s 1 1",
        "GEOADD s 1 1 a 2",
        "GEOADD s CH NX ch",
        "GEOADD s GT 1 1 a",
        "GEOADD s INCR 1 a",
        "GEOADD s x 1 a",
        "GEOADD s 1 x a",
        "GEOADD s 181 1 a",
        "GEOADD s 1 -85.06 a",
        "GEOADD s inf 1e300 a",
        "GEOADD s 1 1 a 1 99 b",
        "EXISTS a",
        "GEOADD e 180 85.05112878 ne -180 -85.05112878 sw 180 -85.05112878 se 0 0 zero -0 -0 minus",
        "ZRANGE e 0 -1 WITHSCORES",
        "GEOPOS e ne sw se zero minus",
        "GEOHASH e ne sw se zero minus",
        "ZRANGE s 0 -1 WITHSCORES",
        "TYPE s",
        "SET str 1",
        "GEOADD str 1 1 a",
        "GEOADD str x 1 a"});
}

TEST_P(GeoOracle, PositionsAndDistances) {
  same({kSicily,
        "GEOPOS s Palermo nosuch Catania",
        "GEOPOS s",
        "GEOPOS no a b",
        "GEOHASH s Palermo nosuch Catania",
        "GEOHASH s",
        "GEOHASH no a",
        "GEODIST s Palermo Catania",
        "GEODIST s Palermo Catania km",
        "GEODIST s Palermo Catania FT",
        "GEODIST s Palermo Catania Mi",
        "GEODIST s Palermo Catania parsec",
        "GEODIST s Palermo Palermo",
        "GEODIST s Palermo nosuch",
        "GEODIST no a b",
        "GEODIST no a b parsec",
        "GEODIST s a b m m",
        "ZADD odd -1 minus 1.5 half 1e300 huge -1e300 low inf inf -inf -inf 4503599627370496 over 9.3e18 "
        "over2",
        "GEOPOS odd minus half huge low inf -inf over over2",
        "GEOHASH odd minus half huge low inf -inf over over2",
        "GEODIST odd minus half",
        "GEORADIUSBYMEMBER odd minus 100 km",
        "SET str 1",
        "GEOPOS str a",
        "GEOHASH str a",
        "GEODIST str a b",
        "GEODIST str a b x"});
}

TEST_P(GeoOracle, Searching) {
  same({kSicily,
        "GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km ASC",
        "GEOSEARCH s FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHCOORD WITHDIST",
        "GEOSEARCH s FROMMEMBER Palermo BYRADIUS 200 km DESC WITHHASH WITHDIST WITHCOORD",
        "GEOSEARCH s FROMMEMBER Palermo BYRADIUS 200 km COUNT 1",
        "GEOSEARCH s FROMMEMBER Palermo BYRADIUS 200 km COUNT 1 ANY",
        "GEOSEARCH s FROMMEMBER Palermo BYRADIUS 200 km COUNT 3 ANY DESC",
        "GEOSEARCH s FROMMEMBER Palermo BYRADIUS 0 m",
        "GEOSEARCH s FROMMEMBER Palermo BYBOX 0 0 m",
        "GEOSEARCH s FROMMEMBER Palermo BYRADIUS 1e308 mi",
        "GEOSEARCH s FROMMEMBER Palermo BYRADIUS inf mi",
        "GEOSEARCH s FROMMEMBER nosuch BYRADIUS 1 km",
        "GEOSEARCH no FROMMEMBER nosuch BYRADIUS 1 km",
        "GEOSEARCH no FROMMEMBER nosuch BYRADIUS -1 km",
        "GEOSEARCH s FROMMEMBER Palermo BYRADIUS -1 km",
        "GEOSEARCH s FROMMEMBER Palermo BYRADIUS x km",
        "GEOSEARCH s FROMMEMBER Palermo BYRADIUS 1 x",
        "GEOSEARCH s FROMMEMBER Palermo BYBOX x 1 km",
        "GEOSEARCH s FROMMEMBER Palermo BYBOX 1 x km",
        "GEOSEARCH s FROMMEMBER Palermo BYBOX 1 -1 km",
        "GEOSEARCH s FROMMEMBER Palermo BYBOX 1 1 x",
        "GEOSEARCH s FROMMEMBER Palermo FROMLONLAT 1 1 BYRADIUS 1 km",
        "GEOSEARCH s FROMLONLAT 1 1 FROMMEMBER Palermo BYRADIUS 1 km",
        "GEOSEARCH s FROMLONLAT 1 1 FROMLONLAT 15 37 BYRADIUS 200 km",
        "GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 km BYBOX 1 1 km",
        "GEOSEARCH s BYRADIUS 1 km ASC WITHDIST WITHCOORD",
        "geoSEARCH s FROMLONLAT 1 1 ASC WITHDIST WITHCOORD",
        "GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 km ANY",
        "GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 km COUNT 0",
        "GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 km COUNT x",
        "GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 km COUNT",
        "GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 km STORE x",
        "GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 km STOREDIST",
        "GEOSEARCH s FROMLONLAT 200 1 BYRADIUS 1 km",
        "SET str 1",
        "GEOSEARCH str FROMLONLAT 200 1 BYRADIUS 1 km",
        "GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 200 km",
        "ZRANGE d 0 -1 WITHSCORES",
        "GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST COUNT 1",
        "ZRANGE d 0 -1 WITHSCORES",
        "OBJECT ENCODING d",
        "GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST",
        "GEOSEARCHSTORE str s FROMLONLAT 15 37 BYRADIUS 1 m",
        "EXISTS str",
        "GEOSEARCHSTORE d no FROMLONLAT 15 37 BYRADIUS 1 m",
        "EXISTS d",
        "GEOSEARCHSTORE s s FROMMEMBER Palermo BYBOX 10 10 km",
        "ZRANGE s 0 -1"});
}

TEST_P(GeoOracle, OlderForms) {
  same({kSicily,
        "GEORADIUS s 15 37 200 km",
        "GEORADIUS s 15 37 200 km WITHDIST WITHCOORD WITHHASH DESC",
        "GEORADIUS s 15 37 200 km COUNT 1 ANY",
        "GEORADIUS s 15 37 200 km COUNT 1 STORE d",
        "ZRANGE d 0 -1 WITHSCORES",
        "GEORADIUS s 15 37 200 km STOREDIST d",
        "ZRANGE d 0 -1 WITHSCORES",
        "GEORADIUS s 15 37 200 km STORE d STOREDIST e",
        "EXISTS d e",
        "GEORADIUS s 15 37 200 km STORE d WITHDIST",
        "GEORADIUS s 15 37 200 km STORE",
        "GEORADIUS no 15 37 200 km STORE d",
        "EXISTS d",
        "GEORADIUS no 15 37 200 km WITHDIST",
        "GEORADIUS s 15 37 x km",
        "GEORADIUS s 15 x 200 km",
        "GEORADIUS s 15 37 200 km FROMMEMBER Palermo",
        "GEORADIUS_RO s 15 37 200 km",
        "GEORADIUS_RO s 15 37 200 km STORE d",
        "GEORADIUSBYMEMBER s Palermo 200 km WITHDIST",
        "GEORADIUSBYMEMBER s nosuch 200 km",
        "GEORADIUSBYMEMBER no Palermo x x",
        "GEORADIUSBYMEMBER no Palermo x x FOO",
        "GEORADIUSBYMEMBER no Palermo x x STORE e",
        "GEORADIUSBYMEMBER s Palermo 200 km STORE d",
        "GEORADIUSBYMEMBER_RO s Palermo 200 km ASC",
        "GEORADIUSBYMEMBER_RO s Palermo 200 km STOREDIST d",
        "ZRANGE d 0 -1 WITHSCORES",
        "SET str 1",
        "GEORADIUS str 15 x 200 km",
        "GEORADIUSBYMEMBER str a x km"});
}

// Many places, with others at the very same point, and searches of every size, at the poles and across the date line.
TEST_P(GeoOracle, ManyPlaces) {
  base::Random random(static_cast<uint64_t>(GetParam()));
  const auto degrees = [&](double most) {
    return (static_cast<double>(random.below(2'000'001)) / 1'000'000 - 1) * most;
  };
  for (const bool spread : {true, false}) {
    std::string add = "GEOADD g";
    for (int i = 0; i < 400; ++i) {
      const double longitude = spread ? degrees(180) : 179 + degrees(1);
      const double latitude = spread ? degrees(85) : 70 + degrees(1);
      add += " " + std::to_string(longitude) + " " + std::to_string(latitude) + " m" + std::to_string(i);
      if (i % 5 == 0)
        add += " " + std::to_string(longitude) + " " + std::to_string(latitude) + " twin" + std::to_string(i);
    }
    same(add);
    for (int i = 0; i < 60; ++i) {
      std::string search = "GEOSEARCH g FROMLONLAT " +
                           std::to_string(spread ? degrees(180) : 179 + degrees(1)) + " " +
                           std::to_string(spread ? degrees(85) : 70 + degrees(1));
      const std::string size = std::to_string(random.below(spread ? 9000 : 200));
      const std::string other = std::to_string(random.below(spread ? 9000 : 200));
      search += random.below(2) == 0 ? " BYRADIUS " + size + " km" : " BYBOX " + size + " " + other + " km";
      constexpr const char* kOrders[] = {"", " ASC", " DESC"};
      search += kOrders[random.below(3)];
      if (random.below(2) == 0) search += " COUNT " + std::to_string(1 + random.below(60));
      if (search.find("COUNT") != std::string::npos && random.below(2) == 0) search += " ANY";
      same(search + " WITHDIST WITHHASH");
      same("GEOSEARCHSTORE d" + search.substr(9) + " STOREDIST");
      same("ZRANGE d 0 -1 WITHSCORES");
    }
    same("DEL g");
  }
}

INSTANTIATE_TEST_SUITE_P(Resp, GeoOracle, testing::Values(2, 3),
                         [](const auto& suite) { return "Version" + std::to_string(suite.param); });

}  // namespace
}  // namespace corral::commands
