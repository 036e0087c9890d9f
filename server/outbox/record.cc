// The names of the reasons for which records are given up.
// Threading: pure functions.
// See: record.h of this folder.
#include "server/outbox/record.h"

#include <string_view>

namespace corral::outbox {

const char* name_of(DeadReason reason) {
  switch (reason) {
    case DeadReason::kPermanent:
      return "permanent";
    case DeadReason::kAttempts:
      return "max-attempts";
    case DeadReason::kAge:
      return "max-age";
  }
  return "unknown";
}

std::optional<DeadReason> dead_reason_named(std::string_view name) {
  for (const DeadReason reason : {DeadReason::kPermanent, DeadReason::kAttempts, DeadReason::kAge}) {
    if (name == name_of(reason)) return reason;
  }
  return std::nullopt;
}

}  // namespace corral::outbox
