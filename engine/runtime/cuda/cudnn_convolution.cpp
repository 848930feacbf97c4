#include "engine/runtime/cuda/cudnn_convolution.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace agon {

namespace {

using Then = ConvolutionProblem::Then;

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

std::vector<CudnnChoice> proposed_engines(const CudnnFunctions& functions,
                                          const CudnnDevice& device, const CudnnGraph& graph,
                                          Then then) {
  std::vector<CudnnChoice> choices;
  std::optional<CudnnFailed> failure;
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    if (mode == CUDNN_HEUR_MODE_FALLBACK && then != Then::Nothing) continue;
    try {
      for (CudnnDescriptor& configuration : configurations(functions, device, graph, mode))
        choices.push_back(choice_of(functions, std::move(configuration)));
    } catch (const CudnnFailed& failed) {
      if (!failure) failure = failed;
    }
  }
  if (choices.empty() && failure) throw *failure;
  if (then != Then::Nothing)
    std::erase_if(choices, [](const CudnnChoice& choice) { return choice.compiles_code(); });
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
