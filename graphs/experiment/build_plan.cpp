#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/experiment/build.h"
#include "graphs/experiment/build_health.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/derived.h"
#include "graphs/experiment/names.h"
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

std::vector<DrawTurns> declare(System& system, Use& use) {
  declare_networks(system);
  declare_variables(system);
  const std::size_t findings = system.diagnostics.sorted().size();
  std::vector<DrawTurns> draws = read_order(system);
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
  return draws;
}

/// What no turn of any stage names is logged by all of them.
std::set<std::string> logged_losses(const Experiment& experiment,
                                    const std::set<std::string>& of_turns) {
  std::set<std::string> logged;
  for (const Named<Expr>& loss : experiment.sections.losses) {
    if (!of_turns.contains(loss.name)) logged.insert(loss.name);
  }
  return logged;
}

Plan build_stage(System& system, const std::vector<DrawTurns>& draws, Use& use) {
  const ExperimentSections& sections = system.experiment.sections;
  Plan plan;
  StateRegister state;
  if (!draws.empty()) plan.training = build_training(system, draws, state, use);
  plan.samples = build_samples(system, use.read);
  plan.evaluations = build_evaluations(system, use.read);
  count_steps(system, plan.training);
  plan.training.variables = all_variables(system, state);
  plan.training.initial = build_initial(system, plan.training.variables);
  if (!system.diagnostics.has_errors())
    plan.health = build_health(system, plan.training.variables, use.read);
  if (sections.precision.text == "bf16" && !system.diagnostics.has_errors()) round_operands(plan);
  if (!system.diagnostics.has_errors()) compute_once(frozen_variables(system), plan.training);
  for (const auto& network : system.networks)
    plan.layers.insert(plan.layers.end(), network->report.begin(), network->report.end());
  plan.reading = reading_text(system, draws) + variants_text(plan.training);
  return plan;
}

/// What all stages have to say. An error that not every stage makes names the first that does; one
/// at a place where an earlier stage has one is the same mistake with other sizes.
Diagnostics findings_of(const Experiment& experiment, const Stages& stages) {
  std::vector<std::vector<Diagnostic>> found;
  for (const auto& stage : stages) found.push_back(stage->diagnostics.sorted());
  Diagnostics all;
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const Diagnostic& d : found[i]) {
      if (d.severity != Severity::Error || !d.origin.known()) {
        all.add(d);
        continue;
      }
      const auto makes_it = [&](const auto& stage) { return has_error_at(stage, d.origin); };
      const auto begin = found.begin(), here = begin + static_cast<std::ptrdiff_t>(i);
      if (std::any_of(begin, here, makes_it)) continue;
      const bool all_make_it = std::all_of(begin, found.end(), makes_it);
      all.add(all_make_it ? d : of_stage(d, experiment.sections.train.stages, i));
    }
  }
  return all;
}

}  // namespace

std::vector<Plan> build_plans(const Experiment& experiment, const OpRegistry& ops,
                              const Drawing* drawing) {
  std::vector<std::unique_ptr<System>> systems;
  std::vector<Plan> plans;
  std::vector<std::vector<DrawTurns>> draws;
  std::set<std::string> losses;
  Use use;
  for (const Experiment* stage : stages_of(experiment)) {
    systems.push_back(std::make_unique<System>(*stage, ops));
    systems.back()->drawing = drawing;
    draws.push_back(declare(*systems.back(), use));
    collect_turn_losses(*systems.back(), draws.back(), losses);
  }
  use.logged = logged_losses(experiment, losses);
  for (std::size_t i = 0; i < systems.size(); ++i) {
    plans.push_back(build_stage(*systems[i], draws[i], use));
    plans.back().stage = stage_text(experiment, i);
  }
  check_training(systems);
  for (const auto& system : systems) check_use(*system, use);
  const bool sound = std::ranges::none_of(
      systems, [](const auto& system) { return system->diagnostics.has_errors(); });
  if (sound) check_unused(systems, use.read);
  check_unread(systems, use.read);
  const Diagnostics all = findings_of(experiment, systems);
  all.throw_if_errors();
  plans.front().warnings = all.sorted();
  return plans;
}

Plan build_plan(const Experiment& experiment, const OpRegistry& ops, const Drawing* drawing) {
  return std::move(build_plans(experiment, ops, drawing).front());
}

}  // namespace agon
