#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/runners/scratch_folder.h"
#include "tests/shipped_configs.h"

/// The JSON Schema that editors use, judged by a validator that is not ours.
namespace agon {
namespace {

/// What the validator says of files, or nothing where there is none.
std::optional<std::string> verdict(const std::string& schema,
                                   const std::vector<std::string>& files) {
  std::string command = "python3 -B " AGON_SOURCE_DIR "/tests/runners/schema_check.py " + schema;
  for (const std::string& file : files) command += " '" + file + "'";
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string said;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) said += static_cast<char>(c);
  const int status = pclose(pipe);
  if (WEXITSTATUS(status) == 77) return std::nullopt;
  EXPECT_EQ(WEXITSTATUS(status), 0) << said;
  return said;
}

class Schema : public testing::Test {
 protected:
  Schema() {
    const CommandResult printed = run_agon({"schema"});
    EXPECT_EQ(printed.code, 0) << printed.err;
    write_text(path(), printed.out);
    text_ = printed.out;
  }
  std::string path() const { return folder_ / "schema.json"; }

  const ScratchFolder folder_;
  std::string text_;
};

void each_reference(const nlohmann::json& node, std::set<std::string>& names) {
  if (node.is_object() && node.contains("$ref")) names.insert(node["$ref"].get<std::string>());
  if (!node.is_structured()) return;
  for (const auto& inner : node) each_reference(inner, names);
}

TEST_F(Schema, DefinesWhatItRefersTo) {
  const auto schema = nlohmann::json::parse(text_);
  std::set<std::string> names;
  each_reference(schema, names);
  EXPECT_GE(names.size(), 60u);
  for (const std::string& name : names) {
    ASSERT_TRUE(name.starts_with("#/$defs/"));
    EXPECT_TRUE(schema["$defs"].contains(name.substr(8))) << name;
  }
  const auto& train = schema["$defs"]["train"]["properties"];
  EXPECT_EQ(train["batch"]["description"], "examples of a draw (default 1)");
  const auto& words = schema["$defs"]["layer"]["anyOf"][0]["enum"];
  for (const char* word : {"conv", "leaky_relu", "batch_norm"})
    EXPECT_NE(std::find(words.begin(), words.end(), word), words.end()) << word;
}

/// What no shipped file writes: words of the language among the user's names, and the long way
/// round where a short one exists.
constexpr const char* kSeveral = R"yaml(agon: 1
name: t
data:
  paired: true
  style: {source: faces, style: photo, augment: [flip, {shift: 4}]}
  b: {source: faces, style: sketch, augment: {shift: 2}, labels: a.csv}
networks:
  g:
    input: {x: [3, any, any], label: data.b.label}
    layers: [{conv: {filters: 3, kernel: [1, 3], padding: same}, from: x, as: a}]
    outputs: {mu: [{dense: 4}]}
variables:
  k: {init: 0, next: 0.5 * k}
step: {image: data.b.image}
losses: {l: mean(image) * k}
optimizers: {o: {minimize: l + 1, update: g.a, sgd: 1_000}}
train: {epochs: 2.5, order: [o * 2], log: {show: l}, stages: [{steps: 2, set: {k: 2}, order: o}]}
sample: {a: {image: image}, b: {image: [image, image], grid: 2x4}}
evaluate:
  a: {metrics: [losses, {sure: mean(image), metrics: 1}]}
  b: {metrics: {losses: l}, on: validate}
quick: {"train.stages[0].steps": 1}
)yaml";

TEST_F(Schema, AcceptsEveryShippedFile) {
  std::vector<std::string> files = shipped_configs();
  for (const auto& part : std::filesystem::directory_iterator(AGON_SOURCE_DIR "/configs/parts"))
    files.push_back(part.path().string());
  files.push_back(folder_ / "several.yaml");
  write_text(files.back(), kSeveral);
  const auto said = verdict(path(), files);
  if (!said) GTEST_SKIP() << "no jsonschema and yaml for python3";
  EXPECT_EQ(*said, "");
}

constexpr const char* kSound = R"yaml(agon: 1
name: t
seed: 2 * 3
params: {width: 8, lr: 1e-3}
data: {source: digits, pick: shuffle, size: [28, 28]}
blocks:
  up(f): [{conv: {filters: f, kernel: 3}}, relu]
networks:
  g:
    input: {z: [4]}
    frozen: false
    layers:
      - {dense: 2 * width, as: h}
      - {up: 3, when: width > 2}
      - residual: [{conv: {filters: 8, kernel: 3, padding: same}}]
      - repeat: {times: 2, layers: [relu]}
      - {relu, as: last}
step: {fake: "g(normal([batch, 4]))"}
losses: {l: mean(fake)}
optimizers: {g: {minimize: l, update: [g], adam: {lr: lr, betas: [0.5, 0.999]}}}
train: {steps: 20, batch: 4}
sample: {image: [fake, fake], grid: 2x3, on: test}
evaluate: {a: {metrics: [losses]}, b: {metrics: {m: mean(fake)}}}
lanes: auto
quick: {train.steps: 2}
)yaml";

TEST_F(Schema, RefusesMistakes) {
  const std::pair<const char*, const char*> cases[] = {
      {"name: t\n", ""},
      {"params:", "parms:"},
      {"seed: 2 * 3", "seed: -1"},
      {"source: digits", "source: digitz"},
      {"source: digits, ", ""},
      {"size: [28, 28]", "sized: 28"},
      {"size: [28, 28]", "size: [1, 2, 3]"},
      {"frozen: false", "frozen: no"},
      {"    frozen: false", "    layer: []\n    frozen: false"},
      {"kernel: 3, padding", "kernl: 3, padding"},
      {"kernel: 3, padding: same", "padding: same"},
      {"times: 2, ", "time: 2, "},
      {"repeat: {times: 2, ", "repeat: {"},
      {"adam: {lr: lr, ", "adam: {"},
      {"adam: {lr: lr, ", "adam: {rate: 1, lr: lr, "},
      {"betas: [0.5, 0.999]", "betas: [0.5, 1.5]"},
      {"minimize: l, ", ""},
      {"steps: 20, ", "stepz: 20, "},
      {"batch: 4", "batch: 0"},
      {"batch: 4", "batch: [4]"},
      {"grid: 2x3", "grid: 2"},
      {"on: test", "on: tests"},
      {"image: [fake, fake], ", ""},
      {"a: {metrics: [losses]}", "a: {metric: [losses]}"},
      {"lanes: auto", "lanes: 5000"},
      {"quick: {train.steps: 2}", "quick: 2"},
  };
  std::vector<std::string> files = {folder_ / "sound.yaml"};
  write_text(files[0], kSound);
  for (const auto& [from, to] : cases) {
    std::string text = kSound;
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, std::string(from).size(), to);
    files.push_back(folder_ / ("wrong-" + std::to_string(files.size()) + ".yaml"));
    write_text(files.back(), text);
  }
  const auto said = verdict(path(), files);
  if (!said) GTEST_SKIP() << "no jsonschema and yaml for python3";
  EXPECT_EQ(said->find(files[0]), std::string::npos) << *said;
  for (std::size_t i = 1; i < files.size(); ++i)
    EXPECT_NE(said->find(files[i]), std::string::npos) << file_text(files[i]) << *said;
}

TEST_F(Schema, OfSweepsAcceptsTheShippedOnesAndFindsMistakes) {
  const CommandResult printed = run_agon({"schema", "sweep"});
  ASSERT_EQ(printed.code, 0) << printed.err;
  write_text(path(), printed.out);
  std::vector<std::string> sound, wrong;
  for (const auto& file : std::filesystem::directory_iterator(AGON_SOURCE_DIR "/configs/sweeps"))
    sound.push_back(file.path().string());
  ASSERT_FALSE(sound.empty());
  const std::string text = file_text(AGON_SOURCE_DIR "/configs/sweeps/vae_beta.yaml");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"best:", "bets:"},
      {"minimize:", "minimise:"},
      {"gp:", "gaussian:"},
      {"trials: 14", "trials: 0"},
      {"startup: 4}", "startup: 4, form: 3}"},
      {"health: true", "health: 3"},
  };
  for (const auto& [from, to] : cases) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    wrong.push_back(folder_ / ("wrong-" + std::to_string(wrong.size()) + ".yaml"));
    write_text(wrong.back(), std::string(text).replace(at, from.size(), to));
  }
  std::vector<std::string> files = sound;
  files.insert(files.end(), wrong.begin(), wrong.end());
  const auto said = verdict(path(), files);
  if (!said) GTEST_SKIP() << "no jsonschema and yaml for python3";
  for (const std::string& file : sound) EXPECT_EQ(said->find(file), std::string::npos) << *said;
  for (const std::string& file : wrong) EXPECT_NE(said->find(file), std::string::npos) << file;
}

TEST_F(Schema, RefusesOtherKinds) {
  const CommandResult refused = run_agon({"schema", "swep"});
  EXPECT_EQ(refused.code, 64);
  EXPECT_NE(refused.err.find("did you mean 'sweep'"), std::string::npos) << refused.err;
}

TEST_F(Schema, LetsFilesThatExtendOthersLeaveOutRemoveAndChange) {
  const std::vector<std::string> files = {folder_ / "sound.yaml", folder_ / "wrong.yaml"};
  write_text(files[0], R"yaml(extends: [a.yaml, b.yaml]
agon: 1
sample: ~
networks:
  d: ~
  g:
    frozen: ~
    layers: {after relu1: [tanh, {dropout: 0.5}], replace fc: {dense: 3}, remove: [conv1]}
optimizers: {g: {adam: ~, sgd: {lr: 1}}}
)yaml");
  write_text(files[1], R"yaml(extends: a.yaml
networks: {g: {layers: {aftr relu1: [tanh]}}}
)yaml");
  const auto said = verdict(path(), files);
  if (!said) GTEST_SKIP() << "no jsonschema and yaml for python3";
  EXPECT_EQ(said->find(files[0]), std::string::npos) << *said;
  EXPECT_NE(said->find(files[1]), std::string::npos) << *said;
}

}  // namespace
}  // namespace agon
