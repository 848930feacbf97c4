#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/cuda/context.h"
#include "engine/runtime/kernel.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {

/// A case of an op, and what its kernels on a device make of it.
struct DeviceCase {
  struct Taken {
    std::string name;
    double error_factor = 1;
    std::unique_ptr<Kernel> kernel;
  };
  Case c;
  CaseGraph made;
  std::vector<Taken> kernels;
  std::vector<std::string> refusals;  // "cuda:sum: needs ..."
};

/// The kernels of the devices of the context.
KernelRegistry device_kernels(CudaContext& context);

/// The first kernel of that device that accepts the node, prepared; null where none does.
std::unique_ptr<Kernel> first_kernel(const KernelRegistry& kernels, const Node& node, Device on);

/// The case as it stands and, of a pointwise op, as all there is in the body of a node `fused`.
std::vector<DeviceCase> prepare_on_device(const Case& c, const KernelRegistry& kernels);

}  // namespace agon::op_cases
