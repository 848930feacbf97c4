#pragma once
#include <functional>

#include "graphs/experiment/experiment.h"

namespace agon {

/// Reads an experiment by `read`, which is given what tells of its data. Data that cannot be read
/// is a finding at the key that names it, among the others. Throws ConfigError; InputError where
/// some finding is about what the file names.
Experiment read_with_data(const std::function<Experiment(const Inspect& inspect)>& read);

}  // namespace agon
