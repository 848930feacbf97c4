#include "engine/plan/kernel_choice.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "engine/runtime/variables.h"

namespace agon {

namespace {

/// A library that fails while preparing (sizes beyond what it can address, no memory) has refused.
Candidate prepared(const KernelDef& def, const Node& node) {
  try {
    return def.prepare(node);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failure) {
    return Candidate::refused(failure.what());
  }
}

/// Seconds of one run, the least of three, on memory of its own.
class Timing {
 public:
  explicit Timing(const Node& node) {
    for (const Value& input : node.inputs()) add(inputs_, input.type());
    for (const Type& output : node.outputs()) add(outputs_, output);
    for (const Buffer& buffer : inputs_) in_.push_back(buffer.data());
    for (const Buffer& buffer : outputs_) out_.push_back(buffer.data());
  }

  double seconds(Kernel& kernel) const {
    const Buffer scratch(kernel.scratch_bytes());
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < kRuns; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      kernel.run({in_, out_, scratch.data()});
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
      least = std::min(least, taken.count());
    }
    return least;
  }

 private:
  static constexpr int kRuns = 3;

  static void add(std::vector<Buffer>& buffers, const Type& type) {
    buffers.emplace_back(type.bytes());
    if (type.dtype != DType::F32) return;
    auto* values = static_cast<float*>(buffers.back().data());
    // neither zeros, which some processors multiply faster, nor numbers that grow
    for (std::int64_t i = 0; i < type.shape.elements(); ++i)
      values[i] = 0.25F + 0.001F * static_cast<float>(i % 97);
  }

  std::vector<Buffer> inputs_, outputs_;
  std::vector<const void*> in_;
  std::vector<void*> out_;
};

/// Of kernels that all accept the node.
std::size_t fastest(const Node& node, const std::vector<ChosenKernel>& accepted) {
  if (accepted.size() < 2) return 0;
  const Timing timing(node);
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    const double seconds = timing.seconds(*accepted[i].kernel);
    if (seconds >= least) continue;
    least = seconds;
    best = i;
  }
  return best;
}

[[noreturn]] void refuse_strictly(const Node& node, const std::vector<std::string>& refusals) {
  throw Error(ExitCode::Config, fmt::format("determinism strict: {}: no kernel keeps it: {}",
                                            node.op().name, joined(refusals, "; ")));
}

[[noreturn]] void refuse_on_gpu(const Node& node, const std::vector<std::string>& refusals) {
  throw Error(ExitCode::Config,
              fmt::format("device cuda has no kernel for {}{}{}; place it on cpu", node.op().name,
                          refusals.empty() ? "" : ": ", joined(refusals, "; ")));
}

}  // namespace

ChosenKernel choose_reference(const Node& node) {
  if (!node.op().reference) throw InternalError(node.op().name + ": no reference");
  return {.kernel = reference_kernel(node), .name = "reference", .refusals = {}};
}

ChosenKernel choose_kernel(const Node& node, const KernelRegistry& kernels,
                           Determinism determinism) {
  const bool gpu = node.device() == Device::Gpu;
  if (node.is("copy") && !gpu)
    return {.kernel = copy_kernel(node.out_type().bytes()), .name = "copy", .refusals = {}};
  std::vector<std::string> refusals;
  std::vector<ChosenKernel> accepted;
  bool strict = false;
  for (const KernelDef& def : kernels.candidates(node.op().name, node.device())) {
    Candidate candidate = prepared(def, node);
    if (candidate.kernel && determinism == Determinism::Strict && def.error_factor > kStrictError) {
      candidate = Candidate::refused(fmt::format("{} times the rounding error of a plain loop",
                                                 number_text(def.error_factor)));
      strict = true;
    }
    if (!candidate.kernel) {
      refusals.push_back(def.name + ": " + candidate.refusal);
      continue;
    }
    accepted.push_back(
        {.kernel = std::move(candidate.kernel), .name = def.name, .refusals = refusals});
    if (determinism != Determinism::Fast || gpu) break;
  }
  if (!accepted.empty()) return std::move(accepted[fastest(node, accepted)]);
  if (strict) refuse_strictly(node, refusals);
  if (gpu) refuse_on_gpu(node, refusals);
  if (!node.op().reference) {
    throw InternalError(fmt::format("{}: no kernel accepts it{}{}", node.op().name,
                                    refusals.empty() ? "" : ": ", joined(refusals, "; ")));
  }
  ChosenKernel chosen = choose_reference(node);
  chosen.refusals = std::move(refusals);
  return chosen;
}

}  // namespace agon
