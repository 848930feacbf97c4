#include "ops/fused/plain_fused.h"
#include "ops/fused/tile_kernel.h"

namespace agon {

void register_fused_cpu(KernelRegistry& kernels) {
  kernels.add({"fused", "cpu:fused", tile_fused, 2});  // 2: reciprocals
  kernels.add({"fused", "plain:fused", plain_fused});
}

}  // namespace agon
