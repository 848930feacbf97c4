#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "engine/base/text.h"
#include "ops/ops.h"
#include "runners/commands/command.h"
#include "runners/training/saved.h"
#include "runners/training/training_run.h"
#include "runners/training/weights.h"

namespace agon {

namespace {
struct Arguments {
  ConfigArguments config;
  std::string name, from, step;
  bool profile = false;
};

/// Without CONFIG, the file of the run that this one goes on from.
Experiment experiment_of(const Arguments& arguments, const RunDirectory* parent) {
  if (parent == nullptr || !arguments.config.path.empty()) return read_config(arguments.config);
  if (arguments.config.options.quick) throw UsageError("--quick needs CONFIG");
  return open_run(*parent, arguments.config.options.set).experiment;
}

void check_step(const Experiment& experiment, const Checkpoint& state) {
  if (state.step() < experiment.steps) return;
  throw Error(ExitCode::Config,
              fmt::format("train.steps is {}, which counts from the first step on; '{}' is of step "
                          "{}",
                          experiment.steps, printable(state.folder().string()), state.step()));
}

ExitCode train(Arguments arguments, Console& console) {
  if (!arguments.name.empty()) {
    if (!is_run_name(arguments.name)) {
      throw UsageError(fmt::format(
          "--name expects 1 to 64 of A-Z a-z 0-9 _ . -, beginning with neither . nor -, got '{}'",
          shown(arguments.name)));
    }
    arguments.config.options.set.push_back("name='" + arguments.name + "'");
  }
  const auto step = whole_option("--step", arguments.step, 0);
  if (step && arguments.from.empty()) throw UsageError("--step needs --from");
  std::optional<RunDirectory> parent;
  if (!arguments.from.empty()) parent = find_run(arguments.config.runs, arguments.from);
  const Experiment experiment = experiment_of(arguments, parent ? &*parent : nullptr);
  OpRegistry ops;
  register_all_ops(ops);
  const std::vector<Plan> plans = build_plans(experiment, ops);
  TrainingOptions options;
  options.profile = arguments.profile;
  std::optional<Checkpoint> state;
  if (parent) {
    state = saved_state(*parent, step, console);
    check_step(experiment, *state);
    options.from = &*state;
    options.parent = std::filesystem::absolute(parent->path).string();
  } else {
    check_weights(experiment, plans);
  }
  show_warnings(merged(experiment.warnings, plans[0].warnings), console);
  return TrainingRun(experiment, plans, arguments.config.runs, console, options).run();
}
}  // namespace

void add_train(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("train");
  add_config(*command, arguments->config);
  command->add_option("--name", arguments->name, "name of the run instead of the file's")
      ->type_name("NAME");
  command
      ->add_option(
          "--from", arguments->from,
          "goes on from the newest checkpoint of another run, in a run of its own; without "
          "CONFIG with that run's file")
      ->type_name("RUN");
  command->add_option("--step", arguments->step, "with --from, the checkpoint of this step")
      ->type_name("N");
  command->add_flag(
      "--profile", arguments->profile,
      "writes the times of some steps to profile.json, for chrome://tracing or Perfetto");
  command->callback(
      [=, &action] { action = [=](Console& console) { return train(*arguments, console); }; });
}

}  // namespace agon
