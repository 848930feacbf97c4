#include "engine/runtime/cuda/cudnn_convolution.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace agon {

namespace {

using Wanted = ConvolutionProblem::Wanted;
using Sizes = std::array<std::int64_t, 4>;

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

template <class Note>
bool has(const std::vector<Note>& notes, Note note) {
  return std::find(notes.begin(), notes.end(), note) != notes.end();
}

std::vector<CudnnDescriptor> configurations(const CudnnFunctions& functions,
                                            const CudnnDevice& device, const CudnnGraph& graph,
                                            cudnnBackendHeurMode_t mode) {
  CudnnDescriptor heuristics(functions, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph.graph());
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
  if (device.properties != nullptr)
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *device.properties);
  heuristics.finalize();
  const std::int64_t count =
      heuristics.count(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR);
  std::vector<CudnnDescriptor> found;
  for (std::int64_t i = 0; i < count; ++i)
    found.emplace_back(functions, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  if (count > 0) {
    const std::int64_t got = heuristics.read(CUDNN_ATTR_ENGINEHEUR_RESULTS, found);
    found.erase(found.begin() + got, found.end());
  }
  return found;
}

CudnnChoice choice_of(const CudnnFunctions& functions, CudnnDescriptor configuration) {
  CudnnDescriptor engine(functions, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  configuration.read(CUDNN_ATTR_ENGINECFG_ENGINE, std::span(&engine, 1));
  const auto number = engine.value<std::int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
  auto numerics = engine.values<cudnnBackendNumericalNote_t>(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                                             CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
  auto behavior = engine.values<cudnnBackendBehaviorNote_t>(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE,
                                                            CUDNN_BEHAVIOR_NOTE_TYPE_COUNT);
  return {std::move(engine), std::move(configuration), number, std::move(numerics),
          std::move(behavior)};
}

}  // namespace

CudnnGraph convolution_graph(const CudnnFunctions& functions, const CudnnDevice& device,
                             const ConvolutionProblem& p) {
  CudnnGraph made;
  auto& parts = made.parts;
  parts.push_back(tensor(functions, InputTensor, p.batch, p.height, p.width, p.in));
  parts.push_back(tensor(functions, WeightTensor, p.out, p.kernel_height, p.kernel_width, p.in));
  parts.push_back(tensor(functions, OutputTensor, p.batch, p.out_height, p.out_width, p.out));
  parts.push_back(convolution(functions, p));

  const OperationWords words = words_of(p.wanted);
  CudnnDescriptor operation(functions, words.type);
  operation.set(words.convolution, parts[3]);
  operation.set(words.x, parts[0]);
  operation.set(words.w, parts[1]);
  operation.set(words.y, parts[2]);
  operation.set(words.alpha, 1.0F);
  operation.set(words.beta, 0.0F);
  operation.finalize();
  parts.push_back(std::move(operation));

  CudnnDescriptor graph(functions, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  if (device.handle != nullptr) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, device.handle);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, parts.back());
  graph.finalize();
  parts.push_back(std::move(graph));
  return made;
}

std::vector<CudnnChoice> proposed_engines(const CudnnFunctions& functions,
                                          const CudnnDevice& device, const CudnnGraph& graph) {
  std::vector<CudnnChoice> choices;
  std::optional<CudnnFailed> failure;
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    try {
      for (CudnnDescriptor& configuration : configurations(functions, device, graph, mode))
        choices.push_back(choice_of(functions, std::move(configuration)));
    } catch (const CudnnFailed& failed) {
      if (!failure) failure = failed;
    }
  }
  if (choices.empty() && failure) throw *failure;
  return choices;
}

bool CudnnChoice::compiles_code() const {
  return has(behavior, CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION);
}

std::string engine_refusal(const CudnnChoice& choice, ProductPrecision precision) {
  const auto noted = [&](cudnnBackendNumericalNote_t note) { return has(choice.numerics, note); };
  if (noted(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC)) return "may give other bits in each run";
  if (noted(CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION)) return "adds up in 16 bits";
  if (noted(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS)) return "rounds its operands to 16 bits";
  if (noted(CUDNN_NUMERICAL_NOTE_FFT) || noted(CUDNN_NUMERICAL_NOTE_WINOGRAD))
    return "has several times the errors of plain sums";
  if (noted(CUDNN_NUMERICAL_NOTE_TENSOR_CORE) && precision == ProductPrecision::F32)
    return "multiplies TF32";
  return "";
}

CudnnDescriptor execution_plan(const CudnnFunctions& functions, const CudnnDevice& device,
                               const CudnnChoice& choice) {
  CudnnDescriptor plan(functions, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  if (device.handle != nullptr) plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, device.handle);
  if (device.properties != nullptr)
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *device.properties);
  plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, choice.configuration);
  plan.finalize();
  return plan;
}

}  // namespace agon
