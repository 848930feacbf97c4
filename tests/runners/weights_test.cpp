#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/runtime/checkpoint.h"
#include "runners/data/data_set.h"
#include "runners/runs/run_state.h"
#include "runners/training/backend.h"
#include "runners/training/sources.h"
#include "runners/training/state.h"
#include "tests/runners/quick_training.h"
#include "tests/runners/scratch_folder.h"

/// Networks that begin from a file or from another run.
namespace agon {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFirst = R"yaml(agon: 1
name: first
lanes: 1
data: {source: rings, count: 64}
networks:
  maker: {input: {z: [2]}, average: 0.5, layers: [{dense: 3}, batch_norm, relu, {dense: 2}]}
  judge: {input: {x: [2]}, layers: [{dense: {units: 4}, as: wide}, relu, {dense: 1}]}
step: {fake: "maker(normal([batch, 2]))"}
losses:
  d: mse(judge(data.point), 1) + mse(judge(fake), 0)
  g: mse(judge(fake), 1)
optimizers:
  d: {minimize: d, update: judge, sgd: {lr: 0.1}}
  g: {minimize: g, update: maker, sgd: {lr: 0.1}}
train: {steps: 4, batch: 8}
sample: {image: fake, grid: 1x1, batch: 8}
checkpoint: {every: 2}
)yaml";

class Weights : public testing::Test {
 protected:
  Weights() { write_text(config(), kFirst); }

  std::string config() const { return folder_ / "first.yaml"; }
  std::string runs() const { return folder_ / "runs"; }

  CommandResult agon(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--runs", runs()});
    return run_agon(arguments);
  }
  void train_first() const {
    const CommandResult trained = agon({"train", config()});
    ASSERT_EQ(trained.code, 0) << trained.err;
  }

  /// What training would begin with.
  Arrays beginning(const std::vector<std::string>& set) const {
    const Experiment experiment =
        read_experiment(config(), {.set = set, .find_state = states_in(runs())}, inspect_data);
    const Plan plan = build_plan(experiment, all_ops());
    Backend backend(1);
    Variables variables;
    add_variables(plan.training, variables);
    Sources sources(experiment);
    initialise(plan.training, backend, variables, sources);
    Arrays arrays;
    for (const Variables::Variable& v : variables.all()) arrays[v.name] = variables.file_array(v);
    return arrays;
  }

  Arrays saved(const std::string& run) const {
    const Checkpoint checkpoint =
        *newest_checkpoint(runs() + "/" + run + "/checkpoints").checkpoint;
    Arrays arrays;
    for (const SafetensorsEntry& entry : checkpoint.tensors().entries())
      arrays[entry.name] = checkpoint.tensors().array(entry);
    return arrays;
  }

  const ScratchFolder folder_;
};

TEST_F(Weights, OfARunAreAveragesWhereKeptAndElseAsTheyWere) {
  train_first();
  const Arrays state = saved("first/0001");
  const Arrays plain = beginning({});
  const Arrays from =
      beginning({"networks.maker.weights=run:first", "networks.judge.weights=run:first/1"});
  ASSERT_TRUE(state.contains("average/maker.dense1.weight"));
  int compared = 0;
  for (const auto& [name, array] : plain) {
    const std::string own = name.starts_with("average/") ? name.substr(8) : name;
    if (!own.starts_with("maker.") && !own.starts_with("judge.")) continue;
    const auto average = state.find("average/" + own);
    const NdArray& expected = average != state.end() ? average->second : state.at(own);
    EXPECT_EQ(from.at(name).values, expected.values) << name;
    if (average != state.end() && own.ends_with("dense1.weight")) {
      EXPECT_NE(expected.values, state.at(own).values) << name;
      EXPECT_NE(expected.values, array.values) << name;
    }
    ++compared;
  }
  EXPECT_EQ(compared, 2 * 8 + 4);  // maker with its statistics and averages, judge
  EXPECT_EQ(from.at("judge.wide.weight").values, state.at("judge.wide.weight").values);
}

TEST_F(Weights, OfANetworkThatIsNotFrozenAreTrainedOn) {
  train_first();
  const CommandResult second =
      agon({"train", config(), "--name", "second", "--set", "networks.judge.weights=run:first"});
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_NE(saved("second/0001").at("judge.wide.weight").values,
            saved("first/0001").at("judge.wide.weight").values);
  const CommandResult third =
      agon({"train", config(), "--name", "third", "--set", "networks.judge.weights=run:first",
            "--set", "networks.judge.frozen=true", "--set", "optimizers.d=~"});
  ASSERT_EQ(third.code, 0) << third.err;
  EXPECT_EQ(saved("third/0001").at("judge.wide.weight").values,
            saved("first/0001").at("judge.wide.weight").values);
}

TEST_F(Weights, AreRecordedByHashAndTheRunOutlivesTheirFile) {
  train_first();
  ASSERT_EQ(
      agon({"train", config(), "--name", "second", "--set", "networks.judge.weights=run:first"})
          .code,
      0);
  const std::string second = runs() + "/second/0001";
  const auto lock = nlohmann::json::parse(file_text(second + "/lock.json"));
  ASSERT_EQ(lock["weights"].size(), 1u);
  EXPECT_EQ(lock["weights"][0]["network"], "judge");
  EXPECT_EQ(lock["weights"][0]["weights"], "run:first");
  const std::string file = lock["weights"][0]["path"];
  EXPECT_EQ(file, runs() + "/first/0001/checkpoints/step-4/variables.safetensors");
  EXPECT_EQ(lock["weights"][0]["sha256"].get<std::string>().size(), 64u);
  EXPECT_NE(file_text(second + "/experiment.yaml").find("weights: " + file), std::string::npos);
  ASSERT_EQ(agon({"runs", "remove", "first/0001"}).code, 0);
  const CommandResult sampled = agon({"sample", "second", "--out", folder_ / "x.png"});
  EXPECT_EQ(sampled.code, 0) << sampled.err;
}

TEST_F(Weights, OfAFileBeginATraining) {
  train_first();
  std::map<std::string, NdArray> arrays;
  const Arrays state = saved("first/0001");
  for (const char* name : {"wide.weight", "wide.bias", "dense2.weight", "dense2.bias"})
    arrays[name] = state.at(std::string("judge.") + name);
  arrays["other"] = state.at("judge.dense2.bias");
  write_safetensors(folder_ / "judge.safetensors", arrays);
  const Arrays from = beginning({"networks.judge.weights=" + (folder_ / "judge.safetensors")});
  EXPECT_EQ(from.at("judge.wide.weight").values, state.at("judge.wide.weight").values);
}

struct RefusedWeights {
  std::vector<std::string> set;
  int code;
  std::string said;  // $ is the scratch folder
};

TEST_F(Weights, ThatDoNotFitAreRefusedWithWhatToDo) {
  train_first();
  fs::create_directories(runs() + "/empty/0001");
  write_text(runs() + "/empty/0001/lock.json", "{}");
  const std::string at = "error[78] --set networks.judge.weights=";
  const std::string state = "$/runs/first/0001/checkpoints/step-4/variables.safetensors";
  const RefusedWeights cases[] = {
      {{"networks.judge.weights=run:frist"},
       78,
       at + "run:frist:1:24: networks.judge.weights: no run 'frist' in '$/runs'; did you mean "
            "'first'? (agon train CONFIG --name frist --runs $/runs makes one)\n"},
      {{"networks.judge.weights=run:first/9"},
       78,
       at + "run:first/9:1:24: networks.judge.weights: no run 'first/9' in '$/runs'; the newest is "
            "'first/0001'\n"},
      {{"networks.judge.weights=run:empty"},
       78,
       at + "run:empty:1:24: networks.judge.weights: '$/runs/empty/0001': no good checkpoint yet; "
            "train it further\n"},
      {{"networks.judge.weights=gone.safetensors"},
       78,
       at + "gone.safetensors:1:24: networks.judge.weights: no file '@/gone.safetensors'\n"},
      {{"networks.judge.weights=run:first", "networks.judge.layers[wide].dense.units=5"},
       65,
       "error[65] --set networks.judge.weights=run:first:1:24: networks.judge.weights: '" + state +
           "' does not fit network 'judge'; changed: judge.wide.weight: expected [5, 2], got [4, "
           "2], judge.wide.bias: expected [5], got [4], judge.dense2.weight: expected [1, 5], got "
           "[1, 4]\n"},
      {{"networks.judge.weights=run:first", "networks.judge.layers[wide].as=wider"},
       65,
       "error[65] --set networks.judge.weights=run:first:1:24: networks.judge.weights: '" + state +
           "' does not fit network 'judge'; missing: wider.weight, wider.bias; there: dense2.bias, "
           "dense2.weight, wide.bias, wide.weight\n"},
  };
  for (const RefusedWeights& c : cases) {
    std::vector<std::string> arguments = {"train", config()};
    for (const std::string& setting : c.set) arguments.insert(arguments.end(), {"--set", setting});
    const CommandResult result = agon(arguments);
    EXPECT_EQ(result.code, c.code) << result.err;
    std::string expected = c.said;
    for (const auto& [mark, path] :
         {std::pair{'$', folder_.path()}, std::pair{'@', fs::current_path().string()}}) {
      for (std::size_t i = 0; (i = expected.find(mark)) != std::string::npos;)
        expected.replace(i, 1, path);
    }
    EXPECT_EQ(result.err, expected);
    if (c.code != 65) continue;
    arguments[0] = "check";
    const CommandResult checked = agon(arguments);
    EXPECT_EQ(checked.code, c.code);
    EXPECT_EQ(checked.err, expected);
  }
  EXPECT_FALSE(fs::exists(runs() + "/first/0002"));
}

TEST_F(Weights, OfEachNetworkAndStageAreJudgedBeforeAnythingRuns) {
  train_first();
  const std::vector<std::string> settings = {
      "networks.judge.weights=run:first",
      "networks.maker.weights=run:first",
      "networks.judge.layers[wide].dense.units=width",
      "networks.maker.layers[0].dense=width",
      "params={width: 4}",
      "train={batch: 8, stages: [{steps: 1, set: {width: 3}}, {steps: 1}]}"};
  for (const char* command : {"check", "train"}) {
    std::vector<std::string> arguments = {command, config()};
    for (const std::string& setting : settings)
      arguments.insert(arguments.end(), {"--set", setting});
    const CommandResult result = agon(arguments);
    EXPECT_EQ(result.code, 65) << result.err;
    for (const char* part :
         {"networks.judge.weights: '", "judge.wide.weight: expected [3, 2], got [4, 2]",
          "networks.maker.weights: '", "maker.dense1.weight: expected [4, 2], got [3, 2]"}) {
      EXPECT_NE(result.err.find(part), std::string::npos) << part << " is not in\n" << result.err;
    }
  }
  EXPECT_FALSE(fs::exists(runs() + "/first/0002"));
}

TEST_F(Weights, OfARunToComeAreNotedByCheckAndRefusedByTrain) {
  const std::string setting =
      "networks.judge={input: {x: [2]}, frozen: true, weights: run:later, "
      "layers: [{dense: 1}]}";
  const std::vector<std::string> look = {"check", config(),         "--set", setting,
                                         "--set", "optimizers.d=~", "--set", "losses.d=~"};
  const CommandResult checked = agon(look);
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_NE(checked.err.find("note --set networks.judge="), std::string::npos) << checked.err;
  EXPECT_NE(checked.err.find("no run 'later' in"), std::string::npos) << checked.err;
  EXPECT_NE(checked.err.find("; training needs it"), std::string::npos) << checked.err;
  std::vector<std::string> train = look;
  train[0] = "train";
  EXPECT_EQ(agon(train).code, 78);
}

}  // namespace
}  // namespace agon
