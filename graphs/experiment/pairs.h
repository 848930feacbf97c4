#pragma once
#include <vector>

#include "engine/base/error.h"
#include "graphs/data_spec.h"

namespace agon {

/// Whether sources that are paired can be: equally many examples in each split, chosen and changed
/// alike, and of folders the same names. Constant pictures stand outside. One error a source.
void check_pairs(const std::vector<DataSpec>& specs, const std::vector<DataFacts>& facts,
                 Diagnostics& diagnostics);

}  // namespace agon
