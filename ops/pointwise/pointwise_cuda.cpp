#include "ops/pointwise/pointwise_cuda.h"

#include "engine/ir/op_def.h"
#include "ops/device_loop/loop_kernel_cuda.h"

namespace agon {

void add_pointwise_cuda(KernelRegistry& kernels, CudaContext& context, const std::string& op,
                        PointwiseStep step) {
  const auto prepare = [&context, step = std::move(step)](const Node& node) {
    DeviceLoop loop{.shape = node.out_type().shape};
    loop.wide = node.out_type().dtype != DType::F32;
    LoopValue plain{.op = node.op().name};
    for (int i = 0; i < static_cast<int>(node.inputs().size()); ++i) {
      loop.inputs.push_back({input_of(node, i), node.in(i).shape()});
      loop.values.push_back({.is = LoopValue::Is::Input, .input = i});
      loop.wide = loop.wide || node.in(i).dtype() != DType::F32;
      plain.operands.push_back(i);
    }
    const LoopValue value = step ? step(node, loop.values) : std::move(plain);
    loop.values.push_back(value);
    const int last = static_cast<int>(loop.values.size()) - 1;
    loop.stores.push_back({last, output_of(node, 0)});
    return loop_kernel(context, node, loop);
  };
  kernels.add({.op = op, .name = "cuda:" + op, .prepare = prepare, .device = Device::Gpu});
}

}  // namespace agon
