#if !defined(__x86_64__)

#include <stdexcept>

#include "tests/survival/traced_program.h"

namespace agon {

const std::string& no_tracing() {
  static const std::string obstacle = "system calls are known on x86-64 alone";
  return obstacle;
}

Ending trace(const std::function<void()>&, const std::string&, CallObserver&) {
  throw std::runtime_error(no_tracing());
}

}  // namespace agon

#endif
