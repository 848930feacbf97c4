#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/runners/scratch_folder.h"

/// `agon check --format json`: one object, whatever is found.
namespace agon {
namespace {

using Json = nlohmann::json;

const std::string kConfigs = AGON_SOURCE_DIR "/configs/";

TEST(CheckJson, DescribesWhatWasBuilt) {
  const CommandResult result = run_agon({"check", kConfigs + "cgan/mlp.yaml", "--format", "json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const Json report = Json::parse(result.out);
  EXPECT_EQ(report["valid"], true);
  EXPECT_EQ(report["data"][0]["source"], "digits");
  EXPECT_EQ(report["data"][0]["labels"][0]["classes"], 10);
  std::int64_t parameters = 0;
  for (const Json& layer : report["layers"]) {
    parameters += layer["parameters"].get<std::int64_t>();
    EXPECT_EQ(layer["file"], kConfigs + "cgan/mlp.yaml");
    EXPECT_GT(layer["line"], 0);
    EXPECT_GT(layer["column"], 0);
    EXPECT_TRUE(layer["path"].get<std::string>().starts_with("networks.")) << layer;
  }
  EXPECT_GT(parameters, 0);
  EXPECT_EQ(report["parameters"], parameters);
  EXPECT_GT(report["flops_per_step"], 0.0);
  EXPECT_GT(report["memory_bytes"]["peak"], 0);
  EXPECT_EQ(report["diagnostics"], Json::array());
}

TEST(CheckJson, ListsFindingsWithPlaces) {
  const ScratchFolder folder;
  write_text(folder / "part.yaml", "networks:\n  g:\n    layerz: []\n");
  write_text(folder / "x.yaml", R"yaml(extends: part.yaml
agon: 1
name: x
networks: {g: {input: {z: [2]}}}
step: {fake: "g(normal([batch, 2]))"}
losses: {l: mean(fake)}
optimizers: {g: {minimize: l, update: g, sgd: 1}}
train: {steps: 1}
)yaml");
  const CommandResult wrong = run_agon({"check", folder / "x.yaml", "--format", "json"});
  EXPECT_EQ(wrong.code, 78);
  EXPECT_EQ(wrong.err, "");
  const Json finding = {{"severity", "error"},
                        {"file", folder / "part.yaml"},
                        {"line", 3},
                        {"column", 5},
                        {"path", "networks.g.layerz"},
                        {"message", "unknown key 'layerz' in network; did you mean 'layers'?"}};
  const Json report = Json::parse(wrong.out);
  EXPECT_EQ(report["valid"], false);
  EXPECT_EQ(report["diagnostics"], Json::array({finding}));
  write_text(folder / "part.yaml",
             "step: {idle: \"normal([batch, 2])\"}\nnetworks: {g: {layers: [{dense: 2}]}}\n");
  const CommandResult sound = run_agon({"check", folder / "x.yaml", "--format", "json"});
  ASSERT_EQ(sound.code, 0) << sound.out;
  EXPECT_EQ(Json::parse(sound.out)["diagnostics"][0], (Json{{"severity", "warning"},
                                                            {"file", folder / "part.yaml"},
                                                            {"line", 1},
                                                            {"column", 8},
                                                            {"path", "step.idle"},
                                                            {"message", "never used"}}));
}

TEST(CheckJson, GivesThePlaceOfDataAndWeightsThatAreWrong) {
  const ScratchFolder folder;
  const auto found = [&](const std::string& data, const std::string& weights) {
    write_text(folder / "x.yaml", "agon: 1\nname: x\ndata: {" + data + "}\n" + R"yaml(networks:
  g: {input: {z: [2]}, )yaml" + weights +
                                      R"yaml(layers: [{dense: 2}]}
step: {fake: "g(normal([batch, 2]))"}
losses: {l: mean(fake)}
optimizers: {g: {minimize: l, update: g, sgd: 1}}
train: {steps: 1, batch: 1}
)yaml");
    const CommandResult result = run_agon({"check", folder / "x.yaml", "--format", "json"});
    EXPECT_EQ(result.err, "");
    Json all = Json::parse(result.out)["diagnostics"];
    for (Json& one : all) {
      EXPECT_EQ(one["file"], folder / "x.yaml");
      one = {result.code, one["line"], one["column"], one["path"], one["message"]};
    }
    return all;
  };
  const Json no_folder = {66, 3, 30, "data.path", "no folder '" + (folder / "gone") + "'"};
  EXPECT_EQ(found("source: folder, path: gone", ""), Json::array({no_folder}));
  write_text(folder / "w.safetensors", "{}");
  const Json no_weights = {65, 5, 33, "networks.g.weights",
                           folder / "w.safetensors: is too short to be a safetensors file"};
  EXPECT_EQ(found("source: rings", "weights: w.safetensors, "), Json::array({no_weights}));
}

TEST(CheckJson, KeepsTheExitCodeOfAMissingFile) {
  const CommandResult result = run_agon({"check", "no-such.yaml", "--format", "json"});
  EXPECT_EQ(result.code, 66);
  EXPECT_EQ(result.err, "");
  const Json report = Json::parse(result.out);
  EXPECT_EQ(report["valid"], false);
  EXPECT_EQ(report["diagnostics"][0]["file"], "no-such.yaml");
  EXPECT_EQ(report["diagnostics"][0]["message"], "no-such.yaml: no such file");
}

}  // namespace
}  // namespace agon
