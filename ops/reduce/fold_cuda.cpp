#include "ops/reduce/fold_cuda.h"

#include "ops/device_loop/loop_kernel_cuda.h"
#include "ops/reduce/reduce.h"

namespace agon {

void add_fold_cuda(KernelRegistry& kernels, CudaContext& context, const char* op, Fold fold) {
  const auto prepare = [&context, fold](const Node& node) {
    const Type& type = node.in(0).type();
    DeviceLoop loop{.shape = type.shape,
                    .inputs = {{input_of(node, 0), type.shape}},
                    .values = {{.is = LoopValue::Is::Input, .input = 0}},
                    .wide = type.dtype != DType::F32};
    loop.folds.push_back({fold, 0, node.attrs_as<ReduceAttrs>().axes, output_of(node, 0)});
    return loop_kernel(context, node, loop);
  };
  kernels.add(
      {.op = op, .name = std::string("cuda:") + op, .prepare = prepare, .device = Device::Gpu});
}

}  // namespace agon
