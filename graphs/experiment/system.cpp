#include "graphs/experiment/system.h"

#include <algorithm>

#include "graphs/experiment/bound_layer.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/evaluator.h"
#include "graphs/experiment/scope.h"
#include "graphs/experiment/variables.h"

namespace agon {

namespace {
const Named<Expr>* find_named(const std::vector<Named<Expr>>& list, std::string_view name) {
  const auto it = std::find_if(list.begin(), list.end(),
                               [&](const Named<Expr>& entry) { return entry.name == name; });
  return it == list.end() ? nullptr : &*it;
}
}  // namespace

System::System(const Experiment& e, const OpRegistry& o) : experiment(e), ops(o) {}

System::~System() = default;

const Network* System::find_network(std::string_view name) const {
  for (const auto& network : networks) {
    if (network->name() == name) return network.get();
  }
  return nullptr;
}

const DeclaredVariable* System::find_variable(std::string_view name) const {
  for (const auto& variable : variables) {
    if (variable->name() == name) return variable.get();
  }
  return nullptr;
}

const Named<Expr>* System::find_step(std::string_view name) const {
  return find_named(experiment.sections.step, name);
}

const Named<Expr>* System::find_loss(std::string_view name) const {
  return find_named(experiment.sections.losses, name);
}

namespace {
/// Depth first, each definition once.
bool leads_back(const System& system, const Named<Expr>& from, const Named<Expr>& to,
                std::set<const Named<Expr>*>& seen, std::vector<std::string>& path) {
  for (const std::string& name : free_names(from.value)) {
    const Named<Expr>* next = system.find_step(name);
    if (next == nullptr) next = system.find_loss(name);
    if (next == nullptr) continue;
    path.push_back(name);
    if (next == &to) return true;
    if (seen.insert(next).second && leads_back(system, *next, to, seen, path)) return true;
    path.pop_back();
  }
  return false;
}
}  // namespace

std::vector<std::string> System::cycle_from(const Named<Expr>& definition) const {
  std::set<const Named<Expr>*> seen;
  std::vector<std::string> path = {definition.name};
  leads_back(*this, definition, definition, seen, path);
  return path;
}

void System::report_current_exception(const Origin& where) {
  try {
    throw;
  } catch (const AlreadyReported&) {
  } catch (const ConfigError& e) {
    for (const Diagnostic& d : e.diagnostics()) {
      Origin origin = d.origin.known() ? d.origin : where;
      if (origin.path.empty()) origin.path = where.path;
      report(origin, d.message);
    }
  } catch (const LayerError& e) {
    report(e.origin, e.what());
  } catch (const GraphError& e) {
    report(where, e.what());
  }
}

void System::report(const Origin& origin, const std::string& message) {
  const auto is_new = [&](const Origin& at) {
    return reported_.emplace(at.file, at.line, at.column).second || !at.known();
  };
  if (!is_new(origin)) return;
  Diagnostic found{Severity::Error, origin, message};
  if (retell) {
    found = retell(std::move(found));
    if (!(found.origin == origin) && !is_new(found.origin)) return;
  }
  diagnostics.add(std::move(found));
}

void declare_networks(System& system) {
  system.numbers = number_scope(system.experiment);
  std::int64_t picture_height = 0;  // of the first source that has pictures
  for (const DataFacts& facts : system.experiment.facts) {
    if (picture_height == 0 && !facts.points) picture_height = facts.height;
  }
  int layers_left = kMostLayers;
  for (const Named<NetworkSection>& section : system.experiment.sections.networks) {
    system.networks.push_back(
        std::make_unique<Network>(section, system.experiment, layers_left, system.diagnostics));
    declare_network(*system.networks.back(), system.ops, picture_height, system.diagnostics);
    check_sizes(*system.networks.back(), system.experiment.batch, system.diagnostics);
  }
}

std::string average_name(const std::string& variable) {
  return "average/" + variable;
}

}  // namespace agon
