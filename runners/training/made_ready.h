#pragma once
#include <memory>
#include <vector>

#include "runners/training/backend.h"

namespace agon {

/// An experiment compiled for this machine.
struct MadeReady {
  std::unique_ptr<Backend> backend;
  std::vector<CompiledPlan> compiled;  // by stage
};

/// Throws what Backend and compile_plan throw. But where `device: auto` of a new run came to an
/// accelerator that has not the memory, the processors compute the rest, and the choice says why.
MadeReady made_ready(const Experiment& experiment, const std::vector<Plan>& plans,
                     const Means& means, Absent absent = Absent::Refused);

}  // namespace agon
