#pragma once
#include <map>
#include <string>
#include <vector>

namespace agon {

/// What must be the same in a run that was killed and in one that was not, by a name: the bytes of
/// every file that training decides, and the steps of the one that tells of time.
using RunResults = std::map<std::string, std::string>;

/// Of the run in a folder; empty where nothing is.
RunResults results_of(const std::string& run);

/// Names of what differs.
std::vector<std::string> differing(const RunResults& found, const RunResults& expected);

/// Temporary files and folders anywhere in a run.
std::vector<std::string> leftovers_in(const std::string& run);

}  // namespace agon
