// Every shipped config planned for a GPU: each node of its graphs has a kernel there, and what
// those kernels are made of compiles. The second costs minutes and is run under the label slow.
#include "tests/shipped_configs.h"

#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "engine/runtime/cuda/open.h"
#include "runners/data/data_set.h"
#include "runners/training/backend.h"
#include "tests/cuda/emulated_choice.h"

namespace agon {
namespace {

class ShippedOnGpu : public testing::TestWithParam<std::string> {
 protected:
  ShippedOnGpu()
      : experiment_(read_experiment(GetParam(), {.set = {"device=cuda"}}, inspect_data)),
        plans_(build_plans(experiment_, every_op())),
        backend_(2, Determinism::Run, on_emulated_device()) {
    for (const Plan& plan : plans_) compiled_.push_back(compile_plan(plan, backend_));
  }

  /// Sources that the device's compiler would be given.
  std::vector<std::string> sources() {
    return cuda_context(*backend_.accelerator()).modules().pending_sources();
  }
  const std::vector<CompiledPlan>& compiled() const { return compiled_; }

 private:
  static DeviceChoice on_emulated_device() {
    Placement everything;
    everything.rest = Device::Gpu;
    return emulated_choice(everything);
  }

  Experiment experiment_;
  std::vector<Plan> plans_;
  Backend backend_;
  std::vector<CompiledPlan> compiled_;
};

using ShippedKernels = ShippedOnGpu;
TEST_P(ShippedKernels, ComputeEveryNode) {
  for (const CompiledPlan& compiled : this->compiled()) {
    for (const Program* program : compiled.all()) {
      for (const Instruction& instruction : program->instructions) {
        // what was read at the host and is handed on stays there
        if (instruction.kernel_name == "copy") continue;
        EXPECT_EQ(instruction.node->device(), Device::Gpu) << instruction.kernel_name;
      }
    }
  }
  EXPECT_FALSE(sources().empty());
}

using ShippedCode = ShippedOnGpu;
TEST_P(ShippedCode, Compiles) {
  std::unique_ptr<DeviceCompiler> compiler;
  try {
    compiler = nvrtc();
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  for (const std::string& source : sources()) EXPECT_NO_THROW(compiler->compile(source, 90));
}

std::string named(const testing::TestParamInfo<std::string>& config) {
  return test_name(config.param);
}
INSTANTIATE_TEST_SUITE_P(All, ShippedKernels, testing::ValuesIn(shipped_configs()), named);
INSTANTIATE_TEST_SUITE_P(All, ShippedCode, testing::ValuesIn(shipped_configs()), named);

}  // namespace
}  // namespace agon
