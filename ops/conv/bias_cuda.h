#pragma once
#include "engine/ir/graph.h"
#include "engine/runtime/cuda/convolution_library.h"

namespace agon {

/// A node `conv2d_bias`, or a variant of it, as a problem for cuDNN.
ConvolutionProblem biased_problem(const Node& node, ProductPrecision precision);

}  // namespace agon
