#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/passes/pipeline.h"
#include "ops/conv/winograd/winograd.h"
#include "tests/runners/judged_run.h"
#include "tests/shipped_configs.h"

/// A step of every shipped config in its quick size agrees with the judge's of what was written.
/// That is shown link by link: over a whole step a value that rounding carries over the kink of a
/// relu changes gradients by more than any tolerance for rounding.
namespace agon {
namespace {

std::string in_float64(std::string text) {
  for (std::size_t at = 0; (at = text.find("f32", at)) != std::string::npos;)
    text.replace(at, 3, "f64");
  return text;
}

Arrays in_float64(Arrays arrays) {
  for (auto& [name, array] : arrays) {
    if (array.type.dtype == DType::F32) array.type.dtype = DType::F64;
  }
  return arrays;
}

Arrays updates(const Graph& graph, const Arrays& inputs, const Arrays& variables) {
  Arrays updates;
  for (const auto& [name, array] : run_reference(graph, inputs, variables)) {
    if (name.starts_with("update:")) updates[name.substr(7)] = array;
  }
  EXPECT_FALSE(updates.empty());
  return updates;
}

using Names = std::vector<std::string>;

template <class Map>
Names names_in(const Map& map) {
  Names names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

/// The variables that a draw, as it was written, gives new values.
Names declared_updates(const Graph& written) {
  Names names;
  for (const Graph::Named& update : written.updates()) names.push_back(update.name);
  std::ranges::sort(names);
  return names;
}

double largest(const NdArray& array) {
  double most = 0;
  for (const double v : array.values) most = std::max(most, std::abs(v));
  return most;
}

/// Names of what is not the same within `relative` of the largest element, or of 1e-3: a bias
/// before a batch norm has a gradient of 0, and what is computed for it is rounding.
std::vector<std::string> differing(const Arrays& expected, const Arrays& got, double relative) {
  std::vector<std::string> names;
  for (const auto& [name, array] : expected) {
    const double allowed = relative * std::max(largest(array), 1e-3);
    const auto& values = got.at(name).values;
    if (!std::ranges::equal(array.values, values, [&](double a, double b) {
          return a == b || std::abs(a - b) <= allowed;
        }))
      names.push_back(name);
  }
  return names;
}

// Moments and averages are no longer zero, and terms of every second or fourth step are due.
constexpr int kStep = 4;

/// Each kernel on the inputs it has in the step; then the executor, which has placed values over
/// one another, gives the bits of the kernels. Returns the names of the kernels.
std::set<std::string> expect_right_kernels(const Plan& plan, const Arrays& initial,
                                           const PlanOptions& options,
                                           const KernelRegistry& kernels = all_kernels()) {
  QuickTraining training(plan, initial, options, kernels);
  training.steps(kStep);
  std::set<std::string> names, updated;
  for (std::size_t draw = 0; draw < training.draws(); ++draw) {
    Arrays after = training.state();
    const JudgedRun judged =
        judged_run(training.program(draw), kernels, training.inputs(kStep, draw), after);
    EXPECT_EQ(judged.wrong, Names()) << "draw " << draw;
    EXPECT_EQ(judged.instructions, training.program(draw).instructions.size()) << "draw " << draw;
    EXPECT_EQ(names_in(judged.updates), declared_updates(training.graph(draw))) << "draw " << draw;
    for (const auto& [name, part] : judged.largest) names.insert(name);
    for (const auto& [name, array] : judged.updates) {
      after[name] = array;
      updated.insert(name);
    }
    training.run(kStep, draw);
    EXPECT_EQ(differing(after, training.state(), 0), Names()) << "draw " << draw;
  }
  // every optimizer has a turn in a step, which moves all that it keeps
  for (const VariableDecl& decl : plan.training.variables) {
    if (decl.role == VariableDecl::Role::OptimizerState) {
      EXPECT_TRUE(updated.contains(decl.name)) << decl.name;
    }
  }
  return names;
}

/// Quick sizes have too few channels for it to be chosen.
KernelRegistry winograd_wherever_possible() {
  KernelRegistry kernels;
  const auto any = WinogradTiles::Any;
  const double cost = std::numeric_limits<double>::infinity();
  const auto add = [&](const char* op, auto prepare) {
    kernels.add({.op = op,
                 .name = std::string("winograd:") + op,
                 .prepare = [=](const Node& node) { return prepare(node, any, cost); },
                 .error_factor = kWinogradError});
  };
  add("conv2d", prepare_conv2d_winograd);
  add("conv2d_input_grad", prepare_input_grad_winograd);
  add("conv2d_weight_grad", prepare_weight_grad_winograd);
  for (const OpDef* op : all_ops().all()) {
    for (const KernelDef& def : all_kernels().candidates(op->name)) {
      if (!def.name.starts_with("winograd:")) kernels.add(def);
    }
  }
  return kernels;
}

class JudgedSteps : public testing::TestWithParam<std::string> {
 protected:
  JudgedSteps() : plan_(quick_plan(GetParam())), initial_(initial_variables(plan_)) {}

  Plan plan_;
  Arrays initial_;
};

/// In double precision, where hardly any value is near enough to a kink.
TEST_P(JudgedSteps, PassesKeepTheMeaning) {
  const Arrays variables = in_float64(initial_);
  QuickTraining training(plan_, initial_, {});
  for (std::size_t draw = 0; draw < training.draws(); ++draw) {
    const Arrays inputs = in_float64(training.inputs(kStep, draw));
    const auto written = parse_graph(in_float64(to_text(training.graph(draw))), all_ops());
    const auto rewritten = written->clone();
    run_passes(*rewritten, {});
    EXPECT_EQ(differing(updates(*written, inputs, variables),
                        updates(*rewritten, inputs, variables), 1e-7),
              Names())
        << "draw " << draw;
  }
}

TEST_P(JudgedSteps, FusedProgramsMeanTheSameBits) {
  QuickTraining fused(plan_, initial_, {});
  QuickTraining plain(plan_, initial_, {.disabled_passes = {"fuse"}});
  for (std::size_t draw = 0; draw < fused.draws(); ++draw) {
    const Arrays inputs = fused.inputs(kStep, draw);
    EXPECT_EQ(differing(updates(*plain.program(draw).graph, inputs, initial_),
                        updates(*fused.program(draw).graph, inputs, initial_), 0),
              Names())
        << "draw " << draw;
  }
}

TEST_P(JudgedSteps, KernelsAgreeWithTheirReferences) {
  expect_right_kernels(plan_, initial_, {});
}

TEST_P(JudgedSteps, KernelsOfPlainProgramsAgreeWithTheirReferences) {
  expect_right_kernels(plan_, initial_, {.disabled_passes = {"fuse"}});
}

TEST(JudgedWinograd, AgreesWithTheReferences) {
  const Plan plan = quick_plan(AGON_SOURCE_DIR "/configs/bench/dcgan64.yaml");
  const KernelRegistry kernels = winograd_wherever_possible();
  const auto names = expect_right_kernels(plan, initial_variables(plan), {}, kernels);
  for (const char* op : {"conv2d", "conv2d_input_grad", "conv2d_weight_grad"})
    EXPECT_TRUE(names.contains(std::string("winograd:") + op)) << op;
}

INSTANTIATE_TEST_SUITE_P(Spread, JudgedSteps, testing::ValuesIn(spread_of_configs()),
                         [](const auto& config) { return test_name(config.param); });
INSTANTIATE_TEST_SUITE_P(Rest, JudgedSteps, testing::ValuesIn(rest_of_configs()),
                         [](const auto& config) { return test_name(config.param); });

}  // namespace
}  // namespace agon
