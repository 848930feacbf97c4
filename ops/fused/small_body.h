#pragma once
#include <string>

#include "engine/ir/graph.h"
#include "engine/runtime/cuda/device_function.h"

namespace agon {

struct SmallFunction {
  DeviceFunction function;
  std::size_t scratch_bytes = 0;
};

/// A node `fused` of values of at most kFusedScalars elements and whatever dtypes as one block: one
/// op after another in double precision, each result rounded to its dtype. All inputs are read
/// before anything is written. Returns why there is none, or "".
std::string small_function(const Node& node, SmallFunction& made);

}  // namespace agon
