#include <memory>

#include "engine/base/text.h"
#include "ops/ops.h"
#include "runners/bench/explain_report.h"
#include "runners/bench/training_bench.h"
#include "runners/commands/command.h"
#include "runners/training/device_use.h"

namespace agon {

namespace {
constexpr double kTimedSeconds = 1;

struct Arguments {
  ConfigArguments config;
  std::string stage;
  bool time = false, all = false;
};

std::string suffix(const std::string& name) {
  return name.empty() ? "" : "." + name;
}

void show(const ExplainReport& report, Console& console) {
  console.line(report.text());
  console.line();
}

void explain_training(const Plan& plan, const CompiledPlan& compiled, const StepTimes& times,
                      Console& console) {
  for (std::size_t p = 0; p < compiled.training.size(); ++p) {
    const DrawGraph& draw = plan.training.programs[p];
    ExplainReport report{draw.title(), *compiled.training[p], count_nodes(*draw.graph)};
    if (!times.instructions.empty()) report.microseconds = times.instructions[p];
    show(report, console);
  }
}

void show_placement(const Backend& backend, Console& console) {
  const Placement& placement = backend.device().placement;
  if (!placement.uses(Device::Gpu)) return;
  console.line("computed: " + placement_text(placement));
  if (placement.tf32) console.line("precision: " + tf32_text(placement));
  console.line();
}

void explain_rest(const Plan& plan, Backend& backend, Console& console) {
  const CompiledPlan samples = compile_samples(plan, backend);
  for (std::size_t i = 0; i < plan.samples.size(); ++i) {
    show({"sample" + suffix(plan.samples[i].name), *samples.samples[i],
          count_nodes(*plan.samples[i].graph)},
         console);
  }
  const CompiledPlan evaluations = compile_evaluations(plan, backend);
  for (std::size_t i = 0; i < plan.evaluations.size(); ++i) {
    show({"evaluate" + suffix(plan.evaluations[i].name), *evaluations.evaluations[i].full,
          count_nodes(*plan.evaluations[i].graph)},
         console);
  }
}

ExitCode explain(const Arguments& arguments, Console& console) {
  const Experiment experiment = read_config(arguments.config);
  OpRegistry ops;
  register_all_ops(ops);
  const std::vector<Plan> plans = build_plans(experiment, ops);
  const std::size_t stage = chosen_stage(arguments.stage, plans);
  const Plan& plan = plans[stage];
  if (arguments.time) {
    TrainingBench bench(*stages_of(experiment)[stage], plan);
    show_placement(bench.backend(), console);
    explain_training(plan, bench.compiled(), time_instructions(bench, kTimedSeconds), console);
    if (arguments.all) explain_rest(plan, bench.backend(), console);
    return ExitCode::Ok;
  }
  Backend backend(experiment, plans, experiment.lanes.value_or(Lanes::automatic()),
                  Absent::Planned);
  show_warnings(device_warnings(experiment, backend), console);
  show_placement(backend, console);
  explain_training(plan, compile_training(plan, backend), {}, console);
  if (arguments.all) explain_rest(plan, backend, console);
  return ExitCode::Ok;
}
}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("explain");
  add_config(*command, arguments->config);
  add_stage(*command, arguments->stage);
  command->add_flag("--time", arguments->time, "runs some steps and shows the time of each");
  command->add_flag("--all", arguments->all, "the graphs of sampling and evaluation too");
  command->callback(
      [=, &action] { action = [=](Console& console) { return explain(*arguments, console); }; });
}

}  // namespace agon
