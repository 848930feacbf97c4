#pragma once
#include "tests/ops/harness.h"

namespace agon::op_cases {

/// A case of op `fused` over a loop of that shape, drawn by `number`: up to a dozen pointwise ops,
/// inputs that stretch along any axes, several outputs, up to three folds. Values stay near 1 and
/// no op stretches errors much, so that the tolerance can follow the number of steps.
Case drawn_body(const Shape& shape, int number);

/// Adam of w, g, m, v with a rate: the new w, m and v.
std::vector<Value> adam(Graph& graph, const std::vector<Value>& in);

}  // namespace agon::op_cases
