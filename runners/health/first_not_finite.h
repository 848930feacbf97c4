#pragma once
#include <functional>
#include <string>

#include "runners/training/course.h"

namespace agon {

/// Where a training first came to a number that is not finite.
struct FirstNotFinite {
  std::int64_t step = 0;
  /// "draw 1, mlp.yaml:19: log: 1 inf of 1 from [0, 0.7]"; empty where a rerun stays finite.
  std::string where;
};

/// Trains again in memory, from `from` (null: first values), up to step `last`, until a loss or a
/// variable is not finite; then once more up to the step before, which `before` sees, and through
/// that step instruction by instruction. Takes twice the time and memory that the training took to
/// come there. `stop` ends it early, with an Error(Stopped).
FirstNotFinite first_not_finite(const Experiment& experiment, const std::vector<Plan>& plans,
                                const Means& means, const Checkpoint* from, std::int64_t last,
                                const std::function<bool()>& stop,
                                const std::function<void(Course&)>& before);

/// The first variable of floating numbers that holds one that is not finite; null if none does.
const Variables::Variable* not_finite(const Variables& variables);

}  // namespace agon
