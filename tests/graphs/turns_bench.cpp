#include "tests/graphs/turns_bench.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/runtime/executor.h"
#include "ops/ops.h"
#include "ops/random/random.h"
#include "tests/graphs/drawn_facts.h"

namespace agon {

const OpRegistry& all_ops() {
  static const OpRegistry* const kOps = [] {
    auto* ops = new OpRegistry;
    register_all_ops(*ops);
    return ops;
  }();
  return *kOps;
}

Plan plan_of(const std::string& text, const std::vector<std::string>& set, const Drawing* drawing) {
  auto plans = build_plans(
      read_experiment_text(text, "t.yaml", ".", {.set = set, .quick = false}, drawn_facts),
      all_ops(), drawing);
  return std::move(plans.front());
}

std::string warnings_of(const Plan& plan) {
  std::string text;
  for (const Diagnostic& d : plan.warnings) text += to_text(d) + "\n";
  return text;
}

NdArray numbers(const Shape& shape, std::vector<double> values, DType dtype) {
  NdArray array(Type{dtype, shape}, std::move(values));
  array.round_to_type();
  return array;
}

void take_updates(const Arrays& updates, Arrays& variables) {
  const std::string prefix = "update:";
  for (const auto& [name, array] : updates) {
    if (name.starts_with(prefix)) variables[name.substr(prefix.size())] = array;
  }
}

CarriedTraining::CarriedTraining(const Plan& plan, const Arrays& inputs) : plan_(plan) {
  take_updates(run_reference(*plan.training.initial, inputs, {}), variables_);
  if (plan.training.derived)
    take_updates(run_reference(*plan.training.derived, {}, variables_), variables_);
}

std::map<std::string, double> CarriedTraining::step(std::int64_t step, const Arrays& inputs) {
  std::map<std::string, double> logged;
  Arrays all = inputs;
  all["step"] = numbers({}, {static_cast<double>(step)}, DType::F64);
  const std::vector<int>& draws = plan_.training.draws_at(step);
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const DrawGraph& draw = plan_.training.programs[static_cast<std::size_t>(draws[i])];
    all["draw"] = numbers({}, {static_cast<double>(i)}, DType::F64);
    const Arrays results = run_reference(*draw.graph, all, variables_);
    for (const std::string& loss : draw.losses) logged[loss] = results.at("losses." + loss)[0];
    take_updates(results, variables_);
  }
  return logged;
}

namespace {
template <class Visit>
void for_each_live(const Graph& graph, Visit visit) {
  const auto live = graph.clone();
  live->remove_dead();
  for (const auto& node : live->nodes()) visit(*node);
}
}  // namespace

int forward_count(const Graph& graph, const std::string& op) {
  int count = 0;
  for_each_live(graph, [&](const Node& n) { count += n.is(op) && !n.is_gradient() ? 1 : 0; });
  return count;
}

int whole_count(const Graph& graph, const std::string& op) {
  int count = 0;
  for_each_live(graph, [&](const Node& n) { count += n.is(op) ? 1 : 0; });
  return count;
}

std::vector<std::string> streams_of(const Graph& graph) {
  std::vector<std::string> streams;
  for_each_live(graph, [&](const Node& n) {
    if (n.is("random_uniform") || n.is("random_normal"))
      streams.push_back(n.attrs_as<RandomAttrs>().stream);
  });
  std::sort(streams.begin(), streams.end());
  return streams;
}

}  // namespace agon
