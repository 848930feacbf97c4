#pragma once
#include "engine/plan/storage.h"

namespace agon {

/// Puts `copy` nodes where an output or an update cannot have the memory of its value: an update
/// that is an input, a constant, another variable's old value or shared by two variables; an
/// output that is an input or the old value of a variable that changes. Afterwards each update is
/// the variable itself or belongs to one instruction of its own. The copy of a variable that the
/// accelerator uses is its work; that for an output is a `download`. Expects insert_transfers to
/// have run.
void isolate_results(Graph& graph, const Storage& storage);

}  // namespace agon
