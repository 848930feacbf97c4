#pragma once
#include "engine/runtime/cuda/generated_kernel.h"
#include "ops/device_loop/loop.h"

namespace agon {

/// "in2" and "out0" of a node.
DeviceTensor input_of(const Node& node, int i);
DeviceTensor output_of(const Node& node, int o);

/// A node as a loop over its inputs and outputs.
Candidate loop_kernel(CudaContext& context, const Node& node, const DeviceLoop& loop);

}  // namespace agon
