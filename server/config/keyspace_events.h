// The classes of keyspace notifications, and the letters of notify-keyspace-events.
// Threading: pure functions.
// See: server/pubsub/README.md, "Keyspace events".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corral::config {

/// Redis' classes and letters.
enum EventClass : uint32_t {
  kKeyspaceChannel = 1u << 0,  // K: __keyspace@db__:key
  kKeyeventChannel = 1u << 1,  // E: __keyevent@db__:event
  kGenericEvent = 1u << 2,     // g
  kStringEvent = 1u << 3,      // $
  kListEvent = 1u << 4,        // l
  kSetEvent = 1u << 5,         // s
  kHashEvent = 1u << 6,        // h
  kZsetEvent = 1u << 7,        // z
  kExpiredEvent = 1u << 8,     // x
  kEvictedEvent = 1u << 9,     // e
  kStreamEvent = 1u << 10,     // t
  kKeyMissEvent = 1u << 11,    // m, not part of A
  kModuleEvent = 1u << 12,     // d
  kNewKeyEvent = 1u << 13,     // n, not part of A
  kAllEvents = kGenericEvent | kStringEvent | kListEvent | kSetEvent | kHashEvent | kZsetEvent | kExpiredEvent |
               kEvictedEvent | kStreamEvent | kModuleEvent,  // A
};

/// "KEA" and the like; nothing when a letter is unknown.
std::optional<uint32_t> parse_event_classes(std::string_view letters);
/// The letters in the order in which Redis answers CONFIG GET.
std::string event_class_letters(uint32_t classes);

}  // namespace corral::config
