#include "graphs/experiment/updated_variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "graphs/document/suggestion.h"
#include "graphs/experiment/variables.h"

namespace agon {

namespace {

using Found = std::vector<const NetworkVariable*>;

bool holds(const Found& found, const NetworkVariable* variable) {
  return std::find(found.begin(), found.end(), variable) != found.end();
}

/// Layers with parameters as `update:` names them: encoder.mu, encoder.mu.dense1.
std::vector<std::string> layers_to_update(const Network& network) {
  std::vector<std::string> names;
  for (const NetworkVariable& v : network.variables) {
    if (v.decl.role != VariableDecl::Role::Parameter) continue;
    std::string path = v.decl.name.substr(0, v.decl.name.rfind('.'));
    std::replace(path.begin(), path.end(), '/', '.');
    for (std::size_t end = path.find('.', network.name().size() + 1);;
         end = path.find('.', end + 1)) {
      const std::string name = path.substr(0, end);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      if (end == std::string::npos) break;
    }
  }
  return names;
}

void add_variable(System& system, const DeclaredVariable& declared, const Text& target,
                  Found& found) {
  if (!declared.is_trained()) {
    system.diagnostics.error(
        target.origin,
        fmt::format("'{}' moves by its next; no optimizer updates it", declared.name()));
    return;
  }
  const NetworkVariable* variable = &declared.variable;
  if (declared.sound && !holds(found, variable)) found.push_back(variable);
}

/// Parameters of the network or of its layer `target`.
void add_parameters(System& system, const Network& network, const Text& target, Found& found) {
  const std::size_t dot = target.text.find('.');
  std::string prefix = target.text;
  std::replace(prefix.begin() + static_cast<std::ptrdiff_t>(std::min(dot, prefix.size() - 1)) + 1,
               prefix.end(), '.', '/');
  bool any = false;
  for (const NetworkVariable& v : network.variables) {
    const std::string& name = v.decl.name;
    const bool inside =
        name.starts_with(prefix) && (name[prefix.size()] == '.' || name[prefix.size()] == '/');
    if (!inside || v.decl.role != VariableDecl::Role::Parameter) continue;
    any = true;
    if (!holds(found, &v)) found.push_back(&v);
  }
  if (!any && network.failed()) return;  // what has parameters may be what failed
  if (!any) {
    system.findings.unknown_target = true;
    system.diagnostics.error(target.origin,
                             dot == std::string::npos
                                 ? fmt::format("'{}' has no parameters to update", target.text)
                                 : fmt::format("no layer '{}' with parameters{}", target.text,
                                               suggestion(target.text, layers_to_update(network))));
  } else if (network.section().frozen) {
    system.diagnostics.error(target.origin, fmt::format("'{}' is frozen", network.name()));
  }
}

void report_unknown_target(System& system, const Text& target) {
  system.findings.unknown_target = true;
  std::vector<std::string> known;
  for (const auto& n : system.networks) known.push_back(n->name());
  for (const auto& v : system.variables) {
    if (v->is_trained()) known.push_back(v->name());
  }
  system.diagnostics.error(
      target.origin,
      fmt::format("no network{} '{}'{}", system.variables.empty() ? "" : " or variable",
                  target.text, suggestion(target.text, known)));
}

}  // namespace

std::vector<const NetworkVariable*> updated_variables(System& system,
                                                      const Named<OptimizerSection>& optimizer) {
  Found found;
  for (const Text& target : optimizer.value.update) {
    const std::string network_name = target.text.substr(0, target.text.find('.'));
    if (const DeclaredVariable* declared = system.find_variable(target.text)) {
      add_variable(system, *declared, target, found);
    } else if (const Network* network = system.find_network(network_name); network == nullptr) {
      report_unknown_target(system, target);
    } else if (network->sound()) {
      add_parameters(system, *network, target, found);
    }
  }
  return found;
}

std::string target_of(const VariableDecl& decl) {
  return decl.network.empty() ? decl.name.substr(decl.name.find('.') + 1) : decl.network;
}

}  // namespace agon
