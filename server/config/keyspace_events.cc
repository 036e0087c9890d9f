// Letters to classes and back.
// Threading: see keyspace_events.h.
// See: keyspace_events.h.
#include "server/config/keyspace_events.h"

namespace corral::config {
namespace {

struct Letter {
  char letter;
  uint32_t classes;
};
// In the order of Redis' answer; A stands for those from g to d.
constexpr Letter kInAll[] = {{'g', kGenericEvent}, {'$', kStringEvent},  {'l', kListEvent},    {'s', kSetEvent},
                             {'h', kHashEvent},    {'z', kZsetEvent},    {'x', kExpiredEvent}, {'e', kEvictedEvent},
                             {'t', kStreamEvent},  {'d', kModuleEvent}};
// Not part of A, and not told behind it.
constexpr Letter kNewKey = {'n', kNewKeyEvent};
constexpr Letter kOthers[] = {{'K', kKeyspaceChannel}, {'E', kKeyeventChannel}, {'m', kKeyMissEvent}};

}  // namespace

std::optional<uint32_t> parse_event_classes(std::string_view letters) {
  uint32_t classes = 0;
  for (const char c : letters) {
    uint32_t found = c == 'A' ? uint32_t{kAllEvents} : 0u;
    for (const Letter& known : kInAll) found |= known.letter == c ? known.classes : 0u;
    found |= c == kNewKey.letter ? kNewKey.classes : 0u;
    for (const Letter& known : kOthers) found |= known.letter == c ? known.classes : 0u;
    if (found == 0) return std::nullopt;
    classes |= found;
  }
  return classes;
}

std::string event_class_letters(uint32_t classes) {
  std::string out;
  if ((classes & kAllEvents) == kAllEvents) {
    out += 'A';
  } else {
    for (const Letter& known : kInAll) {
      if ((classes & known.classes) != 0) out += known.letter;
    }
    if ((classes & kNewKey.classes) != 0) out += kNewKey.letter;
  }
  for (const Letter& known : kOthers) {
    if ((classes & known.classes) != 0) out += known.letter;
  }
  return out;
}

}  // namespace corral::config
