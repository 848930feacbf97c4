#pragma once
#include "tests/runners/quick_training.h"

namespace agon {

/// A program run with memory of its own for each value, in which every kernel is judged: by the
/// reference of its node on the same inputs.
struct JudgedRun {
  std::size_t instructions = 0;    // whose kernels were judged
  std::vector<std::string> wrong;  // a line for each result further off than rounding explains
  /// For each kernel the largest difference as a part of what is allowed.
  std::map<std::string, double> largest;
  Arrays updates;  // by variable
};

/// Inputs and variables by name.
JudgedRun judged_run(const Program& program, const KernelRegistry& kernels, const Arrays& inputs,
                     const Arrays& variables);

}  // namespace agon
