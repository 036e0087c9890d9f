// Switching between two stacks by ucontext, and what the sanitizers must be told of it.
// Threading: see fiber.h.
// See: fiber.h.
#include "server/base/fiber.h"

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdint>

#include "server/base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define CORRAL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORRAL_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define CORRAL_TSAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define CORRAL_TSAN 1
#endif
#if defined(CORRAL_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(CORRAL_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace corral::base {

struct Fiber::Contexts {
  ucontext_t outside;
  ucontext_t inside;
  // For the sanitizers: the stack outside, and the fake stacks and fibers they keep.
  const void* outer_stack = nullptr;
  size_t outer_bytes = 0;
  void* outer_fake = nullptr;
  void* inner_fake = nullptr;
  void* outer_fiber = nullptr;
  void* inner_fiber = nullptr;
};

Fiber::Fiber(size_t stack_bytes) : contexts_(std::make_unique<Contexts>()), stack_bytes_(stack_bytes) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  stack_ = mmap(nullptr, stack_bytes_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(stack_ != MAP_FAILED);
  CHECK(mprotect(stack_, page, PROT_NONE) == 0);
#if defined(CORRAL_TSAN)
  contexts_->inner_fiber = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  CHECK(!suspended_);
#if defined(CORRAL_TSAN)
  __tsan_destroy_fiber(contexts_->inner_fiber);
#endif
  munmap(stack_, stack_bytes_ + static_cast<size_t>(sysconf(_SC_PAGESIZE)));
}

bool Fiber::run(std::function<void()> work) {
  CHECK(!suspended_);
  work_ = std::move(work);
  ucontext_t& inside = contexts_->inside;
  CHECK(getcontext(&inside) == 0);
  inside.uc_stack.ss_sp = static_cast<char*>(stack_) + static_cast<size_t>(sysconf(_SC_PAGESIZE));
  inside.uc_stack.ss_size = stack_bytes_;
  inside.uc_link = nullptr;
  const auto self = reinterpret_cast<uintptr_t>(this);
  makecontext(&inside, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self >> 32),
              static_cast<unsigned>(self));
  return switch_in();
}

bool Fiber::resume() {
  CHECK(suspended_);
  return switch_in();
}

void Fiber::enter(unsigned high, unsigned low) {
  auto* self = reinterpret_cast<Fiber*>(uintptr_t{high} << 32 | low);
#if defined(CORRAL_ASAN)
  __sanitizer_finish_switch_fiber(nullptr, &self->contexts_->outer_stack, &self->contexts_->outer_bytes);
#endif
  self->work_();
  self->switch_out(true);
}

// The work is over when it has not said by yield() that it is not.
bool Fiber::switch_in() {
  Contexts& contexts = *contexts_;
  suspended_ = false;
#if defined(CORRAL_ASAN)
  __sanitizer_start_switch_fiber(&contexts.outer_fake, contexts.inside.uc_stack.ss_sp, stack_bytes_);
#endif
#if defined(CORRAL_TSAN)
  contexts.outer_fiber = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(contexts.inner_fiber, 0);
#endif
  CHECK(swapcontext(&contexts.outside, &contexts.inside) == 0);
#if defined(CORRAL_ASAN)
  __sanitizer_finish_switch_fiber(contexts.outer_fake, nullptr, nullptr);
#endif
  return !suspended_;
}

void Fiber::switch_out(bool for_good) {
  Contexts& contexts = *contexts_;
  suspended_ = !for_good;
#if defined(CORRAL_ASAN)
  __sanitizer_start_switch_fiber(for_good ? nullptr : &contexts.inner_fake, contexts.outer_stack, contexts.outer_bytes);
#endif
#if defined(CORRAL_TSAN)
  __tsan_switch_to_fiber(contexts.outer_fiber, 0);
#endif
  CHECK(swapcontext(&contexts.inside, &contexts.outside) == 0);
#if defined(CORRAL_ASAN)
  __sanitizer_finish_switch_fiber(contexts.inner_fake, &contexts.outer_stack, &contexts.outer_bytes);
#endif
}

void Fiber::yield() { switch_out(false); }

}  // namespace corral::base
