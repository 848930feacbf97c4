#pragma once
#include <sys/types.h>
#include <sys/user.h>

#include <optional>
#include <vector>

#include "tests/survival/traced_call.h"

namespace agon {

/// Numbers of the system calls that read, write, make, move or remove files. x86-64 alone.
std::vector<unsigned> file_calls();

/// The file call that a stopped thread is about to make, with descriptors and relative paths made
/// absolute by way of /proc. Nothing where its file has no path (a pipe, a socket).
std::optional<TracedCall> decoded(pid_t thread, const user_regs_struct& registers);

}  // namespace agon
