#pragma once
#include <string>

#include "tests/fuzz/parts.h"

namespace agon {

/// A folder for the files of the input that runs, in memory where the system has such a place; it
/// goes with the process. It is the same for all targets, which name their files apart.
const std::string& scratch_folder();
/// Writes a file there, over one of that name; returns its path.
std::string scratch_file(const std::string& inside, InputBytes content);
void remove_scratch_file(const std::string& inside);

}  // namespace agon
