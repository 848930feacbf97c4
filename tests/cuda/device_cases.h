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

/// The case as it stands and, of a pointwise op, as all there is in the body of a node `fused`.
std::vector<DeviceCase> prepare_on_device(const Case& c, const KernelRegistry& kernels);

/// Runs the kernel on the emulated device, as harness.h says for kernels of the processors: it
/// agrees with the reference; gives the same bits twice, whatever lay in outputs and scratch
/// before, whichever thread and block comes first, and in place where it allows that; writes
/// nothing but outputs and scratch. What is wrong, or "".
std::string check_on_device(CudaContext& context, const DeviceCase& c, DeviceCase::Taken& taken);

}  // namespace agon::op_cases
