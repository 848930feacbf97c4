#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/text.h"
#include "graphs/experiment/checks.h"
#include "graphs/experiment/updated_variables.h"

namespace agon {

namespace {

/// A loss that several optimizers minimize may hold what only one of them can change.
void check_summands(const Stages& stages) {
  std::map<std::tuple<std::string, int, int>, Findings::Summand> all;
  for (const auto& stage : stages) {
    for (const auto& [place, summand] : stage->findings.summands) {
      const auto [it, fresh] = all.try_emplace(place, summand);
      it->second.reaches = it->second.reaches || summand.reaches;
    }
  }
  for (const auto& [place, summand] : all) {
    if (summand.reaches) continue;
    const std::string what = summand.constant
                                 ? fmt::format("is constant ({:.4g})", *summand.constant)
                                 : fmt::format("has no path to {}, all that optimizer {} updates",
                                               summand.targets, summand.optimizer);
    stages.front()->diagnostics.warning(
        summand.origin, fmt::format("'{}' {}; as a summand it trains nothing", summand.text, what));
  }
}

std::string range_text(const Tensor::Bounds& bounds) {
  return fmt::format("[{}, {}]", number_text(bounds.low), number_text(bounds.high));
}

/// Whether an end lies more than a twentieth of the wider range apart.
bool differ(const Tensor::Bounds& a, const Tensor::Bounds& b) {
  const double least = 0.05 * std::max(a.high - a.low, b.high - b.low);
  return std::abs(a.low - b.low) > least || std::abs(a.high - b.high) > least;
}

/// Real in 0..1 beside made in -1..1: a discriminator needs to look at nothing else.
void check_ranges(const Stages& stages) {
  std::map<std::tuple<std::string, std::string, bool>, const Findings::Fed*> first;
  std::set<std::tuple<std::string, std::string, std::string>> said;
  for (const auto& stage : stages) {
    for (const Findings::Fed& fed : stage->findings.fed) {
      first.try_emplace({fed.network, fed.input, fed.made}, &fed);
      const auto it = first.find({fed.network, fed.input, !fed.made});
      if (it == first.end() || !differ(it->second->bounds, fed.bounds)) continue;
      const Findings::Fed& other = *it->second;
      if (!said.emplace(fed.network, fed.input, range_text(fed.bounds)).second) continue;
      stage->diagnostics.warning(
          fed.origin,
          fmt::format("{} gets {} in {} from {}, but in {} from {} at line {}; one input takes one "
                      "range (data: range: [-1, 1] beside tanh, [0, 1] beside sigmoid)",
                      fed.network, fed.input, range_text(fed.bounds), fed.text,
                      range_text(other.bounds), other.text, other.origin.line));
    }
  }
}

/// Two optimizers over one network or variable pull it two ways, with moments of their own.
void check_two_optimizers(System& system) {
  std::map<std::string, const Named<OptimizerSection>*> owner;  // by variable
  std::set<std::pair<std::string, std::string>> said;
  for (const auto& optimizer : system.experiment.sections.optimizers) {
    if (!system.findings.turns.contains(optimizer.name)) continue;
    for (const NetworkVariable* v : updated_variables(system, optimizer)) {
      const auto [it, fresh] = owner.try_emplace(v->decl.name, &optimizer);
      if (fresh || it->second == &optimizer) continue;
      const std::string name = target_of(v->decl);
      if (!said.emplace(name, optimizer.name).second) continue;
      const auto& targets = optimizer.value.update;
      const auto target = std::find_if(targets.begin(), targets.end(), [&](const Text& t) {
        return t.text.substr(0, t.text.find('.')) == name;
      });
      system.diagnostics.warning(
          target->origin,
          fmt::format("{} is updated by two optimizers: here to lower {}, and by {} (line {}) to "
                      "lower {}",
                      name, canonical_text(optimizer.value.minimize), it->second->name,
                      it->second->origin.line, canonical_text(it->second->value.minimize)));
    }
  }
}

void check_owners(const Stages& stages) {
  for (const auto& stage : stages) check_two_optimizers(*stage);
}

/// Where the layer of a parameter is written.
const LayerReport* layer_of(const System& system, const VariableDecl& decl) {
  const Network* network = system.find_network(decl.network);
  if (network == nullptr) return nullptr;
  for (const LayerReport& row : network->report) {
    if (decl.name.starts_with(network->name() + "." + row.name + ".")) return &row;
  }
  return nullptr;
}

/// Layers in networks that are trained, whose own parameters no loss depends on.
void check_unreached(const Stages& stages) {
  std::set<std::string> reached;
  std::set<std::string> trained;  // networks
  for (const auto& stage : stages) {
    if (stage->diagnostics.has_errors()) return;  // what was not built reaches nothing
    for (const std::string& name : stage->findings.reached) {
      reached.insert(name);
      trained.insert(name.substr(0, name.find('.')));
    }
  }
  for (const auto& stage : stages) {
    for (const auto& optimizer : stage->experiment.sections.optimizers) {
      if (!stage->findings.turns.contains(optimizer.name)) continue;
      for (const NetworkVariable* v : updated_variables(*stage, optimizer)) {
        if (!trained.contains(v->decl.network) || reached.contains(v->decl.name)) continue;
        const LayerReport* row = layer_of(*stage, v->decl);
        if (row != nullptr)
          stage->diagnostics.warning(
              row->origin, fmt::format("the parameters of {}.{} never act: no loss depends on them",
                                       v->decl.network, row->name));
      }
    }
  }
}

struct Check {
  const char* of;
  void (*run)(const Stages& stages);
};

constexpr std::array kChecks = {
    Check{"a summand that trains nothing", check_summands},
    Check{"one input, different ranges", check_ranges},
    Check{"a network under two optimizers", check_owners},
    Check{"parameters that never act", check_unreached},
};

}  // namespace

void check_training(const Stages& stages) {
  for (const Check& check : kChecks) check.run(stages);
}

}  // namespace agon
