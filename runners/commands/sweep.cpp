#include "runners/sweep/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "graphs/document/suggestion.h"
#include "runners/commands/command.h"
#include "runners/sweep/page/page_file.h"
#include "runners/sweep/worker.h"
#include "runners/terminal/text.h"

namespace agon {

namespace {
namespace fs = std::filesystem;

const std::vector<std::string> kViews = {"show", "best", "status"};

struct Arguments {
  std::string what, name, jobs, add, html;
  SweepOptions options;
  bool stop = false, json = false, csv = false;
};

/// A sweep by its name, its file or its folder.
SweepFolder named_sweep(const std::string& runs, const std::string& name) {
  if (name.ends_with(".yaml")) return sweep_folder(runs, read_sweep_file(name).name);
  std::error_code failure;  // a name may be too long for a path
  const SweepFolder folder =
      fs::is_directory(name, failure) ? SweepFolder{name} : sweep_folder(runs, name);
  if (fs::is_regular_file(folder.state(), failure)) return folder;
  std::vector<std::string> known;
  for (const auto& entry : fs::directory_iterator(runs, failure)) {
    if (entry.path().extension() == ".sweep") known.push_back(entry.path().stem().string());
  }
  throw Error(ExitCode::NoInput, fmt::format("no sweep '{}' in '{}'{}", shown(name),
                                             printable(runs), suggestion(name, known)));
}

void show(const SweepFile& sweep, const std::vector<SettingResult>& results,
          const Arguments& arguments, Console& console) {
  if (arguments.json) return console.line(results_json(sweep, results).dump(2));
  if (arguments.csv) return console.line(results_csv(sweep, results));
  if (!arguments.html.empty()) {
    write_sweep_page(arguments.html, sweep, results);
    return console.line(arguments.html);
  }
  std::vector<std::size_t> all(results.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  console.line(results_table(sweep, results, all));
  const std::string importance = importance_text(sweep, results);
  if (!importance.empty()) console.line("\n" + importance);
}

void show_best(const SweepFile& sweep, const std::vector<SettingResult>& results,
               const Arguments& arguments, Console& console) {
  std::vector<std::size_t> best = ranked(sweep, results);
  if (sweep.best.size() == 1 && best.size() > 1) best.resize(1);
  std::vector<SettingResult> chosen;
  for (const std::size_t i : best) chosen.push_back(results[i]);
  if (arguments.json) return console.line(results_json(sweep, chosen).dump(2));
  if (arguments.csv) return console.line(results_csv(sweep, chosen));
  if (best.empty()) return console.line("no setting is finished");
  console.line(results_table(sweep, results, best));
  for (const SettingResult& result : chosen) {
    std::string command = "agon train " + sweep.experiment;
    for (const std::string& setting : result.trials.front().set) {
      const bool plain = setting.find_first_of(" '\"{}[]$&|;<>()*?!`\\") == std::string::npos;
      command += " --set " + (plain ? setting : "\"" + setting + "\"");
    }
    console.line(
        fmt::format("\nsetting {}: {}\n  {}", result.number, result.trials.front().run, command));
  }
}

void show_status(const SweepFolder& folder, const std::vector<SettingResult>& results,
                 const Arguments& arguments, Console& console) {
  nlohmann::ordered_json counts = {{"settings", results.size()}};
  for (const auto state : {Trial::State::Waiting, Trial::State::Running, Trial::State::Done,
                           Trial::State::Failed, Trial::State::Stopped}) {
    std::size_t count = 0;
    for (const SettingResult& result : results)
      count += static_cast<std::size_t>(std::ranges::count(result.trials, state, &Trial::state));
    counts[to_text(state)] = count;
  }
  const bool held = RunLock::is_held(RunDirectory{folder.path});
  counts["held"] = held;
  if (arguments.json) return console.line(counts.dump(2));
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts.items()) {
    if (count.is_number() && name != "settings" && count != 0)
      parts.push_back(fmt::format("{} {}", count.get<std::size_t>(), name));
  }
  console.line(fmt::format("{}  {}: {}; {}", folder.path,
                           counted_text(std::ssize(results), "setting"), joined(parts),
                           held ? "a process runs it" : "no process runs it"));
}

ExitCode view(const Arguments& arguments, Console& console) {
  const SweepFolder folder = named_sweep(arguments.options.runs, arguments.name);
  const auto store = open_sqlite_store(folder.state());
  const SweepFile sweep = kept_sweep(*store);
  const auto results = results_of(sweep, *store);
  if (arguments.what == "show") show(sweep, results, arguments, console);
  if (arguments.what == "best") show_best(sweep, results, arguments, console);
  if (arguments.what == "status") show_status(folder, results, arguments, console);
  return ExitCode::Ok;
}

void check_html(const Arguments& arguments) {
  if (arguments.html.empty()) return;
  if (arguments.what != "show") throw UsageError("--html goes with show");
  if (arguments.json || arguments.csv)
    throw UsageError(
        fmt::format("--html and {} exclude each other", arguments.json ? "--json" : "--csv"));
}

ExitCode sweep(Arguments arguments, Console& console) {
  if (arguments.what.empty()) throw UsageError("FILE is missing");
  check_html(arguments);
  if (std::ranges::find(kViews, arguments.what) != kViews.end()) {
    if (arguments.name.empty()) throw UsageError("NAME of the sweep is missing");
    return view(arguments, console);
  }
  if (!arguments.name.empty())
    throw UsageError(fmt::format("'{}' is none of show, best, status{}", shown(arguments.what),
                                 suggestion(arguments.what, kViews)));
  if (arguments.stop) {
    stop_sweep(named_sweep(arguments.options.runs, arguments.what));
    return ExitCode::Ok;
  }
  const SweepFile file = read_sweep_file(arguments.what);
  arguments.options.jobs = whole_option("--jobs", arguments.jobs, 1);
  arguments.options.add = whole_option("--add", arguments.add, 1).value_or(0);
  return run_sweep(file, arguments.options, console);
}

struct TrialArguments {
  std::string folder, setting, repeat;
};

ExitCode trial(const TrialArguments& arguments, Console& console) {
  const auto setting = whole_option("SETTING", arguments.setting, 0);
  const auto repeat = whole_option("REPEAT", arguments.repeat, 0);
  if (!setting || !repeat) throw UsageError("FOLDER SETTING REPEAT expected");
  return run_trial(SweepFolder{arguments.folder}, {*setting, *repeat}, console);
}
}  // namespace

void add_sweep(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("sweep");
  command->add_option("FILE", arguments->what, "a sweep file; or show, best or status");
  command->add_option("NAME", arguments->name, "after these the sweep's name, file or folder");
  command->add_option("--jobs", arguments->jobs, "trials at once, instead of the file's jobs:")
      ->type_name("N");
  command->add_option("--add", arguments->add, "tries N settings more than asked for so far")
      ->type_name("N");
  command->add_flag("--retry-failed", arguments->options.retry_failed,
                    "trains trials that failed once more");
  command->add_flag("--reuse", arguments->options.reuse,
                    "takes whole runs of the same experiment in the runs folder for trials");
  command->add_flag("--stop", arguments->stop, "asks the process that runs the sweep to stop");
  command->add_flag("--json", arguments->json, "for programs");
  command->add_flag("--csv", arguments->csv, "a line for each trial");
  command->add_option("--html", arguments->html, "show: writes a page with graphics into a file")
      ->type_name("FILE");
  add_runs_folder(*command, arguments->options.runs);
  command->callback(
      [=, &action] { action = [=](Console& console) { return sweep(*arguments, console); }; });
}

void add_trial(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<TrialArguments>();
  CLI::App* command = app.add_subcommand("trial");
  command->add_option("FOLDER", arguments->folder, "of the sweep");
  command->add_option("SETTING", arguments->setting, "number of the setting");
  command->add_option("REPEAT", arguments->repeat, "which of its seeds, from 0");
  command->callback(
      [=, &action] { action = [=](Console& console) { return trial(*arguments, console); }; });
}

}  // namespace agon
