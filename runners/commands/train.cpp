#include <fmt/format.h>

#include <memory>

#include "ops/ops.h"
#include "runners/commands/command.h"
#include "runners/training/training_run.h"
#include "runners/training/weights.h"

namespace agon {

namespace {
struct Arguments {
  ConfigArguments config;
  std::string name;
  bool profile = false;
};

ExitCode train(Arguments arguments, Console& console) {
  if (!arguments.name.empty()) {
    if (!is_run_name(arguments.name)) {
      throw UsageError(fmt::format(
          "--name expects 1 to 64 of A-Z a-z 0-9 _ . -, beginning with neither . nor -, got '{}'",
          shown(arguments.name)));
    }
    arguments.config.options.set.push_back("name='" + arguments.name + "'");
  }
  const Experiment experiment = read_config(arguments.config);
  OpRegistry ops;
  register_all_ops(ops);
  const std::vector<Plan> plans = build_plans(experiment, ops);
  check_weights(experiment, plans);
  show_warnings(merged(experiment.warnings, plans[0].warnings), console);
  return TrainingRun(experiment, plans, arguments.config.runs, console, arguments.profile).run();
}
}  // namespace

void add_train(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("train");
  add_config(*command, arguments->config);
  command->add_option("--name", arguments->name, "name of the run instead of the file's")
      ->type_name("NAME");
  command->add_flag(
      "--profile", arguments->profile,
      "writes the times of some steps to profile.json, for chrome://tracing or Perfetto");
  command->callback(
      [=, &action] { action = [=](Console& console) { return train(*arguments, console); }; });
}

}  // namespace agon
