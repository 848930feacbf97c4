#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "engine/base/error.h"
#include "engine/runtime/cuda/cudnn_convolution.h"
#include "engine/runtime/cuda/library_workspace.h"

namespace agon {

namespace {

/// The library's handle and the stream it works in at present.
class Handle {
 public:
  explicit Handle(const CudnnFunctions& functions) : f(functions) {
    require(f, f.create(&handle_), "start");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { f.destroy(handle_); }

  cudnnHandle_t get() const { return handle_; }
  void use(CUstream stream) {
    if (stream_ == stream) return;
    require(f, f.set_stream(handle_, stream), "stream");
    stream_ = stream;
  }

  const CudnnFunctions& f;

 private:
  cudnnHandle_t handle_ = nullptr;
  std::optional<CUstream> stream_;
};

/// Where the tensors of one run lie.
struct Pointers {
  void* input = nullptr;
  void* weight = nullptr;
  void* output = nullptr;
  void* bias = nullptr;
  void* workspace = nullptr;
  bool operator==(const Pointers&) const = default;
};

class Plan final : public ConvolutionPlan {
 public:
  Plan(Handle& handle, const ConvolutionProblem& problem, std::shared_ptr<const CudnnGraph> graph,
       CudnnChoice choice)
      : handle_(handle),
        wanted_(problem.wanted),
        then_(problem.then),
        graph_(std::move(graph)),
        choice_(std::move(choice)),
        plan_(execution_plan(handle.f, {.handle = handle.get()}, choice_)),
        workspace_(static_cast<std::size_t>(
            plan_.value<std::int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE))) {}

  std::size_t scratch_bytes() const override { return scratch_for_workspace(workspace_); }
  std::string name() const override { return fmt::format("cudnn engine {}", choice_.number); }

  void run(CUstream stream, std::span<const void* const> operands, void* result,
           void* scratch) override {
    try {
      Pointers pointers = arranged(const_cast<void*>(operands[0]), const_cast<void*>(operands[1]),
                                   result, workspace_ == 0 ? nullptr : workspace_in(scratch));
      if (has_bias()) pointers.bias = const_cast<void*>(operands[2]);
      if (!pack_ || pointers != packed_) pack(pointers);
      handle_.use(stream);
      require(handle_.f, handle_.f.execute(handle_.get(), plan_.get(), pack_->get()),
              fmt::format("engine {}", choice_.number));
    } catch (const CudnnFailed& failed) {
      throw InternalError(failed.why);
    }
  }

 private:
  bool has_bias() const { return then_ != ConvolutionProblem::Then::Nothing; }

  Pointers arranged(void* a, void* b, void* result, void* workspace) const {
    using Wanted = ConvolutionProblem::Wanted;
    switch (wanted_) {
      case Wanted::InputGradient:
        return {.input = result, .weight = b, .output = a, .workspace = workspace};
      case Wanted::WeightGradient:
        return {.input = a, .weight = result, .output = b, .workspace = workspace};
      case Wanted::Output:
        break;
    }
    return {.input = a, .weight = b, .output = result, .workspace = workspace};
  }

  /// Made once where tensors stay in their places; a finalized descriptor cannot be changed.
  void pack(const Pointers& pointers) {
    static constexpr std::array<std::int64_t, 4> kNames{InputTensor, WeightTensor, OutputTensor,
                                                        BiasTensor};
    const std::array<void*, 4> places{pointers.input, pointers.weight, pointers.output,
                                      pointers.bias};
    const std::size_t count = has_bias() ? 4 : 3;
    CudnnDescriptor pack(handle_.f, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::span(kNames).first(count));
    pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, std::span(places).first(count));
    pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, pointers.workspace);
    pack.finalize();
    pack_ = std::move(pack);
    packed_ = pointers;
  }

  Handle& handle_;
  ConvolutionProblem::Wanted wanted_;
  ConvolutionProblem::Then then_;
  std::shared_ptr<const CudnnGraph> graph_;  // what the choice is about
  CudnnChoice choice_;
  CudnnDescriptor plan_;
  std::size_t workspace_;
  std::optional<CudnnDescriptor> pack_;
  Pointers packed_;
};

class Cudnn final : public ConvolutionLibrary {
 public:
  explicit Cudnn(const CudnnFunctions& functions) : handle_(functions) {}

  std::string version() const override {
    const std::size_t v = handle_.f.version();
    return fmt::format("{}.{}.{}", v / 10000, v / 100 % 100, v % 100);
  }

  std::unique_ptr<ConvolutionPlan> plan(const ConvolutionProblem& problem,
                                        std::string& why) override {
    if (problem.precision == ProductPrecision::Bf16) {
      why = "cuDNN's engines of bfloat16 operands have bfloat16 results";
      return nullptr;
    }
    try {
      return best_plan(problem, why);
    } catch (const CudnnFailed& failed) {
      why = failed.why;
      return nullptr;
    }
  }

 private:
  static constexpr std::size_t kMostWorkspace = std::size_t{256} << 20;

  /// The first of the proposals that may be used and can: an engine that the heuristics name may
  /// still turn out not to support the problem. Engines that compile code when they are planned
  /// come after all others: they take seconds.
  std::unique_ptr<ConvolutionPlan> best_plan(const ConvolutionProblem& problem, std::string& why) {
    const CudnnFunctions& f = handle_.f;
    const CudnnDevice device{.handle = handle_.get()};
    const auto graph = std::make_shared<const CudnnGraph>(convolution_graph(f, device, problem));
    why = "cuDNN proposes no engine";
    auto choices = proposed_engines(f, device, *graph, problem.then);
    std::stable_partition(choices.begin(), choices.end(),
                          [](const CudnnChoice& c) { return !c.compiles_code(); });
    for (CudnnChoice& choice : choices) {
      if (const std::string refusal = engine_refusal(choice, problem.precision); !refusal.empty()) {
        why = fmt::format("cuDNN's engine {} {}", choice.number, refusal);
        continue;
      }
      try {
        auto plan = std::make_unique<Plan>(handle_, problem, graph, std::move(choice));
        if (plan->scratch_bytes() <= kMostWorkspace) return plan;
        why = plan->name() + " needs too much memory";
      } catch (const CudnnFailed& failed) {
        why = failed.why;
      }
    }
    return nullptr;
  }

  Handle handle_;
};

}  // namespace

std::unique_ptr<ConvolutionLibrary> open_cudnn(std::string& why) {
  const CudnnFunctions* const functions = cudnn_functions(why);
  if (functions == nullptr) return nullptr;
  try {
    return std::make_unique<Cudnn>(*functions);
  } catch (const CudnnFailed& failed) {
    why = failed.why;
    return nullptr;
  }
}

}  // namespace agon
