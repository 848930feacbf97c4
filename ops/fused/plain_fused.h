#pragma once
#include "engine/runtime/kernel.h"

namespace agon {

/// A node `fused` of at most kFusedScalars elements and whatever dtypes: one op after another,
/// element by element in double precision, each result rounded to its dtype.
Candidate plain_fused(const Node& node);

}  // namespace agon
