#include "runners/training/backend.h"

#include <algorithm>

#include "ops/ops.h"
#include "runners/training/memory_check.h"

namespace agon {

Backend::Backend(int lane_count) : lanes(lane_count) {
  register_all_kernels(kernels);
}

std::unique_ptr<const Program> Backend::compiled(const Graph& graph) {
  std::unique_ptr<const Program> program;
  lanes.run([&] { program = compile(graph.clone(), kernels); });
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
  return programs;
}

std::size_t CompiledPlan::arena_bytes() const {
  std::size_t bytes = 0;
  for (const Program* program : all()) bytes = std::max(bytes, program->arena_bytes);
  return bytes;
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
  check_memory(plan, compiled);
  return compiled;
}

}  // namespace agon
