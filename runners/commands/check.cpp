#include <memory>

#include "ops/ops.h"
#include "runners/commands/check_report.h"
#include "runners/commands/command.h"
#include "runners/commands/report_json.h"
#include "runners/data/input_error.h"
#include "runners/sweep/trial_maker.h"
#include "runners/training/made_ready.h"
#include "runners/training/weights.h"

namespace agon {

namespace {
struct Arguments {
  ConfigArguments config;
  std::string format = "text";
};

/// Everything is read and built that a sweep would find wrong before its first trial.
ExitCode report_sweep(const Arguments& arguments, Console& console) {
  const ReadOptions& options = arguments.config.options;
  if (!options.set.empty() || options.quick)
    throw UsageError("a sweep takes neither --set nor --quick");
  const SweepFile sweep = read_sweep_file(arguments.config.path);
  const TrialMaker maker(sweep, arguments.config.runs, sweep.jobs);
  check_sweep(sweep, maker, sweep.jobs);
  if (arguments.format == "json") {
    console.line(nlohmann::ordered_json{{"valid", true}, {"name", sweep.name}}.dump(2));
  } else {
    console.line(sweep_text(sweep));
  }
  return ExitCode::Ok;
}

ExitCode report(const Arguments& arguments, Console& console) {
  if (is_sweep_file(arguments.config.path)) return report_sweep(arguments, console);
  const Experiment experiment = read_config(arguments.config);
  OpRegistry ops;
  register_all_ops(ops);
  const std::vector<Plan> plans = build_plans(experiment, ops);
  check_weights(experiment, plans);
  const MadeReady ready =
      made_ready(experiment, plans, experiment.lanes.value_or(Lanes::automatic()), Absent::Planned);
  const Backend& backend = *ready.backend;
  std::vector<CheckReport> reports;
  for (std::size_t i = 0; i < plans.size(); ++i)
    reports.emplace_back(*stages_of(experiment)[i], plans[i], ready.compiled[i], backend);
  auto warnings = merged(experiment.warnings, plans[0].warnings);
  for (Diagnostic& warning : device_warnings(experiment, backend))
    warnings.push_back(std::move(warning));
  if (arguments.format == "json") {
    console.line(check_json(experiment, reports, warnings).dump(2));
  } else {
    console.line(check_text(experiment, reports));
    show_warnings(warnings, console);
  }
  return ExitCode::Ok;
}

/// What is wrong is part of the JSON, so that programs read one thing.
ExitCode report_all(const Arguments& arguments, Console& console) {
  std::vector<Diagnostic> found;
  ExitCode code = ExitCode::Ok;
  try {
    return report(arguments, console);
  } catch (const UsageError&) {
    throw;
  } catch (const ConfigError& failure) {
    found = failure.diagnostics();
    code = failure.code();
  } catch (const InputError& failure) {
    found = failure.diagnostics();
    code = failure.code();
  } catch (const Error& failure) {
    found = {{Severity::Error, Origin{arguments.config.path, 0, 0, ""}, failure.what()}};
    code = failure.code();
  }
  const nlohmann::ordered_json refused = {{"valid", false},
                                          {"diagnostics", diagnostics_json(found)}};
  console.line(refused.dump(2));
  return code;
}

ExitCode check(const Arguments& arguments, Console& console) {
  if (arguments.format != "text" && arguments.format != "json")
    throw UsageError("--format expects text or json, got '" + shown(arguments.format) + "'");
  return arguments.format == "json" ? report_all(arguments, console) : report(arguments, console);
}
}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  arguments->config.options.runs_may_be_missing = true;
  CLI::App* command = app.add_subcommand("check");
  add_config(*command, arguments->config);
  command->add_option("--format", arguments->format, "text or json")->type_name("WORD");
  command->callback(
      [=, &action] { action = [=](Console& console) { return check(*arguments, console); }; });
}

}  // namespace agon
