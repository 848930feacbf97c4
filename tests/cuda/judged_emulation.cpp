#include "engine/runtime/cuda/open.h"
#include "tests/cuda/emulation.h"
#include "tests/cuda/judged_device.h"

namespace agon::op_cases {

std::unique_ptr<Accelerator> judged_device() {
  return cuda_accelerator(emulation::context());
}

std::string no_judged_device() {
  return "";
}

}  // namespace agon::op_cases
