#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/ir/op_def.h"
#include "engine/runtime/cuda/open.h"
#include "runners/data/data_set.h"
#include "runners/runs/lock.h"
#include "runners/runs/pinned.h"
#include "runners/training/device_rates.h"
#include "tests/runners/quick_training.h"
#include "tests/runners/scratch_folder.h"
#include "tests/sound_experiment.h"

/// What a user sees of `device` on a machine that has none, and what a lock says of it.
namespace agon {
namespace {

using Json = nlohmann::ordered_json;

const std::string kPair = R"(agon: 1
name: pair
device: auto
lanes: 2
data: {source: rings, count: 64}
networks:
  g: {input: {z: [4]}, device: auto, layers: [{dense: 16}, relu, {dense: 2}]}
  d: {input: {x: [2]}, layers: [{dense: 16}, relu, {dense: 1}]}
)" + point_gan_turns() + R"(train: {steps: 4, batch: 8}
)";

class Devices : public testing::Test {
 protected:
  void SetUp() override { write_text(folder_ / "pair.yaml", kPair); }
  std::string file() const { return folder_ / "pair.yaml"; }
  std::vector<std::string> with_runs(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--runs", folder_ / "runs"});
    return arguments;
  }
  Json lock() const { return Json::parse(file_text(folder_ / "runs/pair/0001/lock.json")); }

  ScratchFolder folder_;
};

/// For what only a machine without a device says.
class AbsentDevices : public Devices {
 protected:
  void SetUp() override {
    std::string why;
    if (has_cuda(why)) GTEST_SKIP() << "this machine has a CUDA device";
    Devices::SetUp();
  }
};

TEST_F(AbsentDevices, EndTrainingBeforeAnythingIsMade) {
  const std::string on_generator = "networks.g.device=cuda:1", on_value = "step.real.device=cuda";
  for (const std::string& setting : {std::string("device=cuda"), on_generator, on_value}) {
    const CommandResult result = run_agon(with_runs({"train", file(), "--set", setting}));
    EXPECT_EQ(result.code, 69) << setting;
    const std::string begin = setting == on_generator ? "error[69] agon train: device cuda:1: "
                                                      : "error[69] agon train: device cuda:0: ";
    EXPECT_TRUE(result.err.starts_with(begin)) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "runs")) << setting;
  }
}

TEST_F(AbsentDevices, FilesAreCheckedForThem) {
  const CommandResult result = run_agon({"check", file(), "--set", "networks.g.device=cuda"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("networks.g.device: device cuda:0: "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("planned without it"), std::string::npos) << result.err;
  for (const char* part :
       {"computed      g on cuda:0; the rest on cpu\n", "transfers     ", "GPU memory    "})
    EXPECT_NE(result.out.find(part), std::string::npos) << part << result.out;

  const CommandResult explained = run_agon({"explain", file(), "--set", "device=cuda"});
  ASSERT_EQ(explained.code, 0) << explained.err;
  for (const char* part : {"planned", "GPU memory", "transfers", "launches"})
    EXPECT_NE(explained.out.find(part), std::string::npos) << part << explained.out;
}

TEST_F(AbsentDevices, WhatTf32MeansIsSaid) {
  const std::string meaning = "tf32: products on cuda:0 may round factors to 10 bits of fraction";
  const std::string nothing = "precision: tf32 changes nothing here";
  for (const char* command : {"check", "explain"}) {
    const CommandResult placed =
        run_agon({command, file(), "--set", "precision=tf32", "--set", "networks.g.device=cuda"});
    ASSERT_EQ(placed.code, 0) << placed.err;
    EXPECT_NE(placed.out.find(meaning), std::string::npos) << placed.out;
    EXPECT_EQ(placed.err.find(nothing), std::string::npos) << placed.err;
    const CommandResult here = run_agon({command, file(), "--set", "precision=tf32"});
    ASSERT_EQ(here.code, 0) << here.err;
    EXPECT_EQ(here.out.find("tf32"), std::string::npos) << here.out;
    EXPECT_NE(here.err.find(nothing), std::string::npos) << here.err;
    EXPECT_EQ(std::count(here.err.begin(), here.err.end(), '\n'), 1) << here.err;
    const CommandResult plain = run_agon({command, file(), "--set", "networks.g.device=cuda"});
    EXPECT_EQ((plain.out + plain.err).find("tf32"), std::string::npos);
  }
  const CommandResult explained =
      run_agon({"explain", file(), "--set", "precision=tf32", "--set", "networks.g.device=cuda"});
  EXPECT_NE(explained.out.find("matmul_tf32"), std::string::npos) << explained.out;
  const CommandResult trained = run_agon(with_runs({"train", file(), "--set", "precision=tf32"}));
  EXPECT_NE(trained.err.find(nothing), std::string::npos) << trained.err;
}

TEST_F(AbsentDevices, TransfersAreCounted) {
  const auto checked = [&](const std::string& setting) {
    const CommandResult result = run_agon({"check", file(), "--format", "json", "--set", setting});
    EXPECT_EQ(result.code, 0) << result.out;
    return Json::parse(result.out);
  };
  const Json mixed = checked("networks.g.device=cuda");
  const Json& device = mixed["device"];
  EXPECT_EQ(device["placement"],
            (Json{{"rest", "cpu"}, {"networks", {{"g", "cuda:0"}}}, {"step", Json::object()}}));
  // z goes up, the generated points come down, their gradient goes up
  EXPECT_GE(device["uploads"]["bytes_per_step"], 8 * 4 * 4 + 8 * 2 * 4);
  EXPECT_LE(device["uploads"]["bytes_per_step"], 8 * 4 * 4 + 8 * 2 * 4 + 64);
  EXPECT_EQ(device["downloads"]["bytes_per_step"], 8 * 2 * 4);
  EXPECT_GT(device["memory_bytes"]["arena"], 0);
  EXPECT_GT(device["memory_bytes"]["variables"], 0);
  EXPECT_EQ(mixed["diagnostics"][0]["path"], "networks.g.device");
  // the batch goes up, the losses come down
  const Json whole = checked("device=cuda");
  EXPECT_EQ(whole["device"]["downloads"]["bytes_per_step"], 2 * 4);
  EXPECT_FALSE(checked("device=cpu").contains("device"));
  EXPECT_FALSE(checked("device=auto").contains("device"));
}

TEST_F(AbsentDevices, AutoTakesTheProcessorsAndSaysWhy) {
  ASSERT_EQ(run_agon(with_runs({"train", file()})).code, 0);
  EXPECT_EQ(lock()["device"], "cpu");
  EXPECT_EQ(lock()["accelerator"], Json::object());
  EXPECT_NE(lock()["device_chosen"], "");
}

TEST_F(AbsentDevices, ARunMadeOnOneGoesOnWithoutIt) {
  ASSERT_EQ(run_agon(with_runs({"train", file()})).code, 0);
  Json made_on_gpu = lock();
  made_on_gpu["device"] = "cuda:0";
  made_on_gpu["accelerator"] = {{"name", "cuda:0"}, {"model", "NVIDIA H100"}};
  write_text(folder_ / "runs/pair/0001/lock.json", made_on_gpu.dump());
  const CommandResult result =
      run_agon({"resume", folder_ / "runs/pair/0001", "--set", "train.steps=6"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("warning bits may differ from here on: "), std::string::npos);
  EXPECT_NE(result.err.find("device: expected cuda:0, got cpu"), std::string::npos) << result.err;
  const Json entry = lock()["lineage"].back();
  EXPECT_EQ(entry["machine"]["device"], "cpu");
  EXPECT_EQ(entry["machine"]["accelerator.model"], "nothing");
}

TEST_F(AbsentDevices, ARunGoesOnWhereItsFileIsTold) {
  ASSERT_EQ(run_agon(with_runs({"train", file(), "--set", "device=cpu"})).code, 0);
  const std::string run = folder_ / "runs/pair/0001";
  const CommandResult refused =
      run_agon({"resume", run, "--set", "train.steps=6", "--set", "device=cuda"});
  EXPECT_EQ(refused.code, 69) << refused.err;
  const CommandResult moved =
      run_agon({"resume", run, "--set", "train.steps=6", "--set", "device=auto"});
  EXPECT_EQ(moved.code, 0) << moved.err;
  EXPECT_EQ(run_agon({"resume", run, "--set", "train.batch=4"}).code, 78);
}

/// `auto` is settled by these; here with invented figures.
TEST(DeviceEstimates, CountArithmeticBytesAndInstructions) {
  const Plan plan =
      build_plan(read_experiment_text(kPair, "pair.yaml", ".", {}, inspect_data), all_ops());
  const double huge = 1e300;
  const double instructions =
      estimated_seconds(plan.training, {.flops = huge, .bytes = huge, .instruction = 1});
  EXPECT_GT(instructions, 10);
  EXPECT_LT(instructions, 200);
  const auto one_lane = Backend(1).compiled(*plan.training.programs[0].graph);
  double flops = 0;
  for (const Instruction& instruction : one_lane->instructions) {
    const auto& op = instruction.node->op();
    if (op.flops) flops += op.flops(*instruction.node);
  }
  EXPECT_NEAR(estimated_seconds(plan.training, {.flops = 1, .bytes = huge}), flops, 1e-6 * flops);
  const double bytes = estimated_seconds(plan.training, {.flops = huge, .bytes = 1});
  EXPECT_GT(bytes, sizeof(float) * 8 * 2);
  EXPECT_LT(bytes, 1e6);
  EXPECT_DOUBLE_EQ(estimated_seconds(plan.training, {.flops = huge, .bytes = 2}), bytes / 2);
}

TEST(DeviceChoices, StayWithWhatTheRunBeganOn) {
  const Experiment experiment = read_experiment_text(kPair, "pair.yaml", ".", {}, inspect_data);
  const std::vector<Plan> plans = build_plans(experiment, all_ops());
  const DeviceChoice choice = choose_device(experiment, plans, {1, "cpu"}, Absent::Refused);
  EXPECT_EQ(choice.placement.rest, Device::Cpu);
  EXPECT_EQ(choice.accelerator, nullptr);
  EXPECT_EQ(choice.why, "as the run began");
}

TEST(DevicePins, OfOldLocksIsTheProcessors) {
  const Json before = {{"lanes", 2}};
  EXPECT_TRUE(machine_differences(before, {{"device", "cpu"}, {"lanes", 2}}).empty());
  const auto differences = machine_differences(
      before, {{"device", "cuda:0"}, {"accelerator", {{"model", "B"}}}, {"lanes", 2}});
  EXPECT_EQ(list_text(differences),
            "accelerator.model: expected nothing, got B; device: expected cpu, got cuda:0");
  EXPECT_EQ(means_of(before).device, "cpu");
}

TEST(DevicePins, AreTheModelAndItsLibraries) {
  const auto lock_on = [](const char* model, const char* cudnn) {
    return Json{{"device", "cuda:0"}, {"accelerator", {{"model", model}, {"cudnn", cudnn}}}};
  };
  EXPECT_TRUE(machine_differences(lock_on("A", "9.19"), lock_on("A", "9.19")).empty());
  EXPECT_EQ(list_text(machine_differences(lock_on("A", "9.19"), lock_on("B", "9.20"))),
            "accelerator.cudnn: expected 9.19, got 9.20; accelerator.model: expected A, got B");
  EXPECT_EQ(pinned_part(lock_on("A", "9.19"))["accelerator"]["model"], "A");
}

}  // namespace
}  // namespace agon
