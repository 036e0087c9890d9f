// CHECK (always on), DCHECK (debug builds) and UNREACHABLE: broken invariants stop the process at once.
// Threading: any.
// See: README.md of this folder.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace corral::base {

[[noreturn]] inline void check_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "corral: broken invariant: %s (%s:%d)\n", what, file, line);
  std::abort();
}

}  // namespace corral::base

#define CHECK(condition) \
  (__builtin_expect(static_cast<bool>(condition), 1) ? static_cast<void>(0) \
                                                     : ::corral::base::check_failed(#condition, __FILE__, __LINE__))
#ifdef NDEBUG
#define DCHECK(condition) static_cast<void>(sizeof(condition))
#else
#define DCHECK(condition) CHECK(condition)
#endif
#define UNREACHABLE() ::corral::base::check_failed("unreachable", __FILE__, __LINE__)
