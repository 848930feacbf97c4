#include <cstdlib>
#include <string_view>

#include "engine/runtime/cuda/open.h"
#include "tests/cuda/emulation.h"
#include "tests/cuda/judged_device.h"

namespace agon::op_cases {

namespace {
/// AGON_CUDA=emulated: to try these tests where there is no device.
bool is_emulated() {
  const char* word = std::getenv("AGON_CUDA");
  return word != nullptr && std::string_view(word) == "emulated";
}
}  // namespace

std::unique_ptr<Accelerator> judged_device() {
  return is_emulated() ? cuda_accelerator(emulation::context()) : open_cuda(0);
}

std::string no_judged_device() {
  static const std::string kWhy = [] {
    std::string why;
    return is_emulated() || has_cuda(why) ? "" : why;
  }();
  return kWhy;
}

}  // namespace agon::op_cases
