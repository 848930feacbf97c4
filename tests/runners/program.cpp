#include "tests/runners/program.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace agon {

pid_t start_program(std::vector<std::string> arguments, int processors) {
  arguments.insert(arguments.begin(), AGON_BINARY_DIR "/agon");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int i = 0; i < processors; ++i) CPU_SET(i, &set);
  sched_setaffinity(0, sizeof set, &set);
  if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(1);
  execv(argv[0], argv.data());
  _exit(127);
}

int exit_code_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace agon
