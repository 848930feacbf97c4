#pragma once
#include <functional>
#include <string>

namespace agon {

/// The file with the newest good state of the run that `weights: run:...` names, an absolute path.
/// `argument` is a RUN argument; `runs` the folder of all runs. Throws Error (NoInput, Data),
/// saying what would make such a run.
std::string state_of_run(const std::string& runs, const std::string& argument);

/// The same as a function of the argument alone, for ReadOptions.
std::function<std::string(const std::string& argument)> states_in(const std::string& runs);

}  // namespace agon
