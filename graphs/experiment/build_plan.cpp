#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/experiment/build.h"
#include "graphs/experiment/variables.h"
#include "ops/bf16/bf16.h"

namespace agon {

namespace {

/// Optimizers that no turn of the order names.
std::set<std::string> idle_optimizers(System& system, const std::vector<DrawTurns>& draws) {
  std::set<std::string> idle;
  for (const auto& optimizer : system.experiment.sections.optimizers) {
    const bool has_turn = std::any_of(draws.begin(), draws.end(), [&](const DrawTurns& turns) {
      return std::find(turns.begin(), turns.end(), optimizer.name) != turns.end();
    });
    if (has_turn) continue;
    system.diagnostics.warning(optimizer.origin, "has no turn in train.order");
    idle.insert(optimizer.name);
  }
  return idle;
}

void check_parameters(System& system, const std::set<std::string>& idle) {
  std::set<std::string> updated;
  for (const auto& optimizer : system.experiment.sections.optimizers) {
    if (idle.contains(optimizer.name)) continue;
    for (const NetworkVariable* v : updated_variables(system, optimizer))
      updated.insert(v->decl.name);
  }
  for (const auto& variable : system.variables) {
    if (!variable->sound || !variable->is_trained()) continue;
    if (updated.contains(variable->variable.decl.name)) continue;
    system.diagnostics.error(
        variable->section->origin,
        fmt::format("no optimizer updates '{}'; name it under update: or give it next:",
                    variable->name()));
  }
  for (const auto& network : system.networks) {
    if (!network->sound() || network->section().frozen) continue;
    std::vector<std::string> left;
    for (const NetworkVariable& v : network->variables) {
      if (v.decl.role == VariableDecl::Role::Parameter && !updated.contains(v.decl.name))
        left.push_back(v.decl.name);
    }
    if (left.empty()) continue;
    system.diagnostics.error(
        network->origin(),
        fmt::format(
            "no optimizer updates {}{}; name it under update: or say frozen: true", left[0],
            left.size() > 1 ? fmt::format(" and {} more parameters", left.size() - 1) : ""));
  }
}

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

void check_use(System& system, const std::set<std::string>& used) {
  for (const auto& definition : system.experiment.sections.step) {
    if (!used.contains(definition.name))
      system.diagnostics.warning(definition.origin, "never used");
  }
  for (const auto& loss : system.experiment.sections.losses) {
    if (!used.contains(loss.name)) system.diagnostics.warning(loss.origin, "never used");
  }
  for (const auto& variable : system.experiment.sections.variables) {
    if (!used.contains(variable.name)) system.diagnostics.warning(variable.origin, "never used");
  }
  for (const auto& network : system.networks) {
    if (!used.contains(network->name()))
      system.diagnostics.warning(network->origin(), "never called");
  }
}

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
               .draw = zero});
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

Plan build_plan(const Experiment& experiment, const OpRegistry& ops, const Drawing* drawing) {
  System system(experiment, ops);
  system.drawing = drawing;
  declare_networks(system);
  declare_variables(system);
  const std::size_t findings = system.diagnostics.sorted().size();
  const std::vector<DrawTurns> draws = read_order(system);
  const bool order_understood = system.diagnostics.sorted().size() == findings;
  if (experiment.sections.optimizers.empty())
    system.diagnostics.error(experiment.sections.origin, "nothing to train: no optimizers");
  check_parameters(system,
                   order_understood ? idle_optimizers(system, draws) : std::set<std::string>{});
  Plan plan;
  StateRegister state;
  std::set<std::string> used;
  if (!draws.empty()) plan.training = build_training(system, draws, state, used);
  plan.samples = build_samples(system, used);
  plan.evaluations = build_evaluations(system, used);
  plan.training.variables = all_variables(system, state);
  plan.training.initial = build_initial(system, plan.training.variables);
  if (!system.diagnostics.has_errors()) check_use(system, used);
  system.diagnostics.throw_if_errors();
  if (experiment.sections.precision.text == "bf16") round_operands(plan);
  for (const auto& network : system.networks)
    plan.layers.insert(plan.layers.end(), network->report.begin(), network->report.end());
  plan.reading = reading_text(system, draws);
  plan.warnings = system.diagnostics.sorted();
  return plan;
}

}  // namespace agon
