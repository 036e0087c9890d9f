// The table of libraries whose default command timeout is shorter than a usual patience.
// Threading: see library_patience.h.
// See: library_patience.h.
#include "server/session/library_patience.h"

#include "protocol/bytes.h"

namespace corral::session {
namespace {

struct Library {
  std::string_view prefix;  // names go on with a language ("GlidePy") or a wrapper ("redis-client(redis-rb)")
  int64_t patience_ms;
};

// About four fifths of each library's default command timeout: the rest is for the way there and back.
constexpr Library kLibraries[] = {
    {"glide", 200},         // Valkey GLIDE, all languages: request timeout 250 ms
    {"redis-rs", 400},      // Rust: response timeout 500 ms
    {"redis-client", 800},  // Ruby, also under redis-rb 5: read timeout 1 s
};

}  // namespace

int64_t library_patience_ms(std::string_view lib_name) {
  for (const Library& library : kLibraries) {
    if (protocol::equals_ignore_case(lib_name.substr(0, library.prefix.size()), library.prefix)) {
      return library.patience_ms;
    }
  }
  return INT64_MAX;
}

}  // namespace corral::session
