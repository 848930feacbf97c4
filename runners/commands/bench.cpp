#include <memory>

#include "ops/ops.h"
#include "runners/bench/bench_report.h"
#include "runners/bench/process.h"
#include "runners/commands/command.h"

namespace agon {

namespace {
struct Arguments {
  ConfigArguments config;
  std::string steps, stage;
  bool json = false;
};

ExitCode bench(const Arguments& arguments, Console& console) {
  const auto steps = whole_option("--steps", arguments.steps, 1);
  const Experiment experiment = read_config(arguments.config);
  OpRegistry ops;
  register_all_ops(ops);
  const std::vector<Plan> plans = build_plans(experiment, ops);
  const std::size_t stage = chosen_stage(arguments.stage, plans);
  const Experiment& of_stage = *stages_of(experiment)[stage];
  const Plan& plan = plans[stage];
  TrainingBench bench(of_stage, plan);
  bench.trainer().step();

  const BenchReport report =
      measured_report(bench, of_stage, plan, seconds_since_process_start(), {steps.value_or(0)});
  console.line(arguments.json ? report.json().dump(2) : report.text());
  return ExitCode::Ok;
}
}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("bench");
  add_config(*command, arguments->config);
  command->add_option("--steps", arguments->steps, "steps in a repeat (some 0.7 s of them)")
      ->type_name("N");
  add_stage(*command, arguments->stage);
  command->add_flag("--json", arguments->json, "one JSON object");
  command->callback(
      [=, &action] { action = [=](Console& console) { return bench(*arguments, console); }; });
}

}  // namespace agon
