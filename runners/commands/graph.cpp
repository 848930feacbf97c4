#include <fmt/format.h>

#include <memory>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "runners/commands/command.h"
#include "runners/commands/dot.h"

namespace agon {

namespace {
struct Arguments {
  ConfigArguments config;
  std::string stage;
  bool initial = false, sample = false, evaluate = false, dot = false;
};

struct Titled {
  std::string title;
  const Graph* graph;
};

std::vector<Titled> chosen_graphs(const Plan& plan, const Arguments& arguments) {
  std::vector<Titled> graphs;
  if (arguments.initial) {
    graphs.push_back({"initial values", plan.training.initial.get()});
  } else if (arguments.sample) {
    for (const SampleGraph& spec : plan.samples)
      graphs.push_back({"sample" + (spec.name.empty() ? "" : "." + spec.name), spec.graph.get()});
  } else if (arguments.evaluate) {
    for (const EvaluateGraph& spec : plan.evaluations)
      graphs.push_back({"evaluate" + (spec.name.empty() ? "" : "." + spec.name), spec.graph.get()});
  } else {
    if (plan.training.derived)
      graphs.push_back({"computed once, before the first step", plan.training.derived.get()});
    for (const DrawGraph& draw : plan.training.programs)
      graphs.push_back({draw.title(), draw.graph.get()});
  }
  return graphs;
}

ExitCode graph(const Arguments& arguments, Console& console) {
  if (arguments.initial + arguments.sample + arguments.evaluate > 1)
    throw UsageError("--initial, --sample and --evaluate exclude each other");
  const Experiment experiment = read_config(arguments.config);
  OpRegistry ops;
  register_all_ops(ops);
  const std::vector<Plan> plans = build_plans(experiment, ops);
  const Plan& plan = plans[chosen_stage(arguments.stage, plans)];
  for (const Titled& titled : chosen_graphs(plan, arguments)) {
    console.line((arguments.dot ? "// " : "# ") + titled.title);
    console.line(arguments.dot ? dot_text(*titled.graph) : to_text(*titled.graph));
  }
  return ExitCode::Ok;
}
}  // namespace

void add_graph(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("graph");
  add_config(*command, arguments->config);
  add_stage(*command, arguments->stage);
  command->add_flag("--initial", arguments->initial, "the graph that makes first values");
  command->add_flag("--sample", arguments->sample, "the graphs of sample grids");
  command->add_flag("--evaluate", arguments->evaluate, "the graphs of evaluation");
  command->add_flag("--dot", arguments->dot, "for Graphviz");
  command->callback(
      [=, &action] { action = [=](Console& console) { return graph(*arguments, console); }; });
}

}  // namespace agon
