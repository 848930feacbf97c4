#include "engine/runtime/cuda/cudnn_graph.h"

#include <array>
#include <utility>

namespace agon {

namespace {

using Wanted = ConvolutionProblem::Wanted;
using Then = ConvolutionProblem::Then;
using Sizes = std::array<std::int64_t, 4>;

constexpr std::size_t kMostParts = 16;

/// A float32 tensor [n, h, w, c] in memory; cuDNN says its sizes in the order n, c, h, w.
CudnnDescriptor tensor(const CudnnFunctions& functions, CudnnTensor name, std::int64_t n,
                       std::int64_t h, std::int64_t w, std::int64_t c) {
  constexpr std::int64_t kAlignment = 16;  // bytes; what the fastest engines ask for
  const Sizes sizes{n, c, h, w}, strides{h * w * c, 1, w * c, c};
  CudnnDescriptor tensor(functions, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  tensor.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, static_cast<std::int64_t>(name));
  tensor.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_DATA_FLOAT);
  tensor.set(CUDNN_ATTR_TENSOR_DIMENSIONS, std::span<const std::int64_t>(sizes));
  tensor.set(CUDNN_ATTR_TENSOR_STRIDES, std::span<const std::int64_t>(strides));
  tensor.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, kAlignment);
  if (name == ConvolvedTensor || name == BiasedTensor)
    tensor.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, true);
  tensor.finalize();
  return tensor;
}

CudnnDescriptor convolution(const CudnnFunctions& functions, const ConvolutionProblem& p) {
  using Pair = std::array<std::int64_t, 2>;
  const Pair before{p.pad_top, p.pad_left}, after{p.pad_bottom, p.pad_right};
  const Pair strides{p.stride_y, p.stride_x}, dilations{1, 1};
  CudnnDescriptor made(functions, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  made.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{2});
  made.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT);
  made.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION);
  made.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, std::span<const std::int64_t>(before));
  made.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, std::span<const std::int64_t>(after));
  made.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, std::span<const std::int64_t>(strides));
  made.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, std::span<const std::int64_t>(dilations));
  made.finalize();
  return made;
}

/// An operation's words for the same things.
struct OperationWords {
  cudnnBackendDescriptorType_t type;
  cudnnBackendAttributeName_t convolution, x, w, y, alpha, beta;
};

OperationWords words_of(Wanted wanted) {
  switch (wanted) {
    case Wanted::InputGradient:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
    case Wanted::WeightGradient:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
    case Wanted::Output:
      break;
  }
  return {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
}

/// The convolution's descriptor and its tensors.
struct Convolved {
  const CudnnDescriptor &how, &x, &w, &y;
};

CudnnDescriptor convolution_operation(const CudnnFunctions& functions, const OperationWords& words,
                                      const Convolved& parts) {
  CudnnDescriptor operation(functions, words.type);
  operation.set(words.convolution, parts.how);
  operation.set(words.x, parts.x);
  operation.set(words.w, parts.w);
  operation.set(words.y, parts.y);
  operation.set(words.alpha, 1.0F);
  operation.set(words.beta, 0.0F);
  operation.finalize();
  return operation;
}

CudnnDescriptor pointwise(const CudnnFunctions& functions, cudnnPointwiseMode_t mode) {
  CudnnDescriptor made(functions, CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  made.set(CUDNN_ATTR_POINTWISE_MODE, mode);
  made.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT);
  if (mode == CUDNN_POINTWISE_RELU_FWD)
    made.set(CUDNN_ATTR_POINTWISE_NAN_PROPAGATION, CUDNN_PROPAGATE_NAN);
  made.finalize();
  return made;
}

CudnnDescriptor pointwise_operation(const CudnnFunctions& functions, const CudnnDescriptor& how,
                                    const std::vector<const CudnnDescriptor*>& operands,
                                    const CudnnDescriptor& result) {
  CudnnDescriptor operation(functions, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, how);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, *operands[0]);
  if (operands.size() > 1) operation.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *operands[1]);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, result);
  operation.finalize();
  return operation;
}

}  // namespace

CudnnGraph convolution_graph(const CudnnFunctions& functions, const CudnnDevice& device,
                             const ConvolutionProblem& p) {
  CudnnGraph made;
  made.parts.reserve(kMostParts);  // the parts refer to one another
  const auto add = [&](CudnnDescriptor part) -> const CudnnDescriptor& {
    return made.parts.emplace_back(std::move(part));
  };
  const auto result = [&](CudnnTensor name) -> const CudnnDescriptor& {
    return add(tensor(functions, name, p.batch, p.out_height, p.out_width, p.out));
  };
  const auto& x = add(tensor(functions, InputTensor, p.batch, p.height, p.width, p.in));
  const auto& w =
      add(tensor(functions, WeightTensor, p.out, p.kernel_height, p.kernel_width, p.in));
  const auto& y = result(p.then == Then::Nothing ? OutputTensor : ConvolvedTensor);
  const auto& how = add(convolution(functions, p));
  std::vector<const CudnnDescriptor*> operations{
      &add(convolution_operation(functions, words_of(p.wanted), {how, x, w, y}))};
  if (p.then != Then::Nothing) {
    const bool relu = p.then == Then::BiasAndRelu;
    const auto& bias = add(tensor(functions, BiasTensor, 1, 1, 1, p.out));
    const auto& biased = result(relu ? BiasedTensor : OutputTensor);
    const auto& plus = add(pointwise(functions, CUDNN_POINTWISE_ADD));
    operations.push_back(&add(pointwise_operation(functions, plus, {&y, &bias}, biased)));
    if (relu) {
      const auto& positive = add(pointwise(functions, CUDNN_POINTWISE_RELU_FWD));
      operations.push_back(
          &add(pointwise_operation(functions, positive, {&biased}, result(OutputTensor))));
    }
  }
  CudnnDescriptor graph(functions, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  if (device.handle != nullptr) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, device.handle);
  graph.set_all(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations);
  graph.finalize();
  add(std::move(graph));
  return made;
}

}  // namespace agon
