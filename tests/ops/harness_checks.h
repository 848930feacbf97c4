#pragma once
#include <string>
#include <vector>

#include "tests/ops/harness.h"

namespace agon {
class KernelRegistry;
struct KernelDef;
class Lanes;
class OpRegistry;
}  // namespace agon

namespace agon::op_cases {

const OpRegistry& all_ops();
const KernelRegistry& all_kernels();
/// More lanes than the machine may have cores, so that the bits can be seen not to depend on them.
Lanes& test_lanes();

const std::vector<Case>& all_cases();
const std::vector<Refused>& all_refused();

/// The op applied to inputs "x0", "x1", ..., with output "y0" and further ones of the op.
struct CaseGraph {
  std::unique_ptr<Graph> graph;
  Node* node = nullptr;
};
CaseGraph build(const Case& c);

/// The same case with its op, a pointwise one, as all there is in a node `fused`: what the pass
/// `fuse` makes of one node. Accepts what of the original is named "...:fused".
Case as_fused(const Case& c);

/// The same case in float64, also where the attributes name the type.
Case in_float64(const Case& c);

/// Runs every kernel of the case as harness.h says; one message for each thing that is wrong.
std::vector<std::string> check_kernels(const Case& c);
/// Whether the kernel takes the case.
bool accepts(const Case& c, const KernelDef& def);
/// Gradient and gradient of the gradient, for each output.
std::vector<std::string> check_gradients(const Case& c);

/// The first element further from the expected one than tolerance() (engine/plan/tolerance.h),
/// terms being of size about 1; or "". A fused node may be so far off for each op of its body.
std::string first_difference(const Case& c, const NdArray& expected, const NdArray& got,
                             double error_factor = 1);

/// The largest distance from an expected element among finite ones, as a share of tolerance().
double worst_error(const Case& c, const NdArray& expected, const NdArray& got, double error_factor);

}  // namespace agon::op_cases
