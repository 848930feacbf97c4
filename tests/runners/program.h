#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace agon {

/// Starts the built program in a process of its own on the first `processors` processors; its
/// standard output is dropped.
pid_t start_program(std::vector<std::string> arguments, int processors);

/// Waits for it: the exit code, or minus the signal that ended it.
int exit_code_of(pid_t child);

}  // namespace agon
