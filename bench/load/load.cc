// corral-load: a light client, so that the server and not the client is what a measurement shows.
// Threading: one thread.
// See: bench/README.md
#include <csignal>
#include <cstdio>
#include <string_view>

#include "bench/load/loops.h"
#include "bench/load/options.h"

int main(int argc, char** argv) {
  using namespace corral::bench;
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::fputs(usage(), stdout);
    return 0;
  }
  const auto options = parse_options(argc, argv);
  if (!options) {
    std::fputs(usage(), stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  switch (options->mode) {
    case Mode::kClosedLoop:
    case Mode::kPreload:
      return print_report(run_closed_loop(*options));
    case Mode::kProbe:
      return print_report(run_open_loop(*options));
    case Mode::kIdle:
      return print_report(run_idle(*options));
  }
  return 2;
}
