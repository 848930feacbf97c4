#include <string>
#include <utility>

#include "ops/conv/tiles_cuda.h"
#include "ops/gemm/library_product_cuda.h"
#include "ops/matmul/tiles_cuda.h"
#include "ops/tf32/tf32.h"

/// Products that may multiply TF32: by the libraries' tensor cores, else by the float32 kernels of
/// the plain op, which keep their names.
namespace agon {

void register_tf32_products_cuda(KernelRegistry& kernels, CudaContext& context) {
  const auto add = [&](const std::string& product, const std::string& library, auto problem) {
    const std::string op = product + "_tf32";
    kernels.add({.op = op,
                 .name = library + ":" + op,
                 .prepare =
                     [&context, problem](const Node& node) {
                       auto of_node = problem(node);
                       of_node.precision = ProductPrecision::Tf32;
                       return library_product(context, node, of_node);
                     },
                 .error_factor = kTf32Error,
                 .device = Device::Gpu});
    for (KernelDef plain : kernels.candidates(product, Device::Gpu)) {
      plain.op = op;
      kernels.add(std::move(plain));
    }
  };
  add("matmul", "cublaslt", matmul_problem);
  using Wanted = ConvolutionProblem::Wanted;
  for (const auto& [product, wanted] : {std::pair<std::string, Wanted>{"conv2d", Wanted::Output},
                                        {"conv2d_input_grad", Wanted::InputGradient},
                                        {"conv2d_weight_grad", Wanted::WeightGradient}}) {
    add(product, "cudnn",
        [wanted = wanted](const Node& node) { return convolution_problem(node, wanted); });
  }
}

}  // namespace agon
