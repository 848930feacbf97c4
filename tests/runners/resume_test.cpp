#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runners/data/png.h"
#include "runners/runs/run_directory.h"
#include "tests/runners/scratch_folder.h"

/// Runs that go on: from every checkpoint with the bits of the run that never stopped, longer than
/// they were, or as another run.
namespace agon {
namespace {

namespace fs = std::filesystem;

/// Two stages, losses that only some steps compute, counters, averages, and pools: all that a step
/// takes from the one before.
constexpr const char* kConfig = R"yaml(agon: 1
name: small
seed: 5
lanes: 2
params: {level: 0}
data: {source: faces, size: 8 * 2^level, count: 30}
networks:
  generator:
    input: {z: [4]}
    average: 0.9
    layers:
      - dense: 16
      - reshape: [1, 4, 4]
      - batch_norm
      - upsample: 2
      - {conv: {filters: 3, kernel: 3, padding: 1}, as: rgb8}
      - {when: level == 1, upsample: 2}
  critic:
    input: {image: data.image}
    layers:
      - {when: level == 1, average_pool: 2}
      - dropout: 0.2
      - flatten
      - dense: 1
variables:
  seen: {init: 0, next: seen + pooled}
step:
  fake: generator(normal([batch, 4]))
  pooled: mean(image_pool(fake, 12))
losses:
  c: mean(critic(fake)) - mean(critic(data.image)) + every(3, mean(critic(data.image)^2))
  rare: every(4, mean(critic(fake)^2))
  g: smooth(seen, 0.5) - mean(critic(fake))
optimizers:
  c: {minimize: c, update: critic, adam: {lr: 1e-3}}
  g: {minimize: g, update: generator, adam: {lr: 1e-3}}
train:
  batch: 4
  log: {every: 1}
  stages: [{steps: 5}, {steps: 5, set: {level: 1}}]
sample: {every: 3, image: fake, grid: 2x2}
evaluate: {every: 4, on: test, count: 20, batch: 10, metrics: [losses]}
checkpoint: {every: 1, keep: 20}
)yaml";

constexpr const char* kPoints = R"yaml(agon: 1
name: points
lanes: 1
data: {source: rings, count: 64}
networks:
  maker: {input: {z: [2]}, layers: [{dense: 3}, relu, {dense: 2}]}
losses: {g: "mse(maker(normal([batch, 2])), data.point)"}
optimizers: {g: {minimize: g, update: maker, adam: {lr: 0.01}}}
train: {steps: 6, batch: 8, log: {every: 1}}
checkpoint: {every: 2, keep: 9}
)yaml";

class Resume : public testing::Test {
 protected:
  Resume() {
    write_text(folder_ / "small.yaml", kConfig);
    write_text(folder_ / "points.yaml", kPoints);
  }

  std::string runs() const { return folder_ / "runs"; }
  std::string run(const std::string& name, int number = 1) const {
    return runs() + "/" + name + "/000" + std::to_string(number);
  }

  CommandResult agon(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--runs", runs()});
    return run_agon(arguments);
  }
  void train(const std::string& name, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"train", folder_ / (name + ".yaml")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult trained = agon(arguments);
    ASSERT_EQ(trained.code, 0) << trained.err;
  }

  /// What a rerun must reproduce, by file name.
  static std::map<std::string, std::string> results(const std::string& run) {
    std::map<std::string, std::string> texts = {{"metrics", file_text(run + "/metrics.jsonl")}};
    for (const auto& entry : fs::directory_iterator(run + "/samples"))
      texts[entry.path().filename()] = file_text(entry.path());
    for (const auto& entry : fs::directory_iterator(run + "/checkpoints"))
      texts[entry.path().filename()] = file_text(entry.path() / "variables.safetensors");
    return texts;
  }

  /// As a run looks that was killed some time after it had saved `step`.
  static void rewind(const std::string& run, std::int64_t step) {
    std::vector<fs::path> later;
    for (const auto& entry : fs::directory_iterator(run + "/checkpoints")) {
      if (std::stoi(entry.path().filename().string().substr(5)) > step)
        later.push_back(entry.path());
    }
    for (const fs::path& folder : later) fs::remove_all(folder);
    std::string metrics = file_text(run + "/metrics.jsonl");
    write_text(run + "/metrics.jsonl", metrics.substr(0, metrics.size() - 5));  // a torn line
    fs::create_directories(run + "/checkpoints/step-99.tmp-7-0");
    write_text(run + "/samples/step-000099.png.tmp-7-1", "half");
  }

  void edit_lock(const std::string& run, const char* pointer, const nlohmann::json& value) const {
    auto lock = nlohmann::ordered_json::parse(file_text(run + "/lock.json"));
    lock[nlohmann::ordered_json::json_pointer(pointer)] = value;
    write_text(run + "/lock.json", lock.dump(2));
  }

  ScratchFolder folder_;
};

TEST_F(Resume, GivesTheSameBitsFromEveryStep) {
  train("small");
  const auto whole = results(run("small"));
  ASSERT_EQ(whole.size(), 1u + 5 + 10);  // samples of steps 0, 3, 6, 9, 10
  for (std::int64_t step = 0; step < 10; ++step) {
    rewind(run("small"), step);
    const CommandResult resumed = agon({"resume", "small"});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    const std::string where =
        step == 0 ? "begins again" : "goes on after step " + std::to_string(step);
    EXPECT_NE(resumed.out.find(where), std::string::npos) << resumed.out;
    EXPECT_EQ(results(run("small")), whole) << "after step " << step;
  }
}

TEST_F(Resume, KeepsTheTimeOfTheWholeRun) {
  train("points");
  const std::string first = file_text(run("points") + "/timing.jsonl");
  rewind(run("points"), 4);
  ASSERT_EQ(agon({"resume", "points"}).code, 0);
  const std::string timing = file_text(run("points") + "/timing.jsonl");
  EXPECT_EQ(timing.substr(0, 40), first.substr(0, 40));
  double before = 0;
  std::istringstream lines(timing);
  for (std::string line; std::getline(lines, line);) {
    const double seconds = nlohmann::json::parse(line)["seconds"];
    EXPECT_GE(seconds, before);
    before = seconds;
  }
}

/// Its times are of no use then, its weights are.
TEST_F(Resume, GoesOnWhereTimesAreDamaged) {
  train("points");
  rewind(run("points"), 4);
  write_text(run("points") + "/timing.jsonl", "{\"step\":4,\"seconds\":\"long\"}\n");
  const CommandResult resumed = agon({"resume", "points"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
}

TEST_F(Resume, LengthensARun) {
  train("points");
  const CommandResult resumed = agon({"resume", "points", "--set", "train.steps=9"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  const auto lock = nlohmann::json::parse(file_text(run("points") + "/lock.json"));
  EXPECT_EQ(lock["steps"], 9);
  EXPECT_EQ(lock["lineage"][0]["resumed"], 6);
  EXPECT_EQ(lock["lineage"][0]["set"][0], "train.steps=9");

  train("points", {"--set", "train.steps=9"});
  const std::string state = "/checkpoints/step-9/variables.safetensors";
  EXPECT_EQ(file_text(run("points", 1) + state), file_text(run("points", 2) + state));
  EXPECT_EQ(file_text(run("points", 1) + "/metrics.jsonl"),
            file_text(run("points", 2) + "/metrics.jsonl"));

  // also the next time it is longer
  rewind(run("points"), 8);
  const CommandResult again = agon({"resume", "points/1"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(file_text(run("points", 1) + state), file_text(run("points", 2) + state));
}

TEST_F(Resume, OfACompleteRunSaysSo) {
  train("points");
  const auto whole = results(run("points"));
  const CommandResult resumed = agon({"resume", "points"});
  EXPECT_EQ(resumed.code, 0);
  EXPECT_NE(resumed.out.find("already complete at step 6"), std::string::npos) << resumed.out;
  EXPECT_EQ(results(run("points")), whole);
}

TEST_F(Resume, RefusesOtherSettings) {
  train("points");
  const auto whole = results(run("points"));
  const auto refused = [&](const std::string& setting, const std::string& message) {
    const CommandResult result = agon({"resume", "points", "--set", setting});
    EXPECT_EQ(result.code, 78) << setting;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
  };
  refused("seed=7", "agon train --from " + run("points") + " --set seed=7");
  refused("train.batch=4", "train.steps, train.epochs");
  refused("train.steps=3", "train.steps is 3");
  EXPECT_EQ(results(run("points")), whole);
}

TEST_F(Resume, RefusesAnEditedFileWithWhatDiffers) {
  train("points");
  rewind(run("points"), 4);
  const std::string path = run("points") + "/experiment.yaml";
  std::string text = file_text(path);
  text.replace(text.find("lr: 0.01"), 8, "lr: 0.02");
  write_text(path, text + "seed: 3\n");
  const CommandResult resumed = agon({"resume", "points"});
  EXPECT_EQ(resumed.code, 78);
  EXPECT_NE(resumed.err.find("optimizers.g.adam.lr: 0.01 became 0.02; seed is new"),
            std::string::npos)
      << resumed.err;
}

TEST_F(Resume, WaitsForNobody) {
  train("points");
  const RunLock held(RunDirectory{run("points")});
  const CommandResult resumed = agon({"resume", "points"});
  EXPECT_EQ(resumed.code, 73);
  EXPECT_NE(resumed.err.find("held by pid"), std::string::npos) << resumed.err;
}

TEST_F(Resume, TellsOfAnotherMachineAndNotesIt) {
  train("points");
  rewind(run("points"), 4);
  edit_lock(run("points"), "/cpu/model", "Another Processor");
  const CommandResult resumed = agon({"resume", "points"});
  EXPECT_EQ(resumed.code, 0);
  EXPECT_NE(
      resumed.err.find("bits may differ from here on: cpu.model: expected Another Processor, got"),
      std::string::npos)
      << resumed.err;
  const auto lock = nlohmann::json::parse(file_text(run("points") + "/lock.json"));
  EXPECT_TRUE(lock["lineage"][0]["machine"].contains("cpu.model")) << lock["lineage"];
}

TEST_F(Resume, RefusesOtherData) {
  Picture picture(4, 4, 1);
  picture.bytes[0] = 90;
  Picture other = picture;
  other.bytes[3] = 200;
  fs::create_directories(folder_ / "pictures");
  write_png(folder_ / "pictures/a.png", picture);
  write_png(folder_ / "pictures/b.png", other);
  std::string text = kPoints;
  text.replace(text.find("source: rings, count: 64"), 24,
               "source: folder, path: pictures, size: 4");
  text.replace(text.find("{dense: 2}"), 10, "{dense: 16}, {reshape: [1, 4, 4]}");
  text.replace(text.find("data.point"), 10, "data.image");
  text.replace(text.find("batch: 8"), 8, "batch: 2");
  write_text(folder_ / "points.yaml", text);
  train("points");
  rewind(run("points"), 4);
  write_png(folder_ / "pictures/b.png", picture);
  const CommandResult resumed = agon({"resume", "points"});
  EXPECT_EQ(resumed.code, 65);
  EXPECT_NE(resumed.err.find("data.folder/train file 2: expected"), std::string::npos)
      << resumed.err;
}

TEST_F(Resume, GoesOnFromTheCheckpointBeforeABadOne) {
  train("points");
  const auto whole = results(run("points"));
  std::string state = file_text(run("points") + "/checkpoints/step-6/variables.safetensors");
  state[state.size() - 9] ^= 1;
  write_text(run("points") + "/checkpoints/step-6/variables.safetensors", state);
  const CommandResult resumed = agon({"resume", "points"});
  EXPECT_EQ(resumed.code, 0);
  EXPECT_NE(resumed.err.find("SHA-256"), std::string::npos) << resumed.err;
  EXPECT_NE(resumed.out.find("goes on after step 4"), std::string::npos) << resumed.out;
  EXPECT_EQ(results(run("points")), whole);
}

TEST_F(Resume, TrainFromARunIsARunOfItsOwn) {
  train("points");
  const CommandResult same = agon({"train", "--from", "points", "--step", "2", "--name", "fork"});
  ASSERT_EQ(same.code, 0) << same.err;
  const std::string state = "/checkpoints/step-6/variables.safetensors";
  EXPECT_EQ(file_text(run("points") + state), file_text(run("fork") + state));
  const auto lock = nlohmann::json::parse(file_text(run("fork") + "/lock.json"));
  EXPECT_EQ(lock["lineage"][0]["from"], run("points"));
  EXPECT_EQ(lock["lineage"][0]["step"], 2);
  EXPECT_TRUE(file_text(run("fork") + "/metrics.jsonl").starts_with("{\"step\": 3,"));

  // killed before it had a checkpoint of its own
  const auto whole = results(run("fork"));
  for (const char* step : {"4", "6"}) fs::remove_all(run("fork") + "/checkpoints/step-" + step);
  const CommandResult resumed = agon({"resume", "fork"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_NE(resumed.out.find("goes on after step 2"), std::string::npos) << resumed.out;
  EXPECT_EQ(results(run("fork")), whole);

  const CommandResult other = agon({"train", folder_ / "points.yaml", "--from", "points", "--set",
                                    "optimizers.g.adam.lr=0.1", "--set", "train.steps=8"});
  ASSERT_EQ(other.code, 0) << other.err;
  EXPECT_TRUE(file_text(run("points", 2) + "/metrics.jsonl").starts_with("{\"step\": 7,"));
}

TEST_F(Resume, TrainFromARunRefusesWhatDoesNotFit) {
  train("points");
  const auto refused = [&](std::vector<std::string> more, int code, const std::string& message) {
    more.insert(more.begin(), "train");
    const CommandResult result = agon(more);
    EXPECT_EQ(result.code, code) << message;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
  };
  refused({"--from", "points"}, 78, "train.steps is 6, which counts from the first step on");
  refused({"--from", "point"}, 66, "did you mean 'points'?");
  refused({"--from", "points", "--step", "3"}, 66, "no checkpoint of step 3");
  refused({"--step", "3", folder_ / "points.yaml"}, 64, "--step needs --from");
  refused({"--from", "points", "--quick"}, 64, "--quick needs CONFIG");
  refused(
      {"--from", "points", "--set", "train.steps=9", "--set", "networks.maker.layers[0].dense=5"},
      65, "maker.dense1.weight: expected f32[5, 2], got f32[3, 2]");
  EXPECT_FALSE(fs::exists(run("points", 2)));
}

}  // namespace
}  // namespace agon
