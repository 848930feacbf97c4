#include <memory>

#include "ops/ops.h"
#include "runners/commands/check_report.h"
#include "runners/commands/command.h"

namespace agon {

namespace {
struct Arguments {
  ConfigArguments config;
  std::string format = "text";
};

ExitCode check(const Arguments& arguments, Console& console) {
  if (arguments.format != "text" && arguments.format != "json")
    throw UsageError("--format expects text or json, got '" + shown(arguments.format) + "'");
  const Experiment experiment = read_config(arguments.config);
  OpRegistry ops;
  register_all_ops(ops);
  const Plan plan = build_plan(experiment, ops);
  Backend backend(experiment.lanes.value_or(Lanes::automatic()));
  const CompiledPlan compiled = compile_plan(plan, backend);
  const CheckReport report(experiment, plan, compiled);
  const auto warnings = merged(experiment.warnings, plan.warnings);
  if (arguments.format == "json") {
    console.line(report.json(warnings).dump(2));
  } else {
    console.line(report.text());
    show_warnings(warnings, console);
  }
  return ExitCode::Ok;
}
}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("check");
  add_config(*command, arguments->config);
  command->add_option("--format", arguments->format, "text or json")->type_name("WORD");
  command->callback(
      [=, &action] { action = [=](Console& console) { return check(*arguments, console); }; });
}

}  // namespace agon
