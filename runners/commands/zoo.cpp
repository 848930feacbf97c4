#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <set>

#include "engine/base/text.h"
#include "ops/ops.h"
#include "runners/commands/command.h"
#include "runners/data/input_error.h"
#include "runners/runs/read_with_data.h"
#include "runners/runs/run_state.h"
#include "runners/terminal/text.h"
#include "runners/training/stop_request.h"
#include "runners/zoo/zoo_page.h"

namespace agon {

namespace {
struct Arguments {
  std::string folder, seeds, minutes, skip;
  std::string out = "docs/zoo.md";
  std::string runs = "runs";
  bool quick = false;

  std::string text() const {
    std::string text = "agon zoo " + folder;
    for (const auto& [option, value] :
         {std::pair{" --skip ", skip}, {" --seeds ", seeds}, {" --minutes ", minutes}}) {
      if (!value.empty()) text += option + value;
    }
    return text + (quick ? " --quick" : "");
  }
};

std::vector<std::string> settings_of(std::int64_t seed) {
  return {fmt::format("seed={}", seed)};
}

Experiment read(const std::string& config, std::int64_t seed, const Arguments& arguments) {
  ReadOptions options{.set = settings_of(seed), .quick = arguments.quick};
  options.find_state = states_in(arguments.runs);
  return read_with_data(
      [&](const Inspect& inspect) { return read_experiment(config, options, inspect); });
}

/// Whether it is about one config or what that names, so that the others go on.
bool is_of_a_config(const Error& failure) {
  return dynamic_cast<const ConfigError*>(&failure) != nullptr ||
         dynamic_cast<const InputError*>(&failure) != nullptr;
}

/// What is missing, trained. A config that needs a run of another comes after it: one that cannot
/// be read now is read again when all others are done.
class Keeper {
 public:
  Keeper(const Arguments& arguments, Console& console)
      : arguments_(arguments),
        console_(console),
        seeds_(whole_option("--seeds", arguments.seeds, 1).value_or(1)),
        minutes_(static_cast<double>(whole_option("--minutes", arguments.minutes, 1).value_or(5))) {
  }

  ExitCode keep() {
    const StopRequest stop;
    const auto configs = zoo_configs(arguments_.folder, arguments_.skip);
    std::vector<std::string> put_off;
    for (const std::string& config : configs) {
      try {
        if (!train(config, stop)) return ExitCode::Stopped;
      } catch (const Error& e) {
        if (!is_of_a_config(e)) throw;
        put_off.push_back(config);
      }
    }
    for (const std::string& config : put_off) {
      try {
        if (!train(config, stop)) return ExitCode::Stopped;
      } catch (const Error& e) {
        if (!is_of_a_config(e)) throw;
        console_.complain(e.what());
        failed_.insert(config);
      }
    }
    std::vector<ZooEntry> entries;
    for (const std::string& config : configs) entries.push_back(entry(config));
    write_zoo_page(arguments_.out, arguments_.text(), entries);
    console_.line(fmt::format("{}: {}, {} trained now{}", arguments_.out,
                              counted_text(static_cast<std::int64_t>(configs.size()), "config"),
                              trained_,
                              failed_.empty() ? "" : fmt::format(", {} failed", failed_.size())));
    return failed_.empty() ? ExitCode::Ok : ExitCode::Data;
  }

 private:
  /// False when asked to stop.
  bool train(const std::string& config, const StopRequest& stop) {
    for (std::int64_t seed = 1; seed <= seeds_; ++seed) {
      const Experiment experiment = read(config, seed, arguments_);
      if (finished_run(arguments_.runs, experiment)) continue;
      console_.line(fmt::format("{} seed {}", config, seed));
      const Trained how = begin_or_go_on(config, seed, experiment);
      if (how == Trained::StoppedAtLimit)
        mark_stopped_at_limit(arguments_.runs, experiment, minutes_);
      if (how == Trained::Interrupted || stop.made()) return false;
      if (how == Trained::Failed) {
        failed_.insert(config);
      } else {
        ++trained_;
      }
    }
    return true;
  }

  Trained begin_or_go_on(const std::string& config, std::int64_t seed,
                         const Experiment& experiment) {
    if (const auto run = unfinished_run(arguments_.runs, experiment))
      return train_in_process({"resume", run->directory.path}, minutes_ - run->minutes);
    std::vector<std::string> words = {"train", config, "--runs", arguments_.runs};
    for (const std::string& setting : settings_of(seed))
      words.insert(words.end(), {"--set", setting});
    if (arguments_.quick) words.emplace_back("--quick");
    return train_in_process(words, minutes_);
  }

  ZooEntry entry(const std::string& config) {
    namespace fs = std::filesystem;
    ZooEntry entry;
    entry.config =
        fs::path(config).lexically_relative(arguments_.folder).replace_extension().string();
    try {
      for (std::int64_t seed = 1; seed <= seeds_; ++seed) {
        const Experiment experiment = read(config, seed, arguments_);
        entry.steps = experiment.steps;
        if (experiment.sections.paper) entry.paper = experiment.sections.paper->text;
        std::vector<std::string> sets;
        for (const DataSpec& spec : experiment.data) sets.push_back(spec.source);
        entry.set = joined(sets);
        if (auto run = finished_run(arguments_.runs, experiment))
          entry.runs.push_back(std::move(*run));
      }
    } catch (const Error& e) {
      if (!is_of_a_config(e)) throw;
      failed_.insert(config);  // said before
    }
    entry.failed = failed_.contains(config);
    return entry;
  }

  const Arguments& arguments_;
  Console& console_;
  std::int64_t seeds_;
  double minutes_;
  int trained_ = 0;
  std::set<std::string> failed_;  // configs of which some run failed
};

ExitCode zoo(const Arguments& arguments, Console& console) {
  if (arguments.folder.empty()) throw UsageError("FOLDER is missing");
  return Keeper(arguments, console).keep();
}
}  // namespace

void add_zoo(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("zoo");
  command->add_option("FOLDER", arguments->folder, "where the experiment files lie");
  command->add_option("--skip", arguments->skip, "a folder in FOLDER that is left out")
      ->type_name("NAME");
  command->add_option("--seeds", arguments->seeds, "runs of each, with seeds 1 to N (1)")
      ->type_name("N");
  command
      ->add_option("--minutes", arguments->minutes,
                   "limit of a run, which then counts as it is (5)")
      ->type_name("N");
  command->add_option("--out", arguments->out, "the page (docs/zoo.md)")->type_name("FILE");
  command->add_flag("--quick", arguments->quick, "applies each file's quick: section");
  add_runs_folder(*command, arguments->runs);
  command->callback(
      [=, &action] { action = [=](Console& console) { return zoo(*arguments, console); }; });
}

}  // namespace agon
