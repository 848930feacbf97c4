#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace agon {

/// Where what a process says goes.
struct ProcessOutput {
  std::string path = "/dev/null";
  bool errors_too = false;  // standard error besides standard output
};
/// Whether Ctrl-C at the terminal reaches it.
enum class ProcessGroup { Ours, Own };

/// Starts this program once more, with these arguments; appends to its output file. Throws
/// Error(Unavailable) where no process can be started.
pid_t start_own_process(const std::vector<std::string>& arguments, const ProcessOutput& output,
                        ProcessGroup group = ProcessGroup::Ours);

}  // namespace agon
