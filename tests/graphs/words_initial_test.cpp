#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/error.h"
#include "engine/runtime/executor.h"
#include "graphs/words/initial.h"
#include "graphs/words/markdown.h"
#include "graphs/words/optimizer.h"
#include "tests/graphs/words_bench.h"

namespace agon {
namespace {

using Kind = InitialRule::Kind;
using words_test::all_ops;

const Origin kOrigin{"test.yaml", 1, 7, "networks.g.init"};

InitialRule read(const std::string& text) {
  NumberScope scope;
  scope.find = [](const std::string& name) {
    return name == "spread" ? std::optional(0.5) : std::nullopt;
  };
  return read_initial(parse_expression(text, kOrigin), scope);
}

TEST(WordsInitial, Rules) {
  const std::vector<std::pair<std::string, InitialRule>> table = {
      {"normal(std=0.02)", {Kind::Normal, 0, 0.02}},
      {"normal(std=spread / 2, mean=1)", {Kind::Normal, 1, 0.25}},
      {"normal", {Kind::Normal, 0, 1}},
      {"uniform(low=-1)", {Kind::Uniform, -1, 1}},
      {"zeros", {Kind::Constant, 0, 0}},
      {"ones", {Kind::Constant, 1, 0}},
      {"constant(spread)", {Kind::Constant, 0.5, 0}},
      {"glorot_uniform", {Kind::GlorotUniform, 0, 0}},
      {"glorot_normal", {Kind::GlorotNormal, 0, 0}},
      {"he_uniform", {Kind::HeUniform, 0, 0}},
      {"he_normal", {Kind::HeNormal, 0, 0}},
  };
  for (const auto& [text, rule] : table) EXPECT_EQ(read(text), rule) << text;
  EXPECT_EQ(InitialRule{}.kind, Kind::GlorotUniform);
}

struct Failure {
  std::string text;
  int column;
  std::string message;
};

TEST(WordsInitial, Errors) {
  const std::vector<Failure> table = {
      {"norml(std=0.02)", 7, "weights cannot begin with 'norml'; did you mean 'normal'?"},
      {"normal(sdt=0.02)", 14, "normal has no option 'sdt'; did you mean 'std'?"},
      {"normal(0.02)", 7, "expected normal(mean=0, std=1), got 'normal(0.02)'"},
      {"normal(std=-1)", 7, "expected std of at least 0, got -1"},
      {"uniform(low=1)", 7, "expected low below high, got 1 and 1"},
      {"constant", 7, "expected constant(value), got 'constant'"},
      {"0.5", 7, "expected how weights begin, as in normal(std=0.02), got '0.5'"},
  };
  for (const Failure& row : table) {
    try {
      read(row.text);
      ADD_FAILURE() << row.text;
    } catch (const ConfigError& e) {
      EXPECT_EQ(e.diagnostics()[0].message, row.message);
      EXPECT_EQ(e.diagnostics()[0].origin.column, row.column) << row.text;
    }
  }
}

NdArray begin(const Initial& initial, const InitialRule& rule, const Type& type,
              const FileForm& file, const std::string& stream = "w") {
  Graph graph(all_ops());
  const Value value = initial_value(graph, initial, rule, type, file, 7, stream);
  EXPECT_EQ(value.type(), type);
  graph.set_output("w", value);
  return run_reference(graph, {}, {}).at("w");
}

TEST(WordsInitial, SpreadFollowsTheFans) {
  const Type type{DType::F32, {100, 200}};
  const FileForm file{type.shape, type.shape, {}};
  const Initial initial = Initial::by_network(200, 100);
  struct Row {
    InitialRule rule;
    double mean, deviation, bound;  // bound 0: none
  };
  const double glorot = std::sqrt(6.0 / 300);
  const double he = std::sqrt(6.0 / 200);
  const std::vector<Row> table = {
      {{Kind::GlorotUniform, 0, 0}, 0, glorot / std::sqrt(3), glorot},
      {{Kind::GlorotNormal, 0, 0}, 0, std::sqrt(2.0 / 300), 0},
      {{Kind::HeUniform, 0, 0}, 0, he / std::sqrt(3), he},
      {{Kind::HeNormal, 0, 0}, 0, std::sqrt(2.0 / 200), 0},
      {{Kind::Normal, 1, 0.02}, 1, 0.02, 0},
      {{Kind::Uniform, 2, 5}, 3.5, 3 / std::sqrt(12), 0},
  };
  for (const Row& row : table) {
    const NdArray w = begin(initial, row.rule, type, file);
    double mean = 0, square = 0, largest = 0;
    for (const double v : w.values) mean += v / static_cast<double>(w.size());
    for (const double v : w.values) {
      square += (v - mean) * (v - mean) / static_cast<double>(w.size());
      largest = std::max(largest, std::abs(v));
    }
    EXPECT_NEAR(mean, row.mean, row.deviation * 0.03);
    EXPECT_NEAR(std::sqrt(square), row.deviation, row.deviation * 0.03);
    if (row.bound > 0) {
      EXPECT_LE(largest, row.bound * (1 + 1e-6));
      EXPECT_GT(largest, row.bound * 0.99);
    }
  }
  EXPECT_EQ(begin(Initial::constant(0.25), {}, type, file).values,
            std::vector<double>(20000, 0.25));
  EXPECT_EQ(begin(initial, {Kind::Constant, 3, 0}, type, file).values,
            std::vector<double>(20000, 3));
}

TEST(WordsInitial, NumbersAreDrawnInTheFilesOrder) {
  const Initial initial = Initial::by_network(12, 8);
  const Shape in_file{2, 3, 2, 2};
  const NdArray plain = begin(initial, {}, Type{DType::F32, in_file}, {in_file, in_file, {}});
  const NdArray kept =
      begin(initial, {}, Type{DType::F32, {2, 2, 2, 3}}, {in_file, in_file, {0, 2, 3, 1}});
  EXPECT_EQ(kept.values, words_test::channels_last_values(in_file, plain.values));
  const NdArray flat =
      begin(initial, {}, Type{DType::F32, {2, 12}}, {{2, 12}, in_file, {0, 2, 3, 1}});
  EXPECT_EQ(flat.values, kept.values);
  const NdArray other = begin(initial, {}, Type{DType::F32, in_file}, {in_file, in_file, {}}, "v");
  EXPECT_NE(other.values, plain.values);
}

TEST(WordsMarkdown, EveryWordHasARow) {
  const auto holds = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  const std::string functions_text = functions_markdown();
  for (const FunctionDef& def : functions())
    EXPECT_TRUE(holds(functions_text, "| `" + def.name + "(")) << def.name;
  EXPECT_TRUE(holds(functions_text, "over=example \\| batch"));
  const std::string layers_text = layers_markdown();
  for (const LayerDef& def : layers())
    EXPECT_TRUE(holds(layers_text, "| `" + def.word)) << def.word;
  EXPECT_TRUE(holds(layers_text, "| `leaky_relu: slope` |"));
  EXPECT_TRUE(holds(optimizers_markdown(), "| `nesterov` |"));
  EXPECT_TRUE(holds(initials_markdown(), "| `normal(mean=0, std=1)` |"));
}

}  // namespace
}  // namespace agon
