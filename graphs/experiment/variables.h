#pragma once
#include <vector>

#include "graphs/experiment/scene.h"

namespace agon {

/// A value of `variables:`. Its name among the run's variables is `variables.<name>`.
struct DeclaredVariable {
  const Named<VariableSection>* section = nullptr;
  NetworkVariable variable;  // of no network
  bool sound = false;        // its type is known; what is wrong with it was reported otherwise

  const std::string& name() const { return section->name; }
  /// Trained by optimizers: without `next`.
  bool is_trained() const { return !section->value.next; }
};

/// How a tensor of the language stands in files: pictures channels first, the rest as it is.
FileForm file_form(const Tensor& tensor);

/// Learns the type of every variable from its init and shape. Findings go to the system's
/// diagnostics.
void declare_variables(System& system);

/// Settings of a scene in which first values are evaluated.
SceneSettings before_steps(const System& system, Graph& graph);

/// The first value, appended to the scene's graph; in it `batch` is train.batch. Throws
/// ConfigError.
Tensor first_value(System& system, Scene& scene, const Named<VariableSection>& variable);

/// The end of a draw: every `next` whose losses were computed in it, all from the old values.
/// Names of variables that moved go to `moved`.
void build_next_values(System& system, Scene& scene, std::set<std::string>& moved);

/// x within `keep`, [low, high]; x where it is empty.
Value kept_within(Value x, const std::vector<Number>& keep, const NumberScope& scope);

}  // namespace agon
