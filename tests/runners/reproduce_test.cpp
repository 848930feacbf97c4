#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "runners/reproduce/recording.h"
#include "tests/runners/program.h"
#include "tests/runners/scratch_folder.h"

/// Reruns and their verdicts: identical where nothing changed, and otherwise what is different, and
/// what of machine and experiment is.
namespace agon {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kConfig = R"yaml(agon: 1
name: small
lanes: 2
data: {source: digits, count: 64}
networks:
  generator: {input: {z: [4]}, layers: [{dense: 8}, relu, {dense: 784}, {reshape: [1, 28, 28]}, tanh]}
  critic: {input: {image: data.image}, layers: [{conv: {filters: 4, kernel: 3}}, relu, flatten, {dense: 1}]}
step: {fake: "generator(normal([batch, 4]))"}
losses:
  c: mse(critic(data.image), 1) + mse(critic(fake), 0)
  g: mse(critic(fake), 1)
optimizers:
  c: {minimize: c, update: critic, adam: {lr: 1e-3}}
  g: {minimize: g, update: generator, adam: {lr: 1e-3}}
train: {steps: 12, batch: 8, log: {every: 1}}
sample: {every: 4, image: fake, grid: 2x2}
evaluate: {every: 5, on: test, count: 20, batch: 10, metrics: [losses]}
checkpoint: {every: 3, keep: 9}
)yaml";

class Reproduce : public testing::Test {
 protected:
  Reproduce() { write_text(config(), kConfig); }

  std::string config() const { return folder_ / "small.yaml"; }
  std::string recorded() const { return folder_ / "small.recorded.json"; }
  std::string run() const { return folder_ / "runs/small/0001"; }

  CommandResult agon(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--runs", folder_ / "runs"});
    return run_agon(arguments);
  }
  void record() const {
    const CommandResult result = agon({"reproduce", config(), "--record"});
    ASSERT_EQ(result.code, 0) << result.err;
  }
  void train() const {
    const CommandResult result = agon({"train", config()});
    ASSERT_EQ(result.code, 0) << result.err;
  }
  Json verdict(const std::string& what, int code) const {
    const CommandResult result = agon({"reproduce", what, "--json"});
    EXPECT_EQ(result.code, code) << result.err << result.out;
    return Json::parse(result.out, nullptr, false);
  }
  void edit(const std::string& path, const std::function<void(Json&)>& change) const {
    Json json = Json::parse(file_text(path));
    change(json);
    write_text(path, json.dump(1));
  }

  ScratchFolder folder_;
};

TEST_F(Reproduce, OfARecordedConfigIsIdentical) {
  record();
  const Json found = verdict(config(), 0);
  EXPECT_EQ(found["verdict"], "identical") << found;
  EXPECT_TRUE(found["pinned"].empty()) << found;
  const Json recording = Json::parse(file_text(recorded()));
  std::vector<std::int64_t> named;
  for (const Json& step : recording["steps"]) {
    if (step.contains("variables")) named.push_back(step["step"]);
  }
  EXPECT_EQ(named, (std::vector<std::int64_t>{1, 2, 4, 8, 12}));
  EXPECT_EQ(recording["pictures"].size(), 2u);  // of step 0 and the last
  EXPECT_EQ(file_text(recorded()).find(folder_.path()), std::string::npos);
}

TEST_F(Reproduce, NamesStepVariableAndInstruction) {
  record();
  // the fingerprint of the one at `position`, made another
  const auto change = [&](std::int64_t number, const char* part, std::size_t position) {
    edit(recorded(), [&](Json& json) {
      for (Json& step : json["steps"]) {
        if (step["step"] != number) continue;
        std::string words = step[part];
        ASSERT_GT(words.size(), 9 * position);
        char& digit = words[9 * position];
        digit = digit == '0' ? '1' : '0';
        step[part] = words;
      }
    });
  };
  const Json recording = Json::parse(file_text(recorded()));
  const std::vector<std::string> names = recording["steps"][0]["names"];
  const auto place_of = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  };
  change(8, "variables", place_of("generator.dense2.weight"));
  Json found = verdict(config(), 65);
  EXPECT_EQ(found["verdict"], "different");
  EXPECT_EQ(found["first_difference"], "step 8: generator.dense2.weight");
  EXPECT_EQ(found["instruction"], "");

  change(4, "variables", place_of("critic.conv1.weight"));
  found = verdict(config(), 65);
  EXPECT_EQ(found["first_difference"], "step 4: critic.conv1.weight");

  change(1, "instructions", 6);
  found = verdict(config(), 65);
  EXPECT_EQ(found["instruction"].get<std::string>().substr(0, 4), "1.7 ") << found;
  EXPECT_NE(found["instruction"].get<std::string>().find("small.yaml:"), std::string::npos);
}

TEST_F(Reproduce, ComparesLossesFingerprintsAndPictures) {
  record();
  const std::string whole = file_text(recorded());
  const auto first = [&](const std::function<void(Json&)>& change) {
    write_text(recorded(), whole);
    edit(recorded(), change);
    return verdict(config(), 65)["first_difference"].get<std::string>();
  };
  EXPECT_TRUE(first([](Json& json) {
                json["steps"][2]["measures"]["losses.g"] = 0.5;
              }).starts_with("step 3: losses.g "));
  EXPECT_TRUE(first([](Json& json) {
                json["steps"][1]["fingerprint"] = "0123456789abcdef";
              }).starts_with("step 2: fingerprint of all variables "));
  EXPECT_EQ(first([](Json& json) { json["pictures"]["step-000012.png"] = "ab"; }),
            "step-000012.png: another picture");
}

TEST_F(Reproduce, SaysWhichPinnedItemIsOtherwise) {
  record();
  const std::string whole = file_text(recorded());
  const auto pinned = [&](const char* pointer, const Json& value) {
    write_text(recorded(), whole);
    edit(recorded(), [&](Json& json) { json["pinned"][Json::json_pointer(pointer)] = value; });
    std::vector<std::string> items;
    const Json found = verdict(config(), 0);
    for (const Json& difference : found["pinned"]) items.push_back(difference["item"]);
    return items;
  };
  using Items = std::vector<std::string>;
  EXPECT_EQ(pinned("/cpu/model", "Another"), Items{"cpu.model"});
  EXPECT_EQ(pinned("/cpu/isa", "avx9"), Items{"cpu.isa"});
  EXPECT_EQ(pinned("/libraries/oneDNN", "9.9"), Items{"libraries.oneDNN"});
  EXPECT_EQ(pinned("/libraries/glibc", "9.9"), Items{"libraries.glibc"});
  EXPECT_EQ(pinned("/versions/numerics", 99), Items{"versions.numerics"});
  EXPECT_EQ(pinned("/versions/random", 99), Items{"versions.random"});
  EXPECT_EQ(pinned("/environment/DNNL_VERBOSE", "1"), Items{"environment.DNNL_VERBOSE"});
  EXPECT_EQ(pinned("/config/hash", "77"), Items{"config.hash"});
  EXPECT_EQ(pinned("/seed", 7), Items{"seed"});
  EXPECT_EQ(pinned("/precision", "bf16"), Items{"precision"});
  EXPECT_EQ(pinned("/determinism", "strict"), Items{"determinism"});
  EXPECT_EQ(pinned("/data/0/count", 65), Items{"data.digits/train examples"});
  EXPECT_EQ(pinned("/program/build", "other"), Items{});  // recorded, not pinned
}

TEST_F(Reproduce, OnAnotherMachineHoldsLossesToTheirSpread) {
  record();
  const auto on_another = [&](double by) {
    edit(recorded(), [&](Json& json) {
      json["pinned"]["cpu"]["model"] = "Another";
      Json& step = json["steps"][0];
      step["fingerprint"] = "0123456789abcdef";
      step["measures"]["losses.c"] = step["measures"]["losses.c"].get<double>() + by;
    });
  };
  const Json recording = Json::parse(file_text(recorded()));
  for (const Json& step : recording["steps"]) EXPECT_TRUE(step.contains("spread"));
  const double spread = recording["steps"][0]["spread"]["losses.c"];
  EXPECT_GT(spread, 0);
  EXPECT_LT(spread, 1e-4);
  on_another(4 * spread);
  EXPECT_EQ(verdict(config(), 0)["verdict"], "within tolerance");
  on_another(1e-3);
  const Json found = verdict(config(), 65);
  EXPECT_EQ(found["verdict"], "different");
  EXPECT_TRUE(found["first_difference"].get<std::string>().starts_with("step 1: losses.c "));
}

/// Other instructions of the same processor round otherwise: what another machine would do.
TEST_F(Reproduce, WithOtherInstructionsIsWithinTolerance) {
  record();
  setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
  const pid_t child = start_program({"reproduce", config()}, 2);
  unsetenv("ONEDNN_MAX_CPU_ISA");
  EXPECT_EQ(exit_code_of(child), 0);
}

TEST_F(Reproduce, OfARunIsIdentical) {
  train();
  const Json found = verdict("small", 0);
  EXPECT_EQ(found["verdict"], "identical") << found;
  // 12 fingerprints and 24 losses, the evaluations of steps 5, 10 and 12, pictures of 0, 4, 8 and
  // 12, variables at 3, 6, 9 and 12
  EXPECT_GT(found["compared"].get<int>(), 12 + 24 + 2 * 3 + 4 + 4 * 4) << found;
}

TEST_F(Reproduce, OfARunThatWasChangedSaysWhere) {
  train();
  std::string metrics = file_text(run() + "/metrics.jsonl");
  const std::size_t at = metrics.find("\"step\": 7");
  const std::size_t digit = metrics.find("\"losses.g\": 0.", at) + 14;
  metrics[digit] = metrics[digit] == '5' ? '6' : '5';
  write_text(run() + "/metrics.jsonl", metrics);
  Json found = verdict("small", 65);
  EXPECT_TRUE(found["first_difference"].get<std::string>().starts_with("step 7: losses.g "))
      << found;
  const CommandResult before = agon({"reproduce", "small", "--steps", "6"});
  EXPECT_EQ(before.code, 0) << before.out;

  fs::copy(run() + "/samples/step-000000.png", run() + "/samples/step-000004.png",
           fs::copy_options::overwrite_existing);
  const CommandResult until_four = agon({"reproduce", "small", "--steps", "4"});
  EXPECT_EQ(until_four.code, 65);
  EXPECT_NE(until_four.out.find("step-000004.png: another picture"), std::string::npos)
      << until_four.out;
}

TEST_F(Reproduce, OfAForkAndOfALengthenedRunIsIdentical) {
  train();
  ASSERT_EQ(agon({"train", "--from", "small", "--step", "6", "--name", "fork"}).code, 0);
  EXPECT_EQ(verdict("fork", 0)["verdict"], "identical");
  ASSERT_EQ(agon({"resume", "small", "--set", "train.steps=15"}).code, 0);
  EXPECT_EQ(verdict("small", 0)["verdict"], "identical");
  fs::remove_all(run());
  EXPECT_EQ(agon({"reproduce", "fork"}).code, 66);
}

TEST_F(Reproduce, RefusesWhatItCannotDo) {
  train();
  const auto refused = [&](std::vector<std::string> more, int code, const std::string& message) {
    more.insert(more.begin(), "reproduce");
    const CommandResult result = agon(more);
    EXPECT_EQ(result.code, code) << message;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
  };
  refused({config()}, 66, "small.recorded.json' is missing; agon reproduce");
  refused({"small", "--record"}, 64, "--record expects CONFIG");
  refused({"small", "--set", "seed=2"}, 64, "--set expects CONFIG");
  refused({"small", "--steps", "13"}, 64, "--steps expects at most 12, got 13");
  refused({}, 64, "RUN or CONFIG is missing");
  write_text(recorded(), "{\"recording\": 1}");
  refused({config()}, 65, "not a recording");
  write_text(recorded(), "[");
  refused({config()}, 65, "not a recording");
}

}  // namespace
}  // namespace agon
