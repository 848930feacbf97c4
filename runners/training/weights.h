#pragma once
#include <set>
#include <string>
#include <vector>

#include "engine/runtime/variables.h"
#include "graphs/experiment/training.h"

namespace agon {

/// Whether the files that networks begin from fit them, in every stage, by the headers of the files
/// alone. Throws InputError with a finding at the `weights` of each network that does not find all
/// its tensors there in its shapes, or whose file is none.
void check_weights(const Experiment& experiment, const std::vector<Plan>& plans);

/// Reads those variables that are named in `wanted` and begin from a file. A tensor is called as
/// the layer (conv1.weight); in the state of a run it is found under its network's name there, its
/// average if one was kept. Throws InputError as check_weights does, and for numbers that are not
/// finite; other tensors are passed over.
void read_weights(const Experiment& experiment, const TrainingGraphs& training,
                  const std::set<std::string>& wanted, Variables& variables);

}  // namespace agon
