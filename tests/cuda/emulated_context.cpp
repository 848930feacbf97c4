#include "tests/cuda/emulation.h"

namespace agon::emulation {

std::unique_ptr<CudaContext> context() {
  return std::make_unique<CudaContext>(driver(), 0, compiler(), CudaContext::Libraries::None);
}

}  // namespace agon::emulation
