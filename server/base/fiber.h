// A second stack for one thread: work that can be left in the middle and gone on with later.
// Threading: one thread, which makes, runs and destroys it.
// See: README.md of this folder, "Fiber".
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace corral::base {

class Fiber {
 public:
  /// Memory for the stack is taken as it is touched; beyond its end is a page that traps.
  explicit Fiber(size_t stack_bytes);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs `work` until it ends or yields; true when it has ended. Exceptions must not leave it. Precondition: not suspended.
  bool run(std::function<void()> work);
  /// Goes on behind the yield(); true when the work has ended. Precondition: suspended.
  bool resume();
  /// From inside the work: back to who called run() or resume().
  void yield();
  bool suspended() const { return suspended_; }

 private:
  struct Contexts;
  static void enter(unsigned high, unsigned low);
  bool switch_in();
  void switch_out(bool for_good);

  std::unique_ptr<Contexts> contexts_;
  std::function<void()> work_;
  void* stack_ = nullptr;
  size_t stack_bytes_;
  bool suspended_ = false;
};

}  // namespace corral::base
