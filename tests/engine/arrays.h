#pragma once
#include <map>
#include <string>

#include "engine/ir/graph.h"
#include "engine/ir/ndarray.h"

namespace agon {

using Arrays = std::map<std::string, NdArray>;

/// Values for the leaves of that op ("input", "variable"), by name; others at each step.
Arrays drawn_arrays(const Graph& graph, const char* op, int step);

/// Fails the test at the first element that has other bits.
void expect_same(const NdArray& got, const NdArray& expected, const std::string& what);

}  // namespace agon
