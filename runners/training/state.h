#pragma once
#include <set>
#include <string>

#include "engine/runtime/variables.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"

namespace agon {

/// Adds every variable of the plan, zero.
void add_variables(const TrainingGraphs& training, Variables& variables);

/// Gives every variable its first value: by running the plan's initial graph, on the first training
/// batch where it reads data, or from the file its network begins from. Throws Error (NoInput,
/// Data) for such a file.
void initialise(const TrainingGraphs& training, Backend& backend, Variables& variables,
                Sources& sources);

/// Reads those variables that are named in `wanted` and begin from a file. A tensor is called as
/// the layer (conv1.weight); in the state of a run it is found under its network's name there, its
/// average if one was kept. Throws Error (NoInput, Data) with all that is missing or has another
/// shape; other tensors are passed over.
void read_weights(const TrainingGraphs& training, const std::set<std::string>& wanted,
                  Variables& variables);

/// The derived variables, from the others; after these were given or restored.
void derive(const TrainingGraphs& training, Backend& backend, Variables& variables);

}  // namespace agon
