// The table of commands that random programs are made of.
// Threading: constant data.
// See: README.md of this folder, "Grammar".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace corral::differential {

enum RowFlag : uint8_t {
  kNoDamage = 1,    // never damaged at random: a damaged form could stop, block or close a server
  kTimed = 2,       // has a time to live: damage must not bring it near
  kReadsAfter = 4,  // may store a key that is expired already, which only goes away when read: EXISTS follows
  kAnyConnection = 8  // fit for a disposable connection: replies are equal byte for byte
};

struct CommandRow {
  std::string_view pattern;  // see grammar.h
  uint16_t weight = 10;
  uint8_t flags = 0;
};

std::span<const CommandRow> hash_rows();
std::span<const CommandRow> set_rows();
std::span<const CommandRow> sort_rows();
std::span<const CommandRow> acl_rows();
std::span<const CommandRow> zset_rows();
std::span<const CommandRow> geo_rows();
std::span<const CommandRow> stream_rows();
std::span<const CommandRow> dump_rows();

/// One span per family.
std::span<const std::span<const CommandRow>> command_rows();

/// Bytes that are no proper request, or only just one.
std::span<const std::string_view> raw_requests();

}  // namespace corral::differential
