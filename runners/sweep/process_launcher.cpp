#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <thread>

#include "engine/base/error.h"
#include "runners/sweep/launcher.h"

namespace agon {

namespace {

constexpr std::chrono::milliseconds kPause(20);

class ProcessLauncher final : public Launcher {
 public:
  explicit ProcessLauncher(const SweepFolder& folder) : folder_(folder) {}

  void start(const TrialKey& key) override {
    std::filesystem::create_directories(folder_.trial(key).path);
    std::vector<std::string> words = {"agon", "trial", folder_.path, std::to_string(key.setting),
                                      std::to_string(key.repeat)};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    const std::string output = folder_.output(key);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    // Ctrl-C is for the sweep, which asks its workers itself
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    pid_t child = 0;
    const int failure =
        posix_spawn(&child, "/proc/self/exe", &files, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (failure != 0) throw Error(ExitCode::Unavailable, "cannot start a worker");
    workers_[child] = key;
  }

  std::vector<TrialKey> ended() override {
    std::vector<TrialKey> keys;
    for (auto it = workers_.begin(); it != workers_.end();) {
      int status = 0;
      if (waitpid(it->first, &status, WNOHANG) == 0) {
        ++it;
      } else {
        keys.push_back(it->second);
        it = workers_.erase(it);
      }
    }
    if (keys.empty()) std::this_thread::sleep_for(kPause);
    return keys;
  }

  std::size_t running() const override { return workers_.size(); }

  void stop_all() override {
    for (const auto& [pid, key] : workers_) kill(pid, SIGTERM);
  }

 private:
  SweepFolder folder_;
  std::map<pid_t, TrialKey> workers_;
};

}  // namespace

std::unique_ptr<Launcher> process_launcher(const SweepFolder& folder) {
  return std::make_unique<ProcessLauncher>(folder);
}

}  // namespace agon
