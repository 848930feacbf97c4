#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "engine/runtime/checkpoint.h"
#include "runners/data/decode.h"
#include "runners/training/training_run.h"
#include "tests/runners/program.h"
#include "tests/runners/scratch_folder.h"
#include "tests/sound_experiment.h"

namespace agon {
namespace {

std::string tiny_gan() {
  return tiny_picture_gan() + R"(train: {steps: 6, batch: 8, log: {every: 2}}
sample: {every: 4, image: fake, grid: 2x3}
evaluate: {every: 3, on: test, count: 30, batch: 16, metrics: [losses]}
checkpoint: {every: 2, keep: 2}
)";
}

class Training : public testing::Test {
 protected:
  Training() { write_text(config(), tiny_gan()); }

  std::string config() const { return folder_ / "tiny.yaml"; }
  std::string runs() const { return folder_ / "runs"; }
  std::string run(int number) const { return runs() + "/tiny/000" + std::to_string(number); }

  CommandResult agon(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--runs", runs()});
    return run_agon(arguments);
  }

  pid_t start(std::vector<std::string> arguments, int processors) {
    arguments.insert(arguments.end(), {"--runs", runs()});
    return start_program(std::move(arguments), processors);
  }

  static std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  ScratchFolder folder_;
};

TEST_F(Training, LeavesTheFilesOfARun) {
  const CommandResult result = agon({"train", config()});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find(run(1) + "/samples/step-000006.png"), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(names_in(run(1) + "/samples"),
            (std::vector<std::string>{"step-000000.png", "step-000004.png", "step-000006.png"}));
  EXPECT_EQ(names_in(run(1) + "/checkpoints"), (std::vector<std::string>{"step-4", "step-6"}));
  const Picture grid = read_picture(run(1) + "/samples/step-000006.png");
  EXPECT_EQ(grid.height, 2 * (8 + 2) + 2);
  EXPECT_EQ(grid.width, 3 * (8 + 2) + 2);
  EXPECT_EQ(result.out, file_text(run(1) + "/log.txt"));
}

TEST_F(Training, RecordsLossesEvaluationsAndTheLock) {
  ASSERT_EQ(agon({"train", config()}).code, 0);
  std::istringstream lines(file_text(run(1) + "/metrics.jsonl"));
  std::vector<std::vector<std::string>> keys;
  std::vector<int> steps;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::ordered_json::parse(line);
    steps.push_back(json["step"]);
    keys.emplace_back();
    for (const auto& [key, value] : json.items()) {
      keys.back().push_back(key);
      EXPECT_TRUE(value.is_number() || key == "fingerprint") << line;
    }
  }
  const std::vector<std::string> logged = {"step", "losses.d", "losses.g", "fingerprint"};
  const std::vector<std::string> evaluated = {"step", "losses.d", "losses.g", "evaluate.d",
                                              "evaluate.g"};
  std::vector<std::string> both = evaluated;
  both.push_back("fingerprint");
  EXPECT_EQ(steps, (std::vector<int>{2, 3, 4, 6}));
  EXPECT_EQ(keys, (std::vector<std::vector<std::string>>{logged, evaluated, logged, both}));

  const auto lock = nlohmann::json::parse(file_text(run(1) + "/lock.json"));
  for (const char* key : {"config", "seed", "steps", "device", "lanes", "program", "libraries",
                          "cpu", "versions", "environment", "data", "lineage"})
    EXPECT_TRUE(lock.contains(key)) << key;
  EXPECT_EQ(lock["lanes"], 2);
  EXPECT_EQ(lock["config"]["hash"].get<std::string>().size(), 64u);
}

TEST_F(Training, SameSeedGivesTheSameBitsOnOneProcessorAndOnAll) {
  for (const int processors : {1, 2})
    ASSERT_EQ(exit_code_of(start({"train", config()}, processors)), 0);
  for (const std::string file : {"/metrics.jsonl", "/checkpoints/step-6/variables.safetensors",
                                 "/samples/step-000006.png", "/experiment.yaml"})
    EXPECT_TRUE(file_text(run(1) + file) == file_text(run(2) + file)) << file;
  ASSERT_EQ(agon({"train", config(), "--set", "seed=6"}).code, 0);
  EXPECT_FALSE(file_text(run(1) + "/metrics.jsonl") == file_text(run(3) + "/metrics.jsonl"));
}

TEST_F(Training, LookingDoesNotChangeIt) {
  ASSERT_EQ(agon({"train", config()}).code, 0);
  ASSERT_EQ(agon({"train", config(), "--set", "sample=~", "--set", "evaluate=~", "--set",
                  "checkpoint=~", "--set", "train.log.every=1"})
                .code,
            0);
  const auto state = [&](int number) {
    return file_text(run(number) + "/checkpoints/step-6/variables.safetensors");
  };
  EXPECT_TRUE(state(1) == state(2));
  EXPECT_EQ(names_in(run(2) + "/checkpoints"), std::vector<std::string>{"step-6"});
}

TEST_F(Training, CheckpointDrawsAndMeasuresWhatTheRunDid) {
  ASSERT_EQ(agon({"train", config()}).code, 0);
  const std::string again = folder_ / "again.png";
  const CommandResult sampled = agon({"sample", "tiny", "--step", "4", "--out", again});
  ASSERT_EQ(sampled.code, 0) << sampled.err;
  EXPECT_TRUE(file_text(again) == file_text(run(1) + "/samples/step-000004.png"));
  const CommandResult measured = agon({"evaluate", "tiny/1", "--json"});
  ASSERT_EQ(measured.code, 0) << measured.err;
  const std::string metrics = file_text(run(1) + "/metrics.jsonl");
  const auto last = nlohmann::json::parse(metrics.substr(metrics.rfind("{\"step\"")));
  const auto now = nlohmann::json::parse(measured.out);
  EXPECT_EQ(now["evaluate.d"], last["evaluate.d"]);
  EXPECT_EQ(now["step"], 6);
  EXPECT_EQ(agon({"sample", "tiny", "--step", "5"}).err,
            "error[66] agon sample: '" + run(1) +
                "': no checkpoint of step 5; there are those of 6, 4\n");
}

TEST_F(Training, ListsAndRemovesRuns) {
  ASSERT_EQ(agon({"train", config()}).code, 0);
  ASSERT_EQ(agon({"train", config(), "--name", "second", "--set", "train.steps=1"}).code, 0);
  const auto runs = nlohmann::json::parse(agon({"runs", "list", "--json"}).out);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[1]["run"], "tiny/0001");
  EXPECT_EQ(runs[1]["state"], "complete");
  EXPECT_EQ(runs[0]["run"], "second/0001");
  EXPECT_EQ(runs[0]["steps"], 1);
  EXPECT_EQ(agon({"runs", "remove", "second/1"}).code, 0);
  EXPECT_FALSE(std::filesystem::exists(this->runs() + "/second"));
}

TEST_F(Training, ALossThatIsNoNumberStopsItAndIsNamed) {
  const CommandResult result = agon({"train", config(), "--set", "losses.g=log(mean(fake) - 100)"});
  EXPECT_EQ(result.code, 65);
  EXPECT_NE(result.err.find("losses.g: nan at step 1"), std::string::npos) << result.err;
}

TEST_F(Training, AMistakeLeavesNoDirectory) {
  EXPECT_EQ(agon({"train", config(), "--set", "train.batch=1000"}).code, 78);
  EXPECT_EQ(agon({"train", config(), "--set", "evaluate.count=100000"}).code, 78);
  EXPECT_FALSE(std::filesystem::exists(runs()));
}

TEST_F(Training, StopsOnRequestWithItsStateSaved) {
  const pid_t child = start({"train", config(), "--set", "train.steps=1000000"}, 2);
  const std::string first = run(1) + "/checkpoints/step-2";
  for (int i = 0; i < 1000 && !std::filesystem::exists(first); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  kill(child, SIGTERM);
  EXPECT_EQ(exit_code_of(child), 75);
  const NewestCheckpoint newest = newest_checkpoint(run(1) + "/checkpoints");
  ASSERT_TRUE(newest.checkpoint);
  EXPECT_NE(file_text(run(1) + "/log.txt").find("stopped after"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(agon({"runs", "list", "--json"}).out)[0]["state"], "stopped");
}

TEST(Cadence, EveryNAndTheLast) {
  std::vector<std::int64_t> due;
  for (std::int64_t step = 1; step <= 10; ++step) {
    if (is_due(step, 4, 10)) due.push_back(step);
  }
  EXPECT_EQ(due, (std::vector<std::int64_t>{4, 8, 10}));
  EXPECT_FALSE(is_due(5, 0, 10));
  EXPECT_TRUE(is_due(10, 0, 10));
}

}  // namespace
}  // namespace agon
