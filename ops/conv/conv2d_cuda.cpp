#include <string>
#include <utility>

#include "ops/conv/tiles_cuda.h"
#include "ops/gemm/library_product_cuda.h"

namespace agon {

void register_conv2d_cuda(KernelRegistry& kernels, CudaContext& context) {
  using Wanted = ConvolutionProblem::Wanted;
  for (const auto& [op, wanted] : {std::pair<std::string, Wanted>{"conv2d", Wanted::Output},
                                   {"conv2d_input_grad", Wanted::InputGradient},
                                   {"conv2d_weight_grad", Wanted::WeightGradient}}) {
    kernels.add({.op = op,
                 .name = "cudnn:" + op,
                 .prepare =
                     [&context, wanted = wanted](const Node& node) {
                       return library_product(context, node, convolution_problem(node, wanted));
                     },
                 .device = Device::Gpu});
    kernels.add({.op = op,
                 .name = "cuda:" + op,
                 .prepare =
                     [&context, wanted = wanted](const Node& node) {
                       const auto problem = convolution_problem(node, wanted);
                       return generated(context, node,
                                        tile_kernel(node, convolution_tiles(node, problem)));
                     },
                 .device = Device::Gpu});
  }
}

}  // namespace agon
