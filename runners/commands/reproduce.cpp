#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "engine/base/text.h"
#include "engine/runtime/durable_file.h"
#include "ops/ops.h"
#include "runners/commands/command.h"
#include "runners/reproduce/recorded_run.h"
#include "runners/reproduce/verdict.h"
#include "runners/runs/lock.h"
#include "runners/runs/pinned.h"
#include "runners/terminal/text.h"
#include "runners/training/resumed_run.h"
#include "runners/training/stop_request.h"

namespace agon {

namespace fs = std::filesystem;

namespace {
struct Arguments {
  std::string what, steps;
  std::string runs = "runs";
  std::vector<std::string> set;
  bool record = false;
  bool json = false;
};

bool is_config(const std::string& what) {
  std::error_code failure;
  return fs::path(what).extension() == ".yaml" || fs::is_regular_file(what, failure);
}

/// configs/gan/mlp.yaml -> configs/gan/mlp.recorded.json.
std::string recording_path(const std::string& config) {
  return fs::path(config).replace_extension(".recorded.json").string();
}

std::int64_t steps_to(const Arguments& arguments, std::int64_t most) {
  const auto steps = whole_option("--steps", arguments.steps, 1).value_or(most);
  if (steps > most)
    throw UsageError(fmt::format("--steps expects at most {}, got {}", most, steps));
  return steps;
}

std::vector<Plan> plans_of(const Experiment& experiment) {
  static OpRegistry ops;
  static const bool registered = (register_all_ops(ops), true);
  static_cast<void>(registered);
  return build_plans(experiment, ops);
}

nlohmann::ordered_json to_json(const Verdict& verdict) {
  auto pinned = nlohmann::ordered_json::array();
  for (const PinnedDifference& difference : verdict.pinned) {
    pinned.push_back({{"item", difference.item},
                      {"expected", difference.expected},
                      {"found", difference.found}});
  }
  return {{"verdict", to_text(verdict.kind)},
          {"compared", verdict.compared},
          {"first_difference", verdict.first},
          {"instruction", verdict.where},
          {"pinned", std::move(pinned)}};
}

ExitCode tell(const std::string& what, const Verdict& verdict, std::int64_t steps, bool json,
              Console& console) {
  const bool different = verdict.kind == Verdict::Kind::Different;
  if (json) {
    console.line(to_json(verdict).dump(2));
    return different ? ExitCode::Data : ExitCode::Ok;
  }
  console.line(fmt::format("{}: {} ({} of {})", what, to_text(verdict.kind),
                           counted_text(static_cast<std::int64_t>(verdict.compared), "value"),
                           counted_text(steps, "step")));
  std::vector<std::vector<std::string>> rows;
  if (!verdict.first.empty()) rows.push_back({"first difference", verdict.first});
  if (!verdict.where.empty()) rows.push_back({"instruction", verdict.where});
  for (const PinnedDifference& difference : verdict.pinned)
    rows.push_back(
        {&difference == verdict.pinned.data() ? "otherwise here" : "", list_text({difference})});
  if (!rows.empty()) console.line(table_text(rows, {}, "  "));
  return different ? ExitCode::Data : ExitCode::Ok;
}

Experiment experiment_of(const Arguments& arguments, const std::vector<std::string>& recorded) {
  ConfigArguments config{.path = arguments.what, .runs = arguments.runs, .options = {}};
  config.options.set = recorded;
  config.options.set.insert(config.options.set.end(), arguments.set.begin(), arguments.set.end());
  return read_config(config);
}

ExitCode record_config(const Arguments& arguments, Console& console) {
  const Experiment experiment = experiment_of(arguments, {});
  const std::int64_t steps = steps_to(arguments, experiment.steps);
  const StopRequest stop;
  TrainingRecord recording =
      record(experiment, plans_of(experiment), experiment.lanes.value_or(Lanes::automatic()),
             usual_plan(experiment, steps), nullptr, [&] { return stop.made(); });
  recording.set = arguments.set;
  const std::string path = recording_path(arguments.what);
  DurableFile file(path);
  file.write(to_text(recording));
  file.commit();
  console.line(fmt::format("{}: {}", path, counted_text(steps, "step")));
  return ExitCode::Ok;
}

ExitCode reproduce_config(const Arguments& arguments, Console& console) {
  if (arguments.record) return record_config(arguments, console);
  const std::string path = recording_path(arguments.what);
  if (fs::exists(arguments.what) && !fs::exists(path)) {
    throw Error(ExitCode::NoInput,
                fmt::format("'{}' is missing; agon reproduce {} --record makes it", printable(path),
                            printable(arguments.what)));
  }
  const TrainingRecord recorded = fs::exists(path) ? read_recording(path) : TrainingRecord();
  const Experiment experiment = experiment_of(arguments, recorded.set);
  const std::int64_t steps = steps_to(arguments, recorded.last);
  const Means means = means_of(recorded.pinned);
  const StopRequest stop;
  const TrainingRecord rerun =
      record(experiment, plans_of(experiment), means, plan_of(recorded, steps), nullptr,
             [&] { return stop.made(); });
  return tell(arguments.what, compare(recorded, rerun), steps, arguments.json, console);
}

ExitCode reproduce_run(const Arguments& arguments, Console& console) {
  if (arguments.record) throw UsageError("--record expects CONFIG; a run is its own recording");
  if (!arguments.set.empty()) throw UsageError("--set expects CONFIG; a run is rerun as it was");
  const OpenedRun run = open_run(find_run(arguments.runs, arguments.what), {});
  const auto state = run_state(run.directory);
  const std::vector<Plan> plans = plans_of(run.experiment);
  const std::optional<Checkpoint> from = beginning_of(run);
  const std::int64_t steps = steps_to(arguments, state ? state->step : 0);
  const TrainingRecord recorded = recording_of(run, plans, steps);
  if (recorded.last < steps && !arguments.json) {
    console.line(
        fmt::format("compared up to step {}, after which the run went back to an earlier "
                    "state",
                    thousands_text(recorded.last)));
  }
  const StopRequest stop;
  const TrainingRecord rerun = record(run.experiment, plans, run.means, plan_of(recorded, steps),
                                      from ? &*from : nullptr, [&] { return stop.made(); });
  return tell(run.directory.path, compare(recorded, rerun), recorded.last, arguments.json, console);
}

ExitCode reproduce(const Arguments& arguments, Console& console) {
  if (arguments.what.empty()) throw UsageError("RUN or CONFIG is missing");
  return is_config(arguments.what) ? reproduce_config(arguments, console)
                                   : reproduce_run(arguments, console);
}
}  // namespace

void add_reproduce(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("reproduce");
  command->add_option("RUN|CONFIG", arguments->what,
                      "a run, or an experiment file with a recording beside it");
  command->add_option("--steps", arguments->steps, "compares so many of the first steps (all)")
      ->type_name("N");
  command->add_flag("--record", arguments->record,
                    "trains CONFIG and writes CONFIG.recorded.json, to which a rerun is held");
  add_settings(*command, arguments->set, "changes any key of CONFIG, here and when it is recorded");
  command->add_flag("--json", arguments->json, "one JSON object");
  add_runs_folder(*command, arguments->runs);
  command->callback(
      [=, &action] { action = [=](Console& console) { return reproduce(*arguments, console); }; });
}

}  // namespace agon
