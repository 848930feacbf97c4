#include <fmt/format.h>

#include <string>

#include "ops/conv/bias_cuda.h"
#include "ops/conv/conv2d_bias.h"
#include "ops/conv/tiles_cuda.h"
#include "ops/gemm/library_product_cuda.h"
#include "ops/tf32/tf32.h"

/// A convolution, its bias and relu: by one kernel of cuDNN, or by the tiles of the convolution and
/// a function that goes over their result.
namespace agon {

namespace {

DeviceFunction bias_function(const Node& node) {
  const std::int64_t results = node.out_type().shape.elements();
  const std::string biased = fmt::format("out0[i] + in2[i % {}]", node.in(2).shape().elements());
  const std::string value =
      node.attrs_as<Conv2dBiasAttrs>().relu ? "relu_of(" + biased + ")" : biased;
  return {.code = fmt::format(R"(
const i64 i = thread_of(blockIdx.x, 256, threadIdx.x);
if (i < {}) out0[i] = {};
)",
                              results, value),
          .in = input_dtypes(node),
          .out = {node.out_type().dtype},
          .blocks = blocks_for(results)};
}

Candidate by_tiles(CudaContext& context, const Node& node, bool round_to_bf16) {
  TileProduct product = convolution_tiles(node, biased_problem(node, ProductPrecision::F32));
  product.round_to_bf16 = round_to_bf16;
  GeneratedKernel kernel = tile_kernel(node, product);
  if (node.out_type().shape.elements() > 0) kernel.functions.push_back(bias_function(node));
  return generated(context, node, std::move(kernel));
}

}  // namespace

ConvolutionProblem biased_problem(const Node& node, ProductPrecision precision) {
  const auto& attrs = node.attrs_as<Conv2dBiasAttrs>();
  ConvolutionProblem problem = convolution_problem(node, ConvolutionProblem::Wanted::Output, attrs);
  problem.precision = precision;
  problem.then =
      attrs.relu ? ConvolutionProblem::Then::BiasAndRelu : ConvolutionProblem::Then::Bias;
  return problem;
}

void register_conv2d_bias_cuda(KernelRegistry& kernels, CudaContext& context) {
  const auto add_library = [&](const std::string& op, const std::string& name,
                               ProductPrecision precision, double error_factor) {
    kernels.add({.op = op,
                 .name = "cudnn:" + name,
                 .prepare =
                     [&context, precision](const Node& node) {
                       return library_product(context, node, biased_problem(node, precision));
                     },
                 .error_factor = error_factor,
                 .device = Device::Gpu});
  };
  const auto add_tiles = [&](const std::string& op, const std::string& name, bool round_to_bf16) {
    kernels.add(
        {.op = op,
         .name = "cuda:" + name,
         .prepare = [&context, round_to_bf16](
                        const Node& node) { return by_tiles(context, node, round_to_bf16); },
         .device = Device::Gpu});
  };
  const std::string plain = "conv2d_bias", tf32 = "conv2d_tf32_bias", bf16 = "conv2d_bf16_bias";
  add_library(tf32, tf32, ProductPrecision::Tf32, kTf32Error);
  add_library(bf16, bf16, ProductPrecision::Bf16, 1);
  for (const std::string& op : {plain, tf32}) {
    add_library(op, plain, ProductPrecision::F32, 1);
    add_tiles(op, plain, false);
  }
  add_tiles(bf16, bf16, true);
}

}  // namespace agon
