#include "runners/training/restored.h"

#include "ops/ops.h"
#include "runners/training/saved.h"
#include "runners/training/state.h"
#include "runners/training/weights.h"

namespace agon {

namespace {
std::unique_ptr<const OpRegistry> every_op() {
  auto ops = std::make_unique<OpRegistry>();
  register_all_ops(*ops);
  return ops;
}
}  // namespace

RestoredRun::RestoredRun(OpenedRun run, std::optional<std::int64_t> step, Look look,
                         const Drawing* drawing, Console& console)
    : run_(std::move(run)),
      step_(saved_step(run_.directory, step, console)),
      stage_(stage_at(run_.experiment, step_)),
      ops_(every_op()),
      plan_(std::move(build_plans(run_.experiment, *ops_, drawing)[stage_])),
      backend_(run_.experiment, std::span(&plan_, 1), run_.means),
      variables_(backend_.variable_memory()),
      sources_(*stages_of(run_.experiment)[stage_]) {
  compiled_ = look == Look::Sample ? compile_samples(plan_, backend_)
                                   : compile_evaluations(plan_, backend_);
  arena_ = compiled_.arena(backend_);
  add_variables(plan_.training, variables_);
  std::set<std::string> optional = {std::string(kStepsDone)};  // what is looked at may count steps
  for (const VariableDecl& decl : plan_.training.variables) {
    if (!decl.weights_file.empty()) optional.insert(decl.name);
  }
  // a network added to look with brings its weights in a file of its own
  read_weights(run_.experiment, plan_.training,
               restore_state(run_.directory, step_, variables_, optional), variables_);
  if (const Variables::Variable* steps = variables_.find(kStepsDone))
    *static_cast<double*>(steps->memory.data()) = static_cast<double>(step_);
  if (drawing != nullptr) {
    for (std::size_t i = 0; i < plan_.samples.size(); ++i) {
      series_.push_back(std::make_unique<DrawnSeries>(plan_.samples[i], *compiled_.samples[i],
                                                      backend_, variables_, sources_, arena_));
    }
  } else if (look == Look::Sample) {
    samplers_ = samplers_of(plan_, compiled_, backend_, variables_, sources_, arena_);
  } else {
    evaluations_ = evaluations_of(plan_, compiled_, backend_, variables_, sources_, arena_);
  }
}

std::vector<std::unique_ptr<Sampler>> samplers_of(const Plan& plan, const CompiledPlan& compiled,
                                                  Backend& backend, Variables& variables,
                                                  Sources& sources, Arena& arena) {
  std::vector<std::unique_ptr<Sampler>> samplers;
  for (std::size_t i = 0; i < plan.samples.size(); ++i) {
    samplers.push_back(std::make_unique<Sampler>(plan.samples[i], *compiled.samples[i], backend,
                                                 variables, sources, arena));
  }
  return samplers;
}

std::vector<std::unique_ptr<Evaluation>> evaluations_of(const Plan& plan,
                                                        const CompiledPlan& compiled,
                                                        Backend& backend, Variables& variables,
                                                        Sources& sources, Arena& arena) {
  std::vector<std::unique_ptr<Evaluation>> evaluations;
  for (std::size_t i = 0; i < plan.evaluations.size(); ++i) {
    evaluations.push_back(std::make_unique<Evaluation>(plan.evaluations[i], compiled.evaluations[i],
                                                       backend, variables, sources, arena));
  }
  return evaluations;
}

nlohmann::ordered_json specification_of(
    const std::vector<std::unique_ptr<Evaluation>>& evaluations) {
  nlohmann::ordered_json all = nlohmann::ordered_json::object();
  for (const auto& evaluation : evaluations) all.update(evaluation->specification());
  return all;
}

}  // namespace agon
