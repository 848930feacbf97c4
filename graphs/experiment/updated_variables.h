#pragma once
#include <string>
#include <vector>

#include "graphs/experiment/system.h"

namespace agon {

/// Variables that `update:` of an optimizer names: whole networks, layers (`encoder.head`), or
/// trained ones of `variables:`; each once. Reports names that are none of these.
std::vector<const NetworkVariable*> updated_variables(System& system,
                                                      const Named<OptimizerSection>& optimizer);

/// What `update:` calls a variable: its network, or its own name under `variables:`.
std::string target_of(const VariableDecl& decl);

}  // namespace agon
