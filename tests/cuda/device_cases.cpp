#include "tests/cuda/device_cases.h"

#include "engine/ir/op_def.h"
#include "engine/runtime/cpu/lanes.h"
#include "ops/ops.h"

namespace agon::op_cases {

KernelRegistry device_kernels(CudaContext& context) {
  KernelRegistry kernels;
  register_cuda_kernels(kernels, context);
  return kernels;
}

std::unique_ptr<Kernel> first_kernel(const KernelRegistry& kernels, const Node& node, Device on) {
  std::unique_ptr<Kernel> found;
  test_lanes().run([&] {
    for (const KernelDef& def : kernels.candidates(node.op().name, on)) {
      Candidate candidate = def.prepare(node);
      if (candidate.kernel && !found) found = std::move(candidate.kernel);
    }
  });
  return found;
}

namespace {

DeviceCase prepared(const Case& c, const KernelRegistry& kernels) {
  DeviceCase made{c, build(c), {}, {}};
  for (const KernelDef& def : kernels.candidates(c.op, Device::Gpu)) {
    auto candidate = Candidate::refused("");
    test_lanes().run([&] { candidate = def.prepare(*made.made.node); });
    if (candidate.kernel) {
      made.kernels.push_back({def.name, def.error_factor, std::move(candidate.kernel)});
    } else {
      made.refusals.push_back(def.name + ": " + candidate.refusal);
    }
  }
  return made;
}

}  // namespace

std::vector<DeviceCase> prepare_on_device(const Case& c, const KernelRegistry& kernels) {
  std::vector<DeviceCase> made;
  made.push_back(prepared(c, kernels));
  if (made.front().made.node->op().is_pointwise) made.push_back(prepared(as_fused(c), kernels));
  return made;
}

}  // namespace agon::op_cases
