#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "graphs/experiment/build.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/variables.h"

namespace agon {

namespace {

void check_turns(System& system, const Use& use) {
  for (const auto& optimizer : system.experiment.sections.optimizers) {
    if (!use.turns.contains(optimizer.name))
      system.diagnostics.warning(optimizer.origin, "has no turn in train.order");
  }
}

void check_parameters(System& system, const Use& use) {
  for (const auto& variable : system.variables) {
    if (!variable->sound || !variable->is_trained()) continue;
    if (use.updated.contains(variable->variable.decl.name)) continue;
    system.diagnostics.error(
        variable->section->origin,
        fmt::format("no optimizer updates '{}'; name it under update: or give it next:",
                    variable->name()));
  }
  for (const auto& network : system.networks) {
    if (!network->sound() || network->section().frozen) continue;
    std::vector<std::string> left;
    for (const NetworkVariable& v : network->variables) {
      if (v.decl.role == VariableDecl::Role::Parameter && !use.updated.contains(v.decl.name))
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

/// A `next` that no draw evaluates.
void check_next_values(System& system, const Use& use) {
  for (const auto& variable : system.variables) {
    if (!variable->sound || variable->is_trained() || use.moved.contains(variable->name()))
      continue;
    const Expr& next = *variable->section->value.next;
    std::vector<std::string> losses;
    for (const std::string& name : free_names(next)) {
      if (system.find_loss(name) != nullptr) losses.push_back(name);
    }
    system.diagnostics.error(
        next.origin, fmt::format("no draw computes {}, so '{}' never moves; an expression under "
                                 "step: is computed wherever it is read",
                                 joined(losses), variable->name()));
  }
}

void check_names(System& system, const Use& use) {
  const auto check = [&](const std::string& name, const Origin& origin, const char* said) {
    if (!use.read.contains(name)) system.diagnostics.warning(origin, said);
  };
  const ExperimentSections& sections = system.experiment.sections;
  for (const auto& entry : sections.step) check(entry.name, entry.origin, "never used");
  for (const auto& entry : sections.losses) check(entry.name, entry.origin, "never used");
  for (const auto& entry : sections.variables) check(entry.name, entry.origin, "never used");
  for (const auto& network : system.networks)
    check(network->name(), network->origin(), "never called");
}

}  // namespace

void check_use(System& system, const Use& use) {
  check_turns(system, use);
  if (!system.findings.unknown_target) check_parameters(system, use);
  if (system.diagnostics.has_errors()) return;
  check_next_values(system, use);
  check_names(system, use);
}

}  // namespace agon
