#include "runners/runs/own_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <unistd.h>

#include <cstring>

#include "engine/base/error.h"

namespace agon {

pid_t start_own_process(const std::vector<std::string>& arguments, const ProcessOutput& output,
                        ProcessGroup group) {
  std::vector<std::string> words = {"agon"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.path.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (output.errors_too) posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (group == ProcessGroup::Own) {
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
  }
  pid_t child = 0;
  const int failure =
      posix_spawn(&child, "/proc/self/exe", &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failure != 0) {
    throw Error(ExitCode::Unavailable,
                fmt::format("cannot start a process: {}", std::strerror(failure)));
  }
  return child;
}

}  // namespace agon
