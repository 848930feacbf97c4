#include "ops/conv/columns.h"

namespace agon {

void register_conv2d_own(KernelRegistry& kernels) {
  kernels.add({.op = "conv2d", .name = "own:conv2d_columns", .prepare = prepare_conv2d_columns});
  kernels.add({.op = "conv2d_input_grad",
               .name = "own:conv2d_input_grad_columns",
               .prepare = prepare_input_grad_columns});
}

}  // namespace agon
