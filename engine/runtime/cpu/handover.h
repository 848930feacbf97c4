#pragma once
#if defined(AGON_SANITIZE_THREAD)
#include <sanitizer/tsan_interface.h>
#endif

namespace agon {

/// For ThreadSanitizer, which does not see into TBB: what came before `give` is seen after `take`,
/// on any thread. So races between pieces of one loop are found, and only these. Nothing in other
/// builds.
class Handover {
 public:
#if defined(AGON_SANITIZE_THREAD)
  void give() {
    __tsan_release(&place_);
  }
  void take() {
    __tsan_acquire(&place_);
  }

 private:
  char place_ = 0;
#else
  void give() {}
  void take() {}
#endif
};

}  // namespace agon
