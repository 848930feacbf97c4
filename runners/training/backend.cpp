#include "runners/training/backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/text.h"
#include "engine/runtime/cuda/open.h"
#include "graphs/experiment/health.h"
#include "ops/conv/join_bias.h"
#include "ops/ops.h"
#include "ops/tf32/tf32.h"
#include "runners/runs/machine.h"
#include "runners/training/memory_check.h"
#include "runners/training/planned_kernels.h"

namespace agon {

namespace {
Determinism determinism_of(const Experiment& experiment) {
  const std::string& word = experiment.sections.determinism.text;
  if (word == "fast") return Determinism::Fast;
  if (word != "strict") return Determinism::Run;
  const std::vector<std::string> variables = variables_that_change_bits();
  if (!variables.empty()) {
    throw Error(ExitCode::Config,
                fmt::format("determinism strict: libraries read {} and compute otherwise; unset {}",
                            joined(variables), variables.size() == 1 ? "it" : "them"));
  }
  return Determinism::Strict;
}
}  // namespace

Backend::Backend(int lane_count, Determinism determinism)
    : Backend(lane_count, determinism, DeviceChoice{}) {}

Backend::Backend(const Experiment& experiment, std::span<const Plan> plans, const Means& means,
                 Absent absent)
    : Backend(means.lanes, determinism_of(experiment),
              choose_device(experiment, plans, means, absent)) {}

Backend::Backend(int lane_count, Determinism determinism, DeviceChoice device)
    : device_(std::move(device)), determinism_(determinism), lanes(lane_count) {
  register_all_kernels(kernels);
  if (device_.accelerator) {
    CudaContext& context = cuda_context(*device_.accelerator);
    register_transfer_kernels(kernels, context);
    register_cuda_kernels(kernels, context);
  } else if (!device_.missing.empty()) {
    register_planned_kernels(kernels);
  }
}

MemorySource* Backend::variable_memory() const {
  return accelerator() == nullptr ? nullptr : &accelerator()->memory(MemoryKind::Shared);
}

std::unique_ptr<const Program> Backend::compiled(const Graph& graph) {
  return compiled(graph, device_.placement);
}

std::unique_ptr<const Program> Backend::compiled(const Graph& graph, const Placement& placement) {
  auto placed = graph.clone();
  if (!placement.uses(Device::Gpu)) return compiled(std::move(placed), {});
  place(*placed, placement);
  return compiled(std::move(placed), accelerator_passes(placement));
}

std::vector<Pass> Backend::accelerator_passes(const Placement& placement) const {
  std::vector<Pass> passes;
  if (placement.tf32) passes.push_back({"allow_tf32", allow_tf32});
  if (accelerator() != nullptr) {
    // after the other: it knows the convolutions that that one makes
    passes.push_back({"join_bias", [this](Graph& graph) {
                        return join_bias(graph, [this](const Node& joined) {
                          return has_library_kernel(joined);
                        });
                      }});
  }
  return passes;
}

bool Backend::has_library_kernel(const Node& node) const {
  const double most = determinism_ == Determinism::Strict ? kStrictError : HUGE_VAL;
  return std::ranges::any_of(
      kernels.candidates(node.op().name, Device::Gpu), [&](const KernelDef& def) {
        const bool is_generated = def.name.starts_with("cuda:");
        return !is_generated && def.error_factor <= most && def.prepare(node).kernel;
      });
}

std::unique_ptr<const Program> Backend::compiled_on_processors(const Graph& graph) {
  return compiled(graph.clone(), {});
}

std::unique_ptr<const Program> Backend::compiled(std::unique_ptr<Graph> graph,
                                                 std::vector<Pass> passes) {
  std::unique_ptr<const Program> program;
  PlanOptions options;
  options.determinism = determinism_;
  options.accelerator_passes = std::move(passes);
  lanes.run([&] { program = compile(std::move(graph), kernels, options); });
  return program;
}

std::vector<const Program*> CompiledPlan::all() const {
  std::vector<const Program*> programs;
  for (const auto& program : training) programs.push_back(program.get());
  for (const auto& program : samples) programs.push_back(program.get());
  for (const Evaluation& evaluation : evaluations) {
    programs.push_back(evaluation.full.get());
    if (evaluation.last) programs.push_back(evaluation.last.get());
  }
  if (health) programs.push_back(health.get());
  if (held_out) programs.push_back(held_out.get());
  return programs;
}

std::size_t CompiledPlan::arena_bytes() const {
  std::size_t bytes = 0;
  for (const Program* program : all()) bytes = std::max(bytes, program->arena_bytes);
  return bytes;
}

std::size_t CompiledPlan::gpu_arena_bytes() const {
  std::size_t bytes = 0;
  for (const Program* program : all()) bytes = std::max(bytes, program->gpu_arena_bytes);
  return bytes;
}

Arena CompiledPlan::arena(const Backend& backend) const {
  return Arena(arena_bytes(), gpu_arena_bytes(), backend.accelerator());
}

std::size_t CompiledPlan::constant_bytes() const {
  std::size_t bytes = 0;
  for (const Program* program : all()) {
    for (const NdArray& constant : program->constants) bytes += constant.type.bytes();
  }
  return bytes;
}

CompiledPlan compile_samples(const Plan& plan, Backend& backend) {
  CompiledPlan compiled;
  for (const SampleGraph& sample : plan.samples)
    compiled.samples.push_back(backend.compiled(*sample.graph));
  return compiled;
}

CompiledPlan compile_evaluations(const Plan& plan, Backend& backend) {
  CompiledPlan compiled;
  for (const EvaluateGraph& evaluation : plan.evaluations) {
    compiled.evaluations.push_back(
        {backend.compiled(*evaluation.graph),
         evaluation.last ? backend.compiled(*evaluation.last) : nullptr});
  }
  return compiled;
}

CompiledPlan compile_training(const Plan& plan, Backend& backend) {
  CompiledPlan compiled;
  for (const DrawGraph& draw : plan.training.programs)
    compiled.training.push_back(backend.compiled(*draw.graph));
  return compiled;
}

CompiledPlan compile_plan(const Plan& plan, Backend& backend) {
  CompiledPlan compiled = compile_training(plan, backend);
  compiled.samples = compile_samples(plan, backend).samples;
  compiled.evaluations = compile_evaluations(plan, backend).evaluations;
  if (plan.health) compiled.health = backend.compiled(*plan.health->graph);
  if (plan.health && plan.health->held_out.graph)
    compiled.held_out = backend.compiled(*plan.health->held_out.graph);
  check_memory(plan, compiled, backend);
  return compiled;
}

}  // namespace agon
