#pragma once
#include <span>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/ndarray.h"

namespace agon {

/// Outputs of a node by its reference, and how far those of a kernel may be from them.
struct Rounded {
  std::vector<NdArray> values;
  std::vector<NdArray> allowed;
};

/// What tolerance() (engine/plan/tolerance.h) allows on these inputs. Terms of one sign make
/// partial sums as large as the op on the sizes of its inputs, and each addition rounds one. In the
/// body of a fused node each op adds its own rounding to that of its operands (running error
/// analysis: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.3), carried on
/// by the op itself: a relu that rounding may carry over its kink is allowed either result.
Rounded evaluate_with_rounding(const Node& node, std::span<const NdArray* const> in,
                               double error_factor);

}  // namespace agon
