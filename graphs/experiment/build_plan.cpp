#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/experiment/build.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/derived.h"
#include "graphs/experiment/step_variants.h"
#include "graphs/experiment/updated_variables.h"
#include "graphs/experiment/variables.h"
#include "ops/bf16/bf16.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

/// The wish `precision: bf16`, for everything that computes with the networks. Initial values stay
/// as they are.
void round_operands(Plan& plan) {
  for (const DrawGraph& draw : plan.training.programs) round_product_operands(*draw.graph);
  for (const SampleGraph& sample : plan.samples) round_product_operands(*sample.graph);
  for (const EvaluateGraph& evaluation : plan.evaluations) {
    round_product_operands(*evaluation.graph);
    if (evaluation.last) round_product_operands(*evaluation.last);
  }
}

}  // namespace

void find_more_errors(const Experiment& experiment, const OpRegistry& ops,
                      Diagnostics& diagnostics) {
  const std::vector<Diagnostic> found = diagnostics.sorted();
  const auto wrong = [&](const std::string& path) {
    return std::any_of(found.begin(), found.end(), [&](const Diagnostic& d) {
      const std::string& at = d.origin.path;
      return at.starts_with(path) &&
             (at.size() == path.size() || at[path.size()] == '.' || at[path.size()] == '[');
    });
  };
  if (wrong("data") || wrong("params") || wrong("blocks") || experiment.facts.empty()) return;
  System system(experiment, ops);
  declare_networks(system);
  std::size_t broken = 0;
  for (const auto& network : system.networks) {
    if (!wrong("networks." + network->name())) continue;
    ++broken;
    network->mark_broken();
  }
  if (!wrong("variables")) declare_variables(system);
  Graph graph(ops);
  const Value zero = graph.constant(0, DType::F64);
  Scene scene(system, graph,
              {.batch = std::max<std::int64_t>(1, experiment.batch),
               .looking = true,
               .stream_prefix = "",
               .step = zero,
               .draw = zero,
               .alone = true});
  const auto look = [&](const std::vector<Named<Expr>>& definitions) {
    for (const Named<Expr>& definition : definitions) {
      if (wrong(definition.origin.path)) continue;
      try {
        scene.evaluate(definition.value, definition.origin.path, "step");
      } catch (...) {
        system.report_current_exception(definition.origin);
      }
    }
  };
  // an entry that could not be read at all is missing, and those that name it are not to blame
  const bool networks_known = !wrong("networks") || broken > 0;
  if (networks_known && !wrong("step") && !wrong("variables")) {
    look(experiment.sections.step);
    if (!wrong("losses")) look(experiment.sections.losses);
  }
  for (const Diagnostic& d : system.diagnostics.sorted()) {
    if (d.severity == Severity::Error) diagnostics.error(d.origin, d.message);
  }
}

namespace {

/// The counter that looking reads goes on with each draw of a step.
void count_steps(System& system, TrainingGraphs& training) {
  if (!system.looks_at_steps) return;
  for (DrawGraph& draw : training.programs) {
    const Value step = draw.graph->input("step", Type{DType::F64, {}});
    draw.graph->set_update(std::string(kStepsDone), step + 1.0);
  }
}

std::set<std::string> frozen_variables(const System& system) {
  std::set<std::string> frozen;
  for (const auto& network : system.networks) {
    if (!network->section().frozen) continue;
    for (const NetworkVariable& v : network->variables) frozen.insert(v.decl.name);
  }
  return frozen;
}

Plan build_stage(System& system, Use& use) {
  declare_networks(system);
  declare_variables(system);
  const std::size_t findings = system.diagnostics.sorted().size();
  const std::vector<DrawTurns> draws = read_order(system);
  const bool order_understood = system.diagnostics.sorted().size() == findings;
  const ExperimentSections& sections = system.experiment.sections;
  if (sections.optimizers.empty())
    system.diagnostics.error(sections.origin, "nothing to train: no optimizers");
  for (const auto& optimizer : sections.optimizers) {
    const bool has_turn = std::any_of(draws.begin(), draws.end(), [&](const DrawTurns& turns) {
      return std::find(turns.begin(), turns.end(), optimizer.name) != turns.end();
    });
    if (has_turn || !order_understood) {
      use.turns.insert(optimizer.name);
      system.findings.turns.insert(optimizer.name);
    }
    const std::vector<const NetworkVariable*> variables = updated_variables(system, optimizer);
    if (!has_turn && order_understood) continue;
    for (const NetworkVariable* v : variables) use.updated.insert(v->decl.name);
  }
  Plan plan;
  StateRegister state;
  if (!draws.empty()) plan.training = build_training(system, draws, state, use);
  plan.samples = build_samples(system, use.read);
  plan.evaluations = build_evaluations(system, use.read);
  count_steps(system, plan.training);
  plan.training.variables = all_variables(system, state);
  plan.training.initial = build_initial(system, plan.training.variables);
  if (sections.precision.text == "bf16" && !system.diagnostics.has_errors()) round_operands(plan);
  if (!system.diagnostics.has_errors()) compute_once(frozen_variables(system), plan.training);
  for (const auto& network : system.networks)
    plan.layers.insert(plan.layers.end(), network->report.begin(), network->report.end());
  plan.reading = reading_text(system, draws) + variants_text(plan.training);
  return plan;
}

}  // namespace

std::vector<Plan> build_plans(const Experiment& experiment, const OpRegistry& ops,
                              const Drawing* drawing) {
  std::vector<std::unique_ptr<System>> systems;
  std::vector<Plan> plans;
  Use use;
  for (const Experiment* stage : stages_of(experiment)) {
    systems.push_back(std::make_unique<System>(*stage, ops));
    systems.back()->drawing = drawing;
    plans.push_back(build_stage(*systems.back(), use));
    plans.back().stage = stage_text(experiment, plans.size() - 1);
  }
  check_training(systems);
  Diagnostics all;
  for (const auto& system : systems) {
    check_use(*system, use);
    for (const Diagnostic& d : system->diagnostics.sorted()) all.add(d);
  }
  all.throw_if_errors();
  plans.front().warnings = all.sorted();
  return plans;
}

Plan build_plan(const Experiment& experiment, const OpRegistry& ops, const Drawing* drawing) {
  return std::move(build_plans(experiment, ops, drawing).front());
}

}  // namespace agon
