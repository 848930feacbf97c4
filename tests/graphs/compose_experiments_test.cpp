#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/base/error.h"
#include "graphs/document/reader.h"
#include "graphs/document/writer.h"
#include "graphs/experiment/compose.h"
#include "graphs/experiment/experiment.h"
#include "graphs/experiment/paths.h"
#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "tests/graphs/composed_files.h"
#include "tests/graphs/drawn_facts.h"

/// Experiments in several files: where messages point and paths begin, and what comes after.
namespace agon {
namespace {

const char* const kPart = R"(params: {width: 8}
networks:
  generator:
    input: {z: [4]}
    layers:
      - dense: width
      - leaky_relu
)";
const char* const kWhole = R"yaml(extends: parts/part.yaml
agon: 1
name: t
data: {source: digits}
networks: {generator: {layers: {after dense1: [{dense: 2 * width}]}}}
step: {fake: "generator(normal([batch, 4]))"}
losses: {g: mean(fake)}
optimizers: {g: {minimize: g, update: generator, adam: 1e-3}}
train: {steps: 1}
quick: {width: 1 + 1}
)yaml";

std::string reading(const Files& files, const ReadOptions& options) {
  try {
    return to_yaml(read_experiment(files.path("x.yaml"), options, drawn_facts).document);
  } catch (const Error& e) {
    return files.without_folder(e.what());
  }
}

TEST(Compose, MessagesPointIntoThePart) {
  OpRegistry ops;
  register_all_ops(ops);
  const auto said = [&](const std::string& in_part, const std::string& in_file) {
    std::string part = kPart, whole = kWhole;
    part.replace(part.find("leaky_relu"), 10, in_part);
    whole.replace(whole.find("2 * width"), 9, in_file);
    const Files files({{"x.yaml", whole}, {"parts/part.yaml", part}});
    try {
      build_plan(read_experiment(files.path("x.yaml"), {}, drawn_facts), ops);
      return std::string();
    } catch (const ConfigError& e) {
      return files.without_folder(e.what());
    }
  };
  EXPECT_EQ(said("leaky_relo", "2 * width"),
            "error[78] parts/part.yaml:7:9: networks.generator.layers[2]: unknown layer "
            "'leaky_relo'; did you mean 'leaky_relu'?");
  EXPECT_EQ(said("leaky_relu", "2 * widht"),
            "error[78] x.yaml:5:60: networks.generator.layers[1].dense: unknown name 'widht'; did "
            "you mean 'width'?");
  EXPECT_EQ(said("leaky_relu", "2 * width, as: dense1"),
            "error[78] x.yaml:5:71: networks.generator.layers[1].as: the name 'dense1' is taken at "
            "parts/part.yaml:6");
}

TEST(Compose, SetAndQuickComeAfter) {
  const Files files({{"x.yaml", kWhole}, {"parts/part.yaml", kPart}});
  EXPECT_NE(reading(files, {.set = {}, .quick = true}).find("width: 1 + 1"), std::string::npos);
  EXPECT_EQ(read_experiment(files.path("x.yaml"), {.set = {}, .quick = true}, drawn_facts)
                .params.at("width"),
            2);
  EXPECT_NE(reading(files, {.set = {"width=3"}, .quick = true}).find("width: 3"),
            std::string::npos);
  EXPECT_NE(reading(files, {.set = {"networks.generator.layers[dense2]={dense: 5}"}})
                .find("- {dense: 5}\n      - leaky_relu"),
            std::string::npos);
  EXPECT_EQ(reading(files, {.set = {"networks.generator.layers[dens1].dense=5"}}),
            "error[78] --set networks.generator.layers[dens1].dense=5:1:1: unknown path "
            "'networks.generator.layers[dens1]'; did you mean 'dense1'?");
  // what took its place has removed it already
  EXPECT_EQ(reading(files, {.set = {"optimizers.g.sgd=1", "optimizers.g.adam=~"}}).find("adam"),
            std::string::npos);
  EXPECT_EQ(reading(files, {.set = {"extends=parts/part.yaml"}}),
            "error[78] --set extends=parts/part.yaml:1:9: extends: read before --set and quick; "
            "write it in the file");
}

TEST(Compose, TheDocumentStandsAloneAndItsContentIsHashed) {
  const Files files({{"x.yaml", kWhole}, {"parts/part.yaml", kPart}});
  const Experiment e = read_experiment(files.path("x.yaml"), {}, drawn_facts);
  const Experiment again =
      read_experiment_text(to_yaml(e.document), "experiment.yaml", ".", {}, drawn_facts);
  EXPECT_EQ(again.hash, e.hash);
  EXPECT_TRUE(same_content(again.document, e.document));
  const std::string changed = std::string(kPart) + "seed: 2\n";
  const Files other({{"x.yaml", kWhole}, {"parts/part.yaml", changed}});
  EXPECT_NE(read_experiment(other.path("x.yaml"), {}, drawn_facts).hash, e.hash);
}

TEST(Compose, QuickPathsThatLeadNowhereAreFoundByEveryReading) {
  std::string whole = kWhole;
  whole.replace(whole.find("width: 1 + 1}"), 13, "widht: 2, train.steps: 1, trian.steps: 1}");
  const Files files({{"x.yaml", whole}, {"parts/part.yaml", kPart}});
  EXPECT_EQ(reading(files, {}),
            "error[78] x.yaml:10:9: unknown path 'widht': no param and no key of the top level has "
            "this name; did you mean 'width'?\n"
            "error[78] x.yaml:10:35: trian: unknown key 'trian'; did you mean 'train'?");
}

TEST(Compose, APartIsRefusedByItself) {
  const Files files(std::map<std::string, std::string>{{"x.yaml", kPart}});
  EXPECT_EQ(reading(files, {}),
            "error[78] x.yaml:1:1: this is a part, without 'agon:' and 'name:'; name it under "
            "'extends:' of an experiment and run that");
}

TEST(Compose, PathsBeginAtTheFileThatNamesThem) {
  const Files files({{"x.yaml", "extends: p/a.yaml\nu: here\n"},
                     {"p/a.yaml", "v: here\n"},
                     {"here", ""},
                     {"p/here", ""},
                     {"data/there", ""},
                     {"data/shared.yaml", "u: 1\n"}});
  const Yaml document = read_composed(files.path("x.yaml"));
  const auto found = [&](const char* key) {
    const Yaml& node = *document.find(key);
    return files.without_folder(
        resolved_path({node.text, node.origin()}, folder_of(files.path("x.yaml"))));
  };
  EXPECT_EQ(found("u"), "here");
  EXPECT_EQ(found("v"), "p/here");
  setenv("AGON_DATA", files.path("data").c_str(), 1);
  const Yaml shared =
      composed(read_yaml_text("extends: shared.yaml\n", files.path("p/y.yaml")), files.path("p"));
  unsetenv("AGON_DATA");
  EXPECT_EQ(to_yaml(shared), "u: 1\n");
  EXPECT_EQ(files.without_folder(to_text(shared.find("u")->origin())), "data/shared.yaml:1:4");
}

TEST(Compose, WhatAFileDoesNotUseOfAPartIsNoFinding) {
  const Files files({{"x.yaml", R"yaml(extends: part.yaml
agon: 1
name: x
data: {source: rings}
networks: {g: {input: {z: [2]}, layers: [{up: 2}]}}
step: {fake: "g(normal([batch, 2]))"}
losses: {l: mean(fake)}
optimizers: {g: {minimize: l, update: g, sgd: 1}}
train: {steps: 1}
)yaml"},
                     {"part.yaml", "blocks: {up(f): [{dense: f}], down(f): [{dense: f}]}\n"}});
  OpRegistry ops;
  register_all_ops(ops);
  const Experiment experiment = read_experiment(files.path("x.yaml"), {}, drawn_facts);
  std::string said;
  for (const Diagnostic& d : build_plan(experiment, ops).warnings) said += to_text(d) + "\n";
  EXPECT_EQ(files.without_folder(said), "");
}

}  // namespace
}  // namespace agon
