#include "ops/shape/elements_cuda.h"

namespace agon {

void register_reshape_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_function(kernels, context, "reshape", [](const Node& node) {
    return strided_copy(node, {{node.out_type().shape.elements(), 1}});
  });
}

}  // namespace agon
