#include <fmt/format.h>

#include <memory>

#include "engine/base/text.h"
#include "ops/ops.h"
#include "runners/commands/command.h"
#include "runners/terminal/text.h"
#include "runners/training/training_run.h"

namespace agon {

namespace {
struct Arguments {
  std::string run;
  std::string runs = "runs";
  std::vector<std::string> set;
};

ExitCode resume(const Arguments& arguments, Console& console) {
  if (arguments.run.empty()) throw UsageError("RUN is missing");
  const ResumedRun run =
      resumed_run(find_run(arguments.runs, arguments.run), arguments.set, console);
  const Experiment& experiment = run.opened.experiment;
  const std::string& path = run.opened.directory.path;
  if (run.step() > experiment.steps) {
    throw Error(ExitCode::Config,
                fmt::format("train.steps is {}, '{}' has done {}", experiment.steps,
                            printable(path), thousands_text(run.step())));
  }
  if (run.step() == experiment.steps) {
    remove_leftovers(run.opened.directory);
    console.line(fmt::format("{}  already complete at step {}", path, thousands_text(run.step())));
    return ExitCode::Ok;
  }
  OpRegistry ops;
  register_all_ops(ops);
  const std::vector<Plan> plans = build_plans(experiment, ops);
  return TrainingRun(run, plans, console).run();
}
}  // namespace

void add_resume(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("resume");
  command->add_option("RUN", arguments->run, "a run, by directory or name: name, name/number");
  add_settings(
      *command, arguments->set,
      "makes the training longer: --set train.steps=20000, or train.epochs; or changes device");
  add_runs_folder(*command, arguments->runs);
  command->callback(
      [=, &action] { action = [=](Console& console) { return resume(*arguments, console); }; });
}

}  // namespace agon
