#pragma once
#include "runners/terminal/console.h"

namespace agon {

/// The whole program: reads the arguments, runs the command, shows what went wrong on standard
/// error, one line each. Returns the exit code (engine/base/error.h). Sets the umask's group and
/// world write bits and ignores SIGPIPE and SIGXFSZ for the process.
int run_command_line(int argc, const char* const* argv, Console& console);

}  // namespace agon
