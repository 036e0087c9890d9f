// Whom a call to an origin serves, most important first.
// Threading: a value type.
// See: README.md of this folder, "Classes".
#pragma once

#include <cstddef>
#include <cstdint>

namespace corral::resilience {

enum class CallClass : uint8_t {
  kForegroundLoad,  ///< a reader waits, or has nothing
  kWriteThrough,    ///< a writer waits
  kRefresh,         ///< the value is still served
  kWriteBehind,     ///< durable in the outbox
  kRedrive,         ///< dead letters, at an operator's wish
};
constexpr size_t kCallClasses = 5;

constexpr size_t index_of(CallClass cls) {
  return static_cast<size_t>(cls);
}
constexpr bool is_load(CallClass cls) {
  return cls == CallClass::kForegroundLoad || cls == CallClass::kRefresh;
}
constexpr const char* word_of(CallClass cls) {
  constexpr const char* kWords[] = {"load", "write-through", "refresh", "write-behind", "redrive"};
  return kWords[index_of(cls)];
}

}  // namespace corral::resilience
