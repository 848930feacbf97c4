#include <fmt/format.h>

#include <memory>

#include "engine/base/text.h"
#include "runners/commands/command.h"
#include "runners/terminal/text.h"
#include "runners/training/restored.h"

namespace agon {

namespace {
struct Arguments {
  std::string run, step;
  std::string runs = "runs";
  std::vector<std::string> set;
  bool json = false;
};

ExitCode evaluate(const Arguments& arguments, Console& console) {
  if (arguments.run.empty()) throw UsageError("RUN is missing");
  const auto step = whole_option("--step", arguments.step, 0);
  const RestoredRun run(find_run(arguments.runs, arguments.run), arguments.set, step,
                        Look::Evaluate, console);
  if (run.evaluations().empty())
    throw Error(ExitCode::Config, "the experiment has no evaluate: section");
  Measures all;
  for (const auto& evaluation : run.evaluations()) {
    const Measures found = evaluation->run();
    all.insert(all.end(), found.begin(), found.end());
  }
  if (arguments.json) {
    console.line(metrics_line(run.step(), all));
    return ExitCode::Ok;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : all) rows.push_back({name, figure_text(value)});
  console.line(fmt::format("{} at step {}", run.directory().path, thousands_text(run.step())));
  console.line(table_text(rows, {1}, "  "));
  return ExitCode::Ok;
}
}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("evaluate");
  command->add_option("RUN", arguments->run, "a run's directory, its name (newest) or name/number");
  command->add_option("--step", arguments->step, "checkpoint to measure (the newest)")
      ->type_name("N");
  add_settings(*command, arguments->set);
  command->add_flag("--json", arguments->json, "one JSON object");
  add_runs_folder(*command, arguments->runs);
  command->callback(
      [=, &action] { action = [=](Console& console) { return evaluate(*arguments, console); }; });
}

}  // namespace agon
