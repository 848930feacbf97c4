#include <gtest/gtest.h>

#include <cmath>

#include "engine/runtime/executor.h"
#include "graphs/words/optimizer.h"
#include "ops/pointwise/pointwise.h"
#include "tests/graphs/words_bench.h"

namespace agon {
namespace {

using words_test::all_ops;
using words_test::expect_numbers;

/// What a rule of PyTorch does to one weight, in plain doubles.
struct Plain {
  double w, g, lr;
  int t;
  UpdateNumbers n;
  std::map<std::string, double>& state;
};

double sgd(Plain p) {
  return p.w - p.lr * (p.g + p.n.weight_decay * p.w);
}

double momentum(Plain p) {
  double& m = p.state["momentum_buffer"];
  m = p.n.momentum * m + p.g + p.n.weight_decay * p.w;
  return p.w - p.lr * m;
}

double nesterov(Plain p) {
  const double g = p.g + p.n.weight_decay * p.w;
  double& m = p.state["momentum_buffer"];
  m = p.n.momentum * m + g;
  return p.w - p.lr * (g + p.n.momentum * m);
}

double rmsprop(Plain p) {
  const double g = p.g + p.n.weight_decay * p.w;
  double& s = p.state["square_avg"];
  s = p.n.alpha * s + (1 - p.n.alpha) * g * g;
  return p.w - p.lr * g / (std::sqrt(s) + p.n.eps);
}

double adam_step(Plain p, double w, double g) {
  double& m = p.state["exp_avg"];
  double& v = p.state["exp_avg_sq"];
  m = p.n.beta1 * m + (1 - p.n.beta1) * g;
  v = p.n.beta2 * v + (1 - p.n.beta2) * g * g;
  const double step = p.lr / (1 - std::pow(p.n.beta1, p.t));
  return w - step * m / (std::sqrt(v) / std::sqrt(1 - std::pow(p.n.beta2, p.t)) + p.n.eps);
}

double adam(Plain p) {
  return adam_step(p, p.w, p.g + p.n.weight_decay * p.w);
}

double adamw(Plain p) {
  return adam_step(p, p.w * (1 - p.lr * p.n.weight_decay), p.g);
}

struct Rule {
  std::string word;
  double (*plain)(Plain);
};

/// Three updates of w = [1, -2] with gradient w^2 + 0.5, learning rate 0.1.
std::map<std::string, NdArray> run_updates(const OptimizerDef& rule, const UpdateNumbers& numbers,
                                           DType dtype) {
  const Type type{dtype, {2}};
  std::map<std::string, NdArray> variables = {{"w", NdArray(type, {1, -2})},
                                              {"t", NdArray(Type{DType::F64, {}}, {0})}};
  for (int step = 0; step < 3; ++step) {
    Graph graph(all_ops());
    const Value w = graph.variable("w", type);
    const Value t = graph.variable("t", Type{DType::F64, {}}) + 1.0;
    const auto state = [&](const std::string& slot) {
      variables.emplace(slot, NdArray(type));
      return graph.variable(slot, type);
    };
    const Value next = rule.apply(
        {.parameter = w,
         .gradient = w * w + 0.5,
         .lr = graph.constant(0.125),
         .t = t,
         .numbers = numbers,
         .state = state,
         .set_state = [&](const std::string& slot, Value v) { graph.set_update(slot, v); }});
    EXPECT_EQ(next.type(), type);
    graph.set_update("w", next);
    graph.set_update("t", t);
    for (auto& [name, array] : run_reference(graph, {}, variables))
      variables[name.substr(std::string("update:").size())] = array;
  }
  return variables;
}

std::vector<double> plain_updates(const Rule& rule, const UpdateNumbers& numbers) {
  std::vector<double> result;
  for (double w : {1.0, -2.0}) {
    std::map<std::string, double> state;
    for (int t = 1; t <= 3; ++t) w = rule.plain({w, w * w + 0.5, 0.125, t, numbers, state});
    result.push_back(w);
  }
  return result;
}

TEST(WordsOptimizers, ThreeUpdatesAsPyTorchMakesThem) {
  const std::vector<Rule> rules = {{"sgd", sgd},           {"momentum", momentum},
                                   {"nesterov", nesterov}, {"rmsprop", rmsprop},
                                   {"adam", adam},         {"adamw", adamw}};
  ASSERT_EQ(rules.size(), optimizers().size());
  UpdateNumbers decayed;
  decayed.weight_decay = 0.25;
  decayed.beta1 = 0.5;
  decayed.eps = 1e-3;
  decayed.momentum = 0.7;
  decayed.alpha = 0.9;
  for (const Rule& rule : rules) {
    const OptimizerDef* def = find_optimizer(rule.word);
    ASSERT_NE(def, nullptr) << rule.word;
    for (const UpdateNumbers& numbers : {UpdateNumbers{}, decayed}) {
      const std::vector<double> expected = plain_updates(rule, numbers);
      expect_numbers(run_updates(*def, numbers, DType::F64).at("w"), {2}, expected, rule.word,
                     1e-12);
      expect_numbers(run_updates(*def, numbers, DType::F32).at("w"), {2}, expected, rule.word,
                     2e-6);
    }
  }
}

TEST(WordsOptimizers, GradientsAreClippedByTheirCommonNorm) {
  Graph graph(all_ops());
  const std::vector<Value> gradients = {graph.constant({3, 0}, DType::F64, {2}),
                                        graph.constant(4, DType::F64, {1})};
  const auto clipped = [&](double limit) {
    const std::vector<Value> scaled = clipped_by_norm(gradients, limit);
    graph.set_output("a", scaled[0]);
    graph.set_output("b", scaled[1]);
    auto results = run_reference(graph, {}, {});
    return std::vector<double>{results.at("a")[0], results.at("a")[1], results.at("b")[0]};
  };
  const double share = 2 / (5 + 1e-6);
  const std::vector<double> cut = clipped(2);
  EXPECT_NEAR(cut[0], 3 * share, 1e-12);
  EXPECT_EQ(cut[1], 0);
  EXPECT_NEAR(cut[2], 4 * share, 1e-12);
  EXPECT_EQ(clipped(6), (std::vector<double>{3, 0, 4}));
}

}  // namespace
}  // namespace agon
