#include <string>
#include <utility>

#include "ops/conv/tiles_cuda.h"
#include "ops/gemm/library_product_cuda.h"
#include "ops/matmul/tiles_cuda.h"

/// Products of rounded operands: by the libraries, whose tensor cores multiply bfloat16, or by the
/// tiles of the plain op, which round what they read.
namespace agon {

namespace {

template <class Problem>
Candidate by_library(CudaContext& context, const Node& node, Problem problem) {
  problem.precision = ProductPrecision::Bf16;
  return library_product(context, node, problem);
}

Candidate by_tiles(CudaContext& context, const Node& node, TileProduct product) {
  product.round_to_bf16 = true;
  return generated(context, node, tile_kernel(node, product));
}

}  // namespace

void register_products_cuda(KernelRegistry& kernels, CudaContext& context) {
  const auto add = [&](const std::string& op, const std::string& library, auto problem,
                       auto tiles) {
    kernels.add(
        {.op = op,
         .name = library + ":" + op,
         .prepare = [&context, problem](
                        const Node& node) { return by_library(context, node, problem(node)); },
         .device = Device::Gpu});
    kernels.add({.op = op,
                 .name = "cuda:" + op,
                 .prepare = [&context, tiles](
                                const Node& node) { return by_tiles(context, node, tiles(node)); },
                 .device = Device::Gpu});
  };
  add("matmul_bf16", "cublaslt", matmul_problem, matmul_tiles);
  using Wanted = ConvolutionProblem::Wanted;
  for (const auto& [op, wanted] : {std::pair<std::string, Wanted>{"conv2d_bf16", Wanted::Output},
                                   {"conv2d_input_grad_bf16", Wanted::InputGradient},
                                   {"conv2d_weight_grad_bf16", Wanted::WeightGradient}}) {
    add(
        op, "cudnn",
        [wanted = wanted](const Node& node) { return convolution_problem(node, wanted); },
        [wanted = wanted](const Node& node) {
          return convolution_tiles(node, convolution_problem(node, wanted));
        });
  }
}

}  // namespace agon
