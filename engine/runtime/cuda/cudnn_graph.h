#pragma once
#include <vector>

#include "engine/runtime/cuda/convolution_library.h"
#include "engine/runtime/cuda/cudnn_descriptors.h"

namespace agon {

/// What plans are made for: the device of a handle, or, where there is none (tests), one described
/// by a CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR.
struct CudnnDevice {
  cudnnHandle_t handle = nullptr;
  const CudnnDescriptor* properties = nullptr;
};

/// Names of the tensors of a convolution in its graph; the last two are in no memory.
enum CudnnTensor : std::int64_t {
  InputTensor = 1,
  WeightTensor = 2,
  OutputTensor = 3,
  BiasTensor = 4,
  ConvolvedTensor = 5,
  BiasedTensor = 6
};

/// A graph of one operation, or of those that one engine is to do together, with the descriptors it
/// was made of.
struct CudnnGraph {
  std::vector<CudnnDescriptor> parts;  // tensors, convolution, operations, the graph last
  const CudnnDescriptor& graph() const { return parts.back(); }
};
/// Throws CudnnFailed where sizes contradict one another.
CudnnGraph convolution_graph(const CudnnFunctions& functions, const CudnnDevice& device,
                             const ConvolutionProblem& problem);

}  // namespace agon
