#pragma once
#include "engine/runtime/variables.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"

namespace agon {

/// Adds every variable of the plan, zero.
void add_variables(const TrainingGraphs& training, Variables& variables);

/// Gives every variable its first value: by running the plan's initial graph, on the first training
/// batch where it reads data, or from the file its network begins from. Throws InputError for
/// such a file.
void initialise(const TrainingGraphs& training, Backend& backend, Variables& variables,
                Sources& sources);

/// The derived variables, from the others; after these were given or restored.
void derive(const TrainingGraphs& training, Backend& backend, Variables& variables);

}  // namespace agon
