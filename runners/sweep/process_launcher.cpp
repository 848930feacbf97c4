#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <thread>

#include "runners/runs/own_process.h"
#include "runners/sweep/launcher.h"

namespace agon {

namespace {

constexpr std::chrono::milliseconds kPause(20);

class ProcessLauncher final : public Launcher {
 public:
  explicit ProcessLauncher(const SweepFolder& folder) : folder_(folder) {}

  void start(const TrialKey& key) override {
    std::filesystem::create_directories(folder_.trial(key).path);
    const std::vector<std::string> words = {"trial", folder_.path, std::to_string(key.setting),
                                            std::to_string(key.repeat)};
    // Ctrl-C is for the sweep, which asks its workers itself
    const pid_t child = start_own_process(words, {.path = folder_.output(key), .errors_too = true},
                                          ProcessGroup::Own);
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
