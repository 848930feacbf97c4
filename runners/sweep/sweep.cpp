#include "runners/sweep/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine/base/text.h"
#include "engine/runtime/checkpoint.h"
#include "graphs/document/reader.h"
#include "runners/sweep/launcher.h"
#include "runners/sweep/page/page_file.h"
#include "runners/sweep/trial_maker.h"
#include "runners/terminal/text.h"
#include "runners/training/stop_request.h"

namespace agon {

namespace {

namespace fs = std::filesystem;

/// A trial whose workers die so often in a row without coming further has failed.
constexpr std::int64_t kMostDeaths = 3;
constexpr std::size_t kShown = 10;

class Sweep {
 public:
  Sweep(const SweepFile& sweep, const SweepOptions& options, Console& console)
      : sweep_(sweep), options_(options), console_(console) {
    folder_ = sweep_folder(fs::absolute(options.runs).lexically_normal().string(), sweep.name);
    fs::create_directories(folder_.path + "/trials");
    held_.emplace(RunDirectory{folder_.path});
    store_ = open_sqlite_store(folder_.state());
    begin();
    launcher_ = process_launcher(folder_);
  }

  ExitCode run() {
    const StopRequest stop;
    take_up_running();
    bool news = true;  // since the store was read; thousands of settings are not read while waiting
    while (!stop.made()) {
      if (news) {
        propose_settings();
        if (launch()) continue;  // results are there at once: more may be proposed
        if (launcher_->running() == 0 && orphans_.empty() && waiting().empty()) break;
        show_progress();
      }
      const std::vector<TrialKey> gone = launcher_->ended();
      for (const TrialKey& key : gone) ended(key, false);
      news = collect_orphans() || !gone.empty();
    }
    console_.clear_progress();
    const bool stopped = stop.made() && !is_complete();
    if (stopped) stop_workers();
    store_->set_fact(fact::kSeconds, fmt::format("{}", seconds()));
    summarize(stopped);
    return stopped ? ExitCode::Stopped : ExitCode::Ok;
  }

 private:
  // ---- beginning

  void begin() {
    const auto text = store_->fact(fact::kText);
    if (text && *text != sweep_.text) {
      throw Error(ExitCode::Config,
                  fmt::format("'{}' was edited since the sweep began; give it another name, or "
                              "remove '{}'",
                              printable(sweep_.path), printable(folder_.path)));
    }
    jobs_ = options_.jobs.value_or(sweep_.jobs);
    // how many results a proposal does without is part of what is proposed
    if (const auto first = store_->fact(fact::kJobs)) {
      window_ = std::stoll(*first);
    } else {
      window_ = jobs_;
    }
    maker_.emplace(sweep_, runs(), window_);
    search_ = make_search(sweep_.search, sweep_.space(), sweep_.best.size(), sweep_.seed);
    if (!text) {
      check_sweep(sweep_, *maker_, jobs_);
      store_->set_fact(fact::kFile, fs::absolute(sweep_.path).lexically_normal().string());
      store_->set_fact(fact::kRuns, runs());
      store_->set_fact(fact::kJobs, std::to_string(window_));
      store_->set_fact(fact::kText, sweep_.text);
    }
    store_->set_fact(fact::kReuse, options_.reuse ? "1" : "0");
    limit_settings();
    seconds_before_ = std::stod(store_->fact(fact::kSeconds).value_or("0"));
    if (options_.retry_failed) retry_failed();
  }

  std::string runs() const { return fs::absolute(options_.runs).lexically_normal().string(); }

  void limit_settings() {
    if (const auto size = search_->size()) most_ = *size;
    if (sweep_.trials) most_ = std::min(most_.value_or(*sweep_.trials), *sweep_.trials);
    if (const auto asked = store_->fact(fact::kTrials)) most_ = std::stoll(*asked);
    if (options_.add == 0) return;
    most_ = most_.value_or(std::ssize(store_->settings())) + options_.add;
    if (const auto size = search_->size()) most_ = std::min(*most_, *size);
    store_->set_fact(fact::kTrials, std::to_string(*most_));
  }

  void retry_failed() {
    for (Trial trial : store_->trials()) {
      if (trial.state != Trial::State::Failed) continue;
      trial.state = Trial::State::Waiting;
      trial.message.clear();
      trial.deaths = 0;
      store_->update(trial);
    }
  }

  /// Trials that an earlier process of this sweep had running: their workers may live on.
  void take_up_running() {
    for (const Trial& trial : store_->trials()) {
      if (trial.state == Trial::State::Running) orphans_.insert(trial.key);
    }
    collect_orphans();
    if (!orphans_.empty())
      console_.line(fmt::format("waiting for {} of an earlier process",
                                counted_text(std::ssize(orphans_), "worker")));
  }

  /// Whether any ended.
  bool collect_orphans() {
    const std::size_t before = orphans_.size();
    for (auto it = orphans_.begin(); it != orphans_.end();) {
      if (RunLock::is_held(folder_.trial(*it))) {
        ++it;
      } else {
        ended(*it, true);
        it = orphans_.erase(it);
      }
    }
    return orphans_.size() < before;
  }

  // ---- settings and trials

  bool is_out_of_time() const { return sweep_.seconds && seconds() >= *sweep_.seconds; }

  /// Setting k is proposed from the results of settings 0 .. k - window, and waits for them.
  void propose_settings() {
    while (!exhausted_ && !is_out_of_time()) {
      const std::vector<SettingResult> results = results_of(sweep_, *store_);
      const std::int64_t number = std::ssize(results);
      if (most_ && number >= *most_) return;
      const auto open = std::ranges::count_if(
          results, [](const SettingResult& result) { return !result.is_final(); });
      if (open >= std::max(window_, jobs_)) return;
      const std::int64_t known = std::max<std::int64_t>(0, number - window_ + 1);
      const auto begin = results.begin();
      if (search_->learns() &&
          !std::all_of(begin, begin + known, [](const SettingResult& r) { return r.is_final(); }))
        return;
      std::vector<Tried> seen;
      std::vector<Point> pending;
      for (std::int64_t i = 0; i < number; ++i) {
        const SettingResult& result = results[static_cast<std::size_t>(i)];
        if (i < known) {
          seen.push_back(tried(sweep_, result));
        } else {
          pending.push_back(result.point);
        }
      }
      const auto point = search_->propose(number, seen, pending);
      if (!point) {
        exhausted_ = true;
        return;
      }
      store_->add_setting(*point, maker_->trials(number, *point));
    }
  }

  std::vector<Trial> waiting() const {
    std::vector<Trial> found;
    for (Trial& trial : store_->trials()) {
      if (trial.state == Trial::State::Waiting) found.push_back(std::move(trial));
    }
    return found;
  }

  /// Starts workers while there is room. Whether some trial ended without one.
  bool launch() {
    bool taken_over = false;
    for (Trial& trial : waiting()) {
      if (std::ssize(orphans_) + static_cast<std::int64_t>(launcher_->running()) >= jobs_) break;
      if (take_over_twin(trial)) {
        taken_over = true;
        continue;
      }
      trial.state = Trial::State::Running;
      store_->update(trial);
      launcher_->start(trial.key);
    }
    return taken_over;
  }

  /// The same experiment with the same seed is trained once.
  bool take_over_twin(Trial& trial) {
    for (const Trial& other : store_->trials()) {
      if (other.key == trial.key || other.id != trial.id || !other.is_final()) continue;
      const TrialKey key = trial.key;
      trial = other;
      trial.key = key;
      store_->update(trial);
      tell(trial);
      return true;
    }
    return false;
  }

  /// A worker is gone: its trial is finished, or goes on with another.
  void ended(const TrialKey& key, bool orphan) {
    Trial trial = store_->trial(key);
    if (trial.is_final()) return tell(trial);
    if (trial.state == Trial::State::Waiting) return;
    std::int64_t steps = 0;
    if (!trial.run.empty()) {
      const NewestCheckpoint newest = newest_checkpoint(RunDirectory{trial.run}.checkpoints());
      if (newest.checkpoint) steps = newest.checkpoint->step();
    }
    trial.deaths = steps > trial.steps || orphan ? 0 : trial.deaths + 1;
    trial.steps = std::max(trial.steps, steps);
    trial.state = Trial::State::Waiting;
    if (trial.deaths >= kMostDeaths) {
      trial.state = Trial::State::Failed;
      trial.message = fmt::format("its worker ended {} times in a row without coming further: {}",
                                  trial.deaths, last_words(key));
      tell(trial);
    }
    store_->update(trial);
  }

  std::string last_words(const TrialKey& key) const {
    std::ifstream file(folder_.output(key));
    std::string last;
    for (std::string line; std::getline(file, line);) {
      if (!line.empty()) last = line;
    }
    return last.empty() ? "see '" + folder_.output(key) + "'" : last;
  }

  // ---- words

  double seconds() const {
    const std::chrono::duration<double> here = std::chrono::steady_clock::now() - began_;
    return seconds_before_ + here.count();
  }

  bool is_complete() const {
    return waiting().empty() && launcher_->running() == 0 && orphans_.empty();
  }

  void tell(const Trial& trial) {
    console_.clear_progress();
    const std::vector<Point> points = store_->settings();
    std::string text =
        fmt::format("{}.{}  {}  {}", trial.key.setting, trial.key.repeat, to_text(trial.state),
                    point_text(sweep_, points[static_cast<std::size_t>(trial.key.setting)]));
    for (const Objective& objective : sweep_.best) {
      const auto it =
          std::ranges::find(trial.measures, objective.measure, &Measures::value_type::first);
      if (it != trial.measures.end())
        text += fmt::format("  {} {:.4g}", objective.measure, it->second);
    }
    if (!trial.message.empty()) text += "  " + trial.message;
    console_.line(text);
  }

  void show_progress() {
    if (!console_.is_terminal()) return;
    const auto trials = store_->trials();
    const auto ended = std::ranges::count_if(trials, [](const Trial& t) { return t.is_final(); });
    console_.progress(fmt::format("{} of {} trials, {} running", ended,
                                  most_ ? std::to_string(*most_ * sweep_.repeat) : "many",
                                  launcher_->running() + orphans_.size()));
  }

  void stop_workers() {
    launcher_->stop_all();
    while (launcher_->running() > 0) {
      for (const TrialKey& key : launcher_->ended()) {
        Trial trial = store_->trial(key);
        if (trial.is_final()) {
          tell(trial);
          continue;
        }
        trial.state = Trial::State::Waiting;
        store_->update(trial);
      }
    }
  }

  /// Its path; "" where it could not be written: the results are kept without it.
  std::string write_page(const std::vector<SettingResult>& results) {
    std::string path = folder_.path + "/index.html";
    try {
      write_sweep_page(path, sweep_, results);
      return path;
    } catch (const Error& failure) {
      console_.complain(fmt::format("warning: no page of the sweep: {}", failure.what()));
      return "";
    }
  }

  void summarize(bool stopped) {
    const std::vector<SettingResult> results = results_of(sweep_, *store_);
    std::vector<std::size_t> best = ranked(sweep_, results);
    const auto failed = std::ranges::count_if(results, [](const SettingResult& result) {
      return std::ranges::any_of(result.trials,
                                 [](const Trial& t) { return t.state == Trial::State::Failed; });
    });
    const std::string time = duration_text(seconds());
    const std::string page = write_page(results);
    console_.line();
    console_.line(fmt::format("{}{} in {}{}{}", stopped ? "stopped after " : "done: ",
                              counted_text(std::ssize(results), "setting"), time,
                              failed == 0 ? "" : fmt::format(", {} with a failed trial", failed),
                              page.empty() ? "" : "; page: " + page));
    if (best.size() > kShown && sweep_.best.size() == 1) best.resize(kShown);
    console_.line(results_table(sweep_, results, best));
    const std::string importance = importance_text(sweep_, results);
    if (!importance.empty()) console_.line("\n" + importance);
  }

  const SweepFile& sweep_;
  const SweepOptions& options_;
  Console& console_;
  SweepFolder folder_;
  std::optional<RunLock> held_;
  std::unique_ptr<SweepStore> store_;
  std::optional<TrialMaker> maker_;
  std::unique_ptr<Search> search_;
  std::unique_ptr<Launcher> launcher_;
  std::set<TrialKey> orphans_;
  std::int64_t jobs_ = 1, window_ = 1;
  std::optional<std::int64_t> most_;  // settings in all
  bool exhausted_ = false;
  double seconds_before_ = 0;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

ExitCode run_sweep(const SweepFile& sweep, const SweepOptions& options, Console& console) {
  return Sweep(sweep, options, console).run();
}

void stop_sweep(const SweepFolder& folder) {
  const RunDirectory held{folder.path};
  pid_t pid = 0;
  std::ifstream file(folder.path + "/.held");
  std::string word;
  if (RunLock::is_held(held) && file >> word >> pid && pid > 0) {
    kill(pid, SIGTERM);
    return;
  }
  throw Error(ExitCode::NoInput,
              fmt::format("no process runs the sweep '{}'", printable(folder.path)));
}

}  // namespace agon
