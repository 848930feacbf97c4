#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/runtime/checkpoint.h"
#include "runners/data/data_set.h"
#include "runners/data/decode.h"
#include "runners/training/state.h"
#include "runners/training/trainer.h"
#include "tests/runners/program.h"
#include "tests/runners/quick_training.h"
#include "tests/runners/scratch_folder.h"

/// Stages, kinds of steps and state from draw to draw, as runs.
namespace agon {
namespace {

constexpr const char* kConfig = R"yaml(
agon: 1
name: grown
seed: 5
lanes: 2
params: {level: 0}
data: {source: faces, size: 8 * 2^level, count: 50}
networks:
  generator:
    input: {z: [4]}
    average: 0.9
    layers:
      - dense: 16
      - reshape: [1, 4, 4]
      - upsample: 2
      - {conv: {filters: 3, kernel: 3, padding: 1}, as: rgb8}
      - {when: level == 1, upsample: 2}
      - {when: level == 1, conv: {filters: 3, kernel: 3, padding: 1}, as: rgb16}
      - when: level == 1
        compute: current * min(1, 2 * stage_progress)
  critic:
    input: {image: data.image}
    layers:
      - {when: level == 1, average_pool: 2}
      - flatten
      - dense: 1
variables:
  seen: {init: 0, next: seen + pooled}
step:
  fake: generator(normal([batch, 4]))
  pooled: mean(image_pool(fake, 12))
losses:
  c: mean(critic(fake)) - mean(critic(data.image)) + every(2, mean(critic(data.image)^2))
  g: smooth(seen, 0.5) - mean(critic(fake))
optimizers:
  c: {minimize: c, update: critic, adam: {lr: 1e-3}}
  g: {minimize: g, update: generator, adam: {lr: 1e-3}}
train:
  batch: 4
  log: {every: 1}
  stages: [{steps: 3}, {steps: 3}]
sample: {image: fake, grid: 2x2}
checkpoint: {every: 1, keep: 10}
)yaml";

class StagedRun : public testing::Test {
 protected:
  StagedRun() { write_text(config(), kConfig); }

  std::string config() const { return folder_ / "grown.yaml"; }
  std::string run(int number) const {
    return (folder_ / "runs") + "/grown/000" + std::to_string(number);
  }

  CommandResult agon(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--runs", folder_ / "runs"});
    return run_agon(arguments);
  }

  ScratchFolder folder_;
};

TEST_F(StagedRun, OfEqualStagesIsARunWithout) {
  const CommandResult staged = agon({"train", config()});
  ASSERT_EQ(staged.code, 0) << staged.err;
  const CommandResult plain =
      agon({"train", config(), "--set", "train={batch: 4, log: {every: 1}, steps: 6}"});
  ASSERT_EQ(plain.code, 0) << plain.err;
  const auto text = [&](int number, const std::string& file) {
    return file_text(run(number) + file);
  };
  for (const std::string file : {"/metrics.jsonl", "/checkpoints/step-6/variables.safetensors"})
    EXPECT_TRUE(text(1, file) == text(2, file)) << file;
  EXPECT_NE(staged.out.find("stage 2 of 2: steps 4 to 6"), std::string::npos) << staged.out;
}

TEST_F(StagedRun, GrowsAndIsRestoredByTheStageOfItsCheckpoint) {
  const CommandResult trained =
      agon({"train", config(), "--set", "train.stages=[{steps: 3}, {steps: 3, set: {level: 1}}]"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  for (const auto& [step, side] : {std::pair{"3", 8}, std::pair{"4", 16}, std::pair{"6", 16}}) {
    const std::string path = folder_ / "drawn.png";
    const CommandResult drawn = agon({"sample", "grown", "--step", step, "--out", path});
    ASSERT_EQ(drawn.code, 0) << drawn.err;
    EXPECT_EQ(read_picture(path).height, 2 * (side + 2) + 2) << step;
  }
  EXPECT_TRUE(file_text(folder_ / "drawn.png") == file_text(run(1) + "/samples/step-000006.png"));
  const auto lock = nlohmann::json::parse(file_text(run(1) + "/lock.json"));
  EXPECT_EQ(lock["steps"], 6);
}

TEST_F(StagedRun, IsCheckedStageByStage) {
  const std::vector<std::string> grow = {"--set",
                                         "train.stages=[{steps: 3}, {steps: 3, set: {level: 1}}]"};
  std::vector<std::string> arguments = {"check", config(), "--format", "json"};
  arguments.insert(arguments.end(), grow.begin(), grow.end());
  const CommandResult checked = run_agon(arguments);
  ASSERT_EQ(checked.code, 0) << checked.err;
  const auto json = nlohmann::json::parse(checked.out);
  EXPECT_EQ(json["steps"], 6);
  ASSERT_EQ(json["stages"].size(), 2u);
  EXPECT_EQ(json["stages"][1]["stage"], "stage 2 of 2: level = 1, steps 4 to 6");
  EXPECT_EQ(json["stages"][0]["layers"].size() + 4, json["stages"][1]["layers"].size());
  arguments = {"graph", config(), "--stage", "3"};
  EXPECT_EQ(run_agon(arguments).code, 64);
}

/// A training without a directory, at a step.
struct Standing {
  Standing(const Experiment& experiment, const Position& position)
      : plan(std::move(build_plans(experiment, all_ops()).front())),
        backend(2),
        compiled(compile_training(plan, backend)),
        arena(compiled.arena_bytes()),
        sources(experiment) {
    add_variables(plan.training, variables);
    trainer = std::make_unique<Trainer>(plan.training, compiled.training, backend, variables,
                                        sources, arena, position);
    initialise(plan.training, backend, variables, sources);
  }

  void steps(int count) {
    for (int i = 0; i < count; ++i) trainer->step();
  }

  Plan plan;
  Backend backend;
  CompiledPlan compiled;
  Arena arena;
  Variables variables;
  Sources sources;
  std::unique_ptr<Trainer> trainer;
};

std::map<std::string, std::string> bytes_of(const Variables& variables) {
  std::map<std::string, std::string> bytes;
  for (const Variables::Variable& v : variables.all())
    bytes[v.name].assign(static_cast<const char*>(v.memory.data()), v.type.bytes());
  return bytes;
}

TEST(KeptState, GoesOnFromACheckpointBitForBit) {
  const Experiment experiment = read_experiment_text(
      kConfig, "grown.yaml", ".",
      {.set = {"train={batch: 4, steps: 40}", "data.count=10"}, .quick = false}, inspect_data);
  Standing whole(experiment, {});
  whole.steps(9);
  Standing first(experiment, {});
  first.steps(5);
  const ScratchFolder folder;
  const auto saved = save_checkpoint(folder / "checkpoints", first.variables, 5, {});
  // five batches of 4 reach into the third epoch of 10
  Standing second(experiment, {.steps_done = 5, .batches_read = 5});
  Checkpoint(saved).restore(second.variables);
  derive(second.plan.training, second.backend, second.variables);
  second.steps(4);
  const auto expected = bytes_of(whole.variables), got = bytes_of(second.variables);
  ASSERT_TRUE(expected.contains("step.pooled/image_pool1/examples"));
  ASSERT_TRUE(expected.contains("losses.g/smooth1/sum"));
  for (const auto& [name, bytes] : expected) EXPECT_TRUE(got.at(name) == bytes) << name;
}

}  // namespace
}  // namespace agon
