#include "ops/device_loop/loop_kernel_cuda.h"

#include <fmt/format.h>

#include "ops/device_loop/loop_functions.h"

namespace agon {

DeviceTensor input_of(const Node& node, int i) {
  return {fmt::format("in{}", i), node.in(i).dtype()};
}

DeviceTensor output_of(const Node& node, int o) {
  return {fmt::format("out{}", o), node.out_type(o).dtype};
}

Candidate loop_kernel(CudaContext& context, const Node& node, const DeviceLoop& loop) {
  DeviceArguments arguments;
  const int inputs = static_cast<int>(node.inputs().size());
  const int outputs = static_cast<int>(node.outputs().size());
  for (int i = 0; i < inputs; ++i) arguments.in.push_back(node.in(i).dtype());
  std::vector<std::vector<bool>> over(static_cast<std::size_t>(inputs));
  for (int o = 0; o < outputs; ++o) arguments.out.push_back(node.out_type(o).dtype);
  for (int i = 0; i < inputs; ++i) {
    for (int o = 0; o < outputs; ++o)
      over[static_cast<std::size_t>(i)].push_back(may_store_over(loop, i, output_of(node, o)));
  }
  LoopFunctions made = loop_functions(loop, arguments);
  return generated(context, node,
                   {.functions = std::move(made.functions),
                    .scratch_bytes = made.scratch_bytes,
                    .may_overwrite = [over = std::move(over)](int i, int o) {
                      return bool{over[static_cast<std::size_t>(i)][static_cast<std::size_t>(o)]};
                    }});
}

}  // namespace agon
