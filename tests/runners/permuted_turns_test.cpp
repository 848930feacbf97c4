#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "engine/base/philox.h"
#include "engine/plan/compile.h"
#include "engine/plan/tolerance.h"
#include "engine/runtime/executor.h"
#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "tests/runners/quick_training.h"

/// Experiments made up at random, their turns in any order: what runs in place, its instructions
/// permuted, agrees with the judge, which never writes in place.
namespace agon {
namespace {

constexpr int kBatch = 6;
constexpr int kSteps = 3;

/// Small experiments on points: a few networks that call one another under `step:` and in losses,
/// each updated by at least one optimizer, in a random order of turns.
class Invented {
 public:
  explicit Invented(std::uint64_t seed) : random_(1, "permuted turns", seed) {}

  std::string text() {
    networks_ = 2 + below(2);
    std::string text = "agon: 1\nname: t\ndata: {source: rings}\nnetworks:\n";
    for (int i = 0; i < networks_; ++i) text += network(i);
    text += "step:\n  x: data.point\n  z: normal([batch, 2])\n";
    for (int i = 0; i < 3; ++i) {
      text += fmt::format("  s{}: {}\n", i, value());
      ++step_values_;
    }
    text += "losses:\n";
    optimizers_ = networks_ + below(2);
    for (int i = 0; i < optimizers_; ++i) text += loss(i);
    text += "optimizers:\n";
    for (int i = 0; i < optimizers_; ++i) text += optimizer(i);
    return text +
           fmt::format("train: {{steps: {}, batch: {}, order: [{}]}}\n", kSteps, kBatch, order());
  }

 private:
  int below(int n) { return static_cast<int>(random_.below(static_cast<std::uint32_t>(n))); }
  bool maybe() { return below(2) == 0; }

  /// Smooth functions only: at a kink the two sides would not have to agree.
  std::string network(int i) {
    static const char* const kActivations[] = {"tanh", "softplus", "silu", "sigmoid"};
    std::string layers = fmt::format("{{dense: {}}}", 2 + below(4));
    if (below(3) > 0) layers += ", {batch_norm: {momentum: 0.3}}";
    layers += fmt::format(", {}", kActivations[below(4)]);
    if (below(3) == 0) layers += ", {dropout: 0.25}";
    return fmt::format("  n{}: {{input: {{v: [2]}}, {}layers: [{}, {{dense: 2}}]}}\n", i,
                       maybe() ? "average: 0.3, " : "", layers);
  }

  std::string value() {
    const int choice = below(3 + step_values_);
    std::string inner = choice == 0 ? "x" : choice == 1 ? "z" : choice == 2 ? "(x + z)" : "";
    if (inner.empty()) inner = fmt::format("s{}", choice - 3);
    return call(below(networks_), inner);
  }

  std::string call(int network, const std::string& argument) {
    static const char* const kModes[] = {"", "", "", ".infer"};
    return fmt::format("n{}{}({})", network, kModes[below(4)], argument);
  }

  std::string loss(int i) {
    // the optimizer's own network is always among those called
    const std::string own = call(i % networks_, maybe() ? "x" : fmt::format("s{}", below(3)));
    std::string text = fmt::format("  l{}: mse({}, {})", i, own, maybe() ? "x" : value());
    if (maybe()) text += fmt::format(" + 0.5 * mean({} * {})", value(), value());
    if (maybe()) text += fmt::format(" - 0.25 * mean(s{})", below(3));
    return text + "\n";
  }

  /// The eps are large, so that steps are smooth in the gradient where it is nearly 0.
  std::string optimizer(int i) {
    static const char* const kRules[] = {"sgd: {lr: 0.05}",
                                         "momentum: {lr: 0.05, momentum: 0.5}",
                                         "nesterov: {lr: 0.05}",
                                         "rmsprop: {lr: 0.02, eps: 0.1}",
                                         "adam: {lr: 0.05, eps: 0.1}",
                                         "adamw: {lr: 0.05 * (1 - progress), eps: 0.1}"};
    static const char* const kMore[] = {"", "", ", clip_norm: 0.5", ", keep: [-0.6, 0.6]",
                                        ", weight_decay: 0.1"};
    std::string update = fmt::format("n{}", i % networks_);
    const int also = below(networks_);
    if (below(3) == 0 && also != i % networks_) update = fmt::format("[{}, n{}]", update, also);
    return fmt::format("  o{}: {{minimize: l{}, update: {}, {}{}}}\n", i, i, update,
                       kRules[below(6)], kMore[below(5)]);
  }

  std::string order() {
    std::vector<std::string> turns;
    for (int i = 0; i < optimizers_; ++i)
      turns.push_back(below(3) == 0 ? fmt::format("o{} * {}", i, 2 + below(2))
                                    : fmt::format("o{}", i));
    for (int i = below(3); i > 0; --i) turns.push_back(fmt::format("o{}", below(optimizers_)));
    for (std::size_t i = turns.size() - 1; i > 0; --i)
      std::swap(turns[i], turns[static_cast<std::size_t>(below(static_cast<int>(i) + 1))]);
    return fmt::format("{}", fmt::join(turns, ", "));
  }

  RandomStream random_;
  int networks_ = 0, optimizers_ = 0, step_values_ = 0;
};

NdArray batch_of(int step, int draw) {
  RandomStream random(2, "points", static_cast<std::uint64_t>(100 * step + draw));
  NdArray points(Type{DType::F32, {kBatch, 2}});
  for (double& v : points.values) v = random.uniform(-1, 1);
  points.round_to_type();
  return points;
}

void take_updates(const Arrays& results, Arrays& variables) {
  for (const auto& [name, array] : results) {
    if (name.starts_with("update:")) variables[name.substr(7)] = array;
  }
}

/// Variables after kSteps steps, every draw a pure function of those before.
Arrays judged(const Plan& plan) {
  Arrays variables = initial_variables(plan);
  for (int step = 0; step < kSteps; ++step) {
    for (std::size_t draw = 0; draw < plan.training.draws.size(); ++draw) {
      const auto program = static_cast<std::size_t>(plan.training.draws[draw]);
      const Type scalar{DType::F64, {}};
      const Arrays inputs = {{"step", {scalar, {static_cast<double>(step)}}},
                             {"draw", {scalar, {static_cast<double>(draw)}}},
                             {"data.point", batch_of(step, static_cast<int>(draw))}};
      take_updates(run_reference(*plan.training.programs[program].graph, inputs, variables),
                   variables);
    }
  }
  return variables;
}

/// The same with compiled programs over one set of variables.
std::unique_ptr<Variables> run_in_place(const Plan& plan, const KernelRegistry& kernels,
                                        const PlanOptions& options) {
  static Lanes lanes(2);
  auto variables = std::make_unique<Variables>();
  const Arrays initial = initial_variables(plan);
  for (const VariableDecl& decl : plan.training.variables)
    initial.at(decl.name).store(variables->add(decl.name, decl.type, decl.file).memory.data());
  double step_number = 0, draw_number = 0;
  Buffer points(sizeof(float) * kBatch * 2);
  std::vector<std::unique_ptr<const Program>> programs;
  std::vector<std::unique_ptr<Executor>> executors;
  for (const DrawGraph& draw : plan.training.programs) {
    lanes.run([&] { programs.push_back(compile(draw.graph->clone(), kernels, options)); });
    executors.push_back(std::make_unique<Executor>(*programs.back(), *variables, lanes));
    for (const Program::Port& port : programs.back()->inputs) {
      const void* memory = port.name == "step"   ? static_cast<const void*>(&step_number)
                           : port.name == "draw" ? static_cast<const void*>(&draw_number)
                                                 : points.data();
      executors.back()->bind_input(port.name, memory);
    }
  }
  for (int step = 0; step < kSteps; ++step) {
    for (std::size_t draw = 0; draw < plan.training.draws.size(); ++draw) {
      step_number = step;
      draw_number = static_cast<double>(draw);
      batch_of(step, static_cast<int>(draw)).store(points.data());
      executors[static_cast<std::size_t>(plan.training.draws[draw])]->run();
    }
  }
  return variables;
}

NdArray array_of(const Variables::Variable& v) {
  NdArray array(v.type);
  array.load(v.memory.data());
  return array;
}

/// Of all the programs of the steps one after another, for numbers of order 1; a weight read before
/// or after its turn is wrong by its step, a hundred times as much.
double run_tolerance(const Plan& plan, const KernelRegistry& kernels) {
  double squares = 0;
  Lanes lanes(2);
  for (const int program : plan.training.draws) {
    const Graph& graph = *plan.training.programs[static_cast<std::size_t>(program)].graph;
    std::unique_ptr<const Program> compiled;
    lanes.run([&] { compiled = compile(graph.clone(), kernels); });
    squares += kSteps * std::pow(relative_tolerance(*compiled, kernels), 2);
  }
  return std::sqrt(squares);
}

DataFacts ring_facts(const DataSpec&) {
  DataFacts facts;
  facts.points = true;
  facts.count = facts.test_count = 1000;
  return facts;
}

class PermutedTurns : public testing::TestWithParam<int> {};

TEST_P(PermutedTurns, AgreeWithTheJudge) {
  const std::string text = Invented(static_cast<std::uint64_t>(GetParam())).text();
  SCOPED_TRACE(text);
  const Experiment experiment = read_experiment_text(text, "t.yaml", ".", {}, ring_facts);
  const Plan plan = build_plan(experiment, all_ops());
  KernelRegistry kernels;
  register_all_kernels(kernels);
  const Arrays expected = judged(plan);
  const Arrays before = initial_variables(plan);
  const double allowed = run_tolerance(plan, kernels);

  const auto fast = run_in_place(plan, kernels, {});
  int moved = 0;
  for (const Variables::Variable& v : fast->all()) {
    const NdArray got = array_of(v);
    const NdArray& wanted = expected.at(v.name);
    for (std::int64_t i = 0; i < got.size(); ++i) {
      const double near = allowed * (1 + std::abs(wanted[i]));
      ASSERT_NEAR(got[i], wanted[i], near) << v.name << "[" << i << "]";
      if (std::abs(wanted[i] - before.at(v.name)[i]) > 10 * near) ++moved;
    }
  }
  EXPECT_GT(moved, 20);

  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto shuffled = run_in_place(plan, kernels, {.shuffle = seed});
    for (const Variables::Variable& v : fast->all()) {
      EXPECT_EQ(std::memcmp(v.memory.data(), shuffled->find(v.name)->memory.data(), v.type.bytes()),
                0)
          << v.name << " under shuffle " << seed;
    }
  }
}

/// With no kernels but the references the bits are the judge's, fused or not, in place or not.
TEST_P(PermutedTurns, AreExactWithReferences) {
  const std::string text = Invented(static_cast<std::uint64_t>(GetParam())).text();
  SCOPED_TRACE(text);
  const Experiment experiment = read_experiment_text(text, "t.yaml", ".", {}, ring_facts);
  const Plan plan = build_plan(experiment, all_ops());
  const Arrays expected = judged(plan);
  const KernelRegistry none;
  // simplify may round in another order
  const std::vector<std::string> disabled = {"simplify"};
  for (const PlanOptions& options :
       {PlanOptions{.disabled_passes = disabled},
        PlanOptions{.disabled_passes = disabled, .shuffle = 4}, PlanOptions{.reference = true}}) {
    const auto variables = run_in_place(plan, none, options);
    for (const Variables::Variable& v : variables->all())
      EXPECT_EQ(array_of(v).values, expected.at(v.name).values) << v.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PermutedTurns, testing::Range(0, 40));

}  // namespace
}  // namespace agon
