#include "tests/survival/killed_run.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace agon {

namespace fs = std::filesystem;

namespace {
const std::string kProgram = AGON_BINARY_DIR "/agon";
constexpr int kNoInput = 66;

std::string ending_text(const Ending& ending) {
  const std::string how = ending.signal != 0 ? "signal " + std::to_string(ending.signal)
                                             : "exit " + std::to_string(ending.code);
  return how + ": " + ending.err;
}

/// "... goes on after step 1,200" in the first line, where a run begins anew 0.
std::optional<std::int64_t> step_gone_on_from(const std::string& out) {
  const std::string line = out.substr(0, out.find('\n'));
  if (line.find("begins again") != std::string::npos) return 0;
  for (const std::string marker : {"goes on after step ", "already complete at step "}) {
    const std::size_t at = line.find(marker);
    if (at == std::string::npos) continue;
    std::int64_t step = 0;
    for (const char c : line.substr(at + marker.size())) {
      if (std::isdigit(static_cast<unsigned char>(c)) != 0) step = step * 10 + (c - '0');
    }
    return step;
  }
  return std::nullopt;
}
}  // namespace

KilledRun::KilledRun(std::vector<std::string> training, std::string name, const std::string& runs)
    : runs_(disk_ + runs), training_(std::move(training)), name_(std::move(name)) {}

std::string KilledRun::folder() const {
  std::vector<std::string> begun;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(runs_ + "/" + name_, none)) {
    if (fs::exists(entry.path() / "lock.json")) begun.push_back(entry.path().string());
  }
  return begun.empty() ? "" : *std::ranges::max_element(begun);
}

void KilledRun::check_answer_without_run(std::vector<std::string>& problems) const {
  struct Nothing : CallObserver {
    Verdict before(const TracedCall&) override { return {}; }
    void after(const TracedCall&, std::int64_t) override {}
  } nothing;
  const Ending ending = trace(
      [&] {
        execute({kProgram, "resume", name_, "--runs", runs_});
      },
      disk_, nothing);
  const bool clean = ending.code == kNoInput && ending.err.starts_with("error[66] agon resume: ") &&
                     ending.err.find("no run") != std::string::npos;
  if (!clean) problems.push_back("resume without a run: " + ending_text(ending));
}

Life KilledRun::live(const Fault& fault, Counted counted) {
  Life life;
  std::vector<std::string> arguments = {kProgram};
  const bool goes_on = !folder().empty();
  if (goes_on) {
    arguments.insert(arguments.end(), {"resume", name_});
  } else {
    if (lives_ > 0) check_answer_without_run(life.problems);
    if (committed_ > 0)
      life.problems.push_back("the run is gone, though step " + std::to_string(committed_) +
                              " was saved");
    arguments.emplace_back("train");
    arguments.insert(arguments.end(), training_.begin(), training_.end());
  }
  arguments.insert(arguments.end(), {"--runs", runs_});
  ++lives_;
  Watcher watcher(unsynced_, counted, fault);
  life.ending = trace([&] { execute(arguments); }, disk_, watcher);
  life.calls = watcher.calls();
  if (goes_on) life.from = step_gone_on_from(life.ending.out);
  if (life.from && *life.from < committed_) {
    life.problems.push_back("goes on after step " + std::to_string(*life.from) + ", though step " +
                            std::to_string(committed_) + " was saved; " + life.ending.err);
  }
  committed_ = std::max(committed_, watcher.committed());
  return life;
}

std::vector<std::string> KilledRun::finish(const RunResults& expected) {
  Life life = live();
  if (life.ending.code != 0 || !life.ending.err.empty())
    life.problems.push_back(ending_text(life.ending));
  for (const std::string& name : differing(results_of(folder()), expected))
    life.problems.push_back(name + " differs");
  for (const std::string& name : leftovers_in(folder()))
    life.problems.push_back(name + " is left over");
  return life.problems;
}

}  // namespace agon
