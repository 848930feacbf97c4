#pragma once
#include <string>
#include <vector>

#include "engine/runtime/cuda/cudnn_graph.h"

namespace agon {

/// An engine with its knobs, as the heuristics propose it.
struct CudnnChoice {
  CudnnDescriptor engine, configuration;
  std::int64_t number = 0;
  std::vector<cudnnBackendNumericalNote_t> numerics;
  std::vector<cudnnBackendBehaviorNote_t> behavior;
  bool compiles_code() const;  // when it is planned
};
/// The heuristics' proposals, best first: those of CUDNN_HEUR_MODE_A, then
/// CUDNN_HEUR_MODE_FALLBACK. Where something is done after the convolution only the first, without
/// those that compile code (ConvolutionLibrary::plan says why).
std::vector<CudnnChoice> proposed_engines(const CudnnFunctions& functions,
                                          const CudnnDevice& device, const CudnnGraph& graph,
                                          ConvolutionProblem::Then then);

/// Why an engine may not compute the problem, or "".
///   - CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC: other bits in each run.
///   - REDUCED_PRECISION_REDUCTION, DOWN_CONVERT_INPUTS: sums or operands of 16 bits.
///   - FFT, WINOGRAD: errors are several times those of plain sums.
///   - TENSOR_CORE, for plain float32: those engines multiply TF32. That is how TF32 is forbidden
///     here: the graph API has no switch for it.
std::string engine_refusal(const CudnnChoice& choice, ProductPrecision precision);

/// The plan of the choice, finalized.
CudnnDescriptor execution_plan(const CudnnFunctions& functions, const CudnnDevice& device,
                               const CudnnChoice& choice);

}  // namespace agon
