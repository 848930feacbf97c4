#include "ops/reduce/fold.h"

namespace agon {

void register_sum_cpu(KernelRegistry& kernels) {
  kernels.add({"sum", "cpu:sum", [](const Node& node) { return fold_candidate(node, Fold::Sum); }});
  kernels.add(
      {"sum", "plain:sum", [](const Node& node) { return plain_fold_candidate(node, Fold::Sum); }});
}

}  // namespace agon
