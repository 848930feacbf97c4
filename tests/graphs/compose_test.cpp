#include "graphs/experiment/compose.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "engine/base/error.h"
#include "graphs/document/reader.h"
#include "graphs/document/writer.h"
#include "graphs/experiment/experiment.h"
#include "graphs/experiment/paths.h"
#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "tests/graphs/drawn_facts.h"

/// Files put together, as tables: what stands in which file, and the document or the messages.
namespace agon {
namespace {

namespace fs = std::filesystem;

/// A folder with some files in it; messages are shown with their names alone.
class Files {
 public:
  explicit Files(const std::map<std::string, std::string>& texts) {
    std::string pattern = (fs::temp_directory_path() / "agon-compose-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    for (const auto& [name, text] : texts) {
      fs::create_directories(fs::path(path(name)).parent_path());
      std::ofstream(path(name)) << text;
    }
  }
  ~Files() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string without_folder(std::string text) const {
    for (std::size_t at = 0; (at = text.find(folder_ + "/")) != std::string::npos;)
      text.erase(at, folder_.size() + 1);
    return text;
  }
  /// The composed text of x.yaml, or every message.
  std::string composed_text() const {
    try {
      return to_yaml(read_composed(path("x.yaml")));
    } catch (const ConfigError& e) {
      return without_folder(e.what());
    }
  }

 private:
  std::string folder_;
};

struct Composition {
  std::string label;
  std::map<std::string, std::string> files;  // x.yaml is read
  std::string expected;                      // YAML, compared as content
};

class Compositions : public testing::TestWithParam<Composition> {};

TEST_P(Compositions, GiveTheDocument) {
  const std::string text = Files(GetParam().files).composed_text();
  EXPECT_EQ(text, to_yaml(read_yaml_text(GetParam().expected, "expected")));
}

const char* const kLayers =
    "networks: {d: {layers: [{conv: {filters: 8}}, relu, {conv: {filters: 16}, as: mid}, relu, "
    "{dense: 1, as: fc}]}}\n";

INSTANTIATE_TEST_SUITE_P(
    All, Compositions,
    testing::Values(
        Composition{"MappingsMergeTheRestIsReplaced",
                    {{"x.yaml", "extends: a.yaml\na: {c: [3], d: {g: 2}}\nf: {x: 1}\nh: 2\n"},
                     {"a.yaml", "a: {b: 1, c: [1, 2], d: {e: 1}}\nf: 1\n"}},
                    "a: {b: 1, c: [3], d: {e: 1, g: 2}}\nf: {x: 1}\nh: 2\n"},
        Composition{"ATildeRemoves",
                    {{"x.yaml", "extends: a.yaml\na: {b: ~}\nf: ~\n"},
                     {"a.yaml", "a: {b: 1, c: 2}\nf: 1\n"}},
                    "a: {c: 2}\n"},
        Composition{"UnderQuickANewTildeIsASetting",
                    {{"x.yaml", "extends: a.yaml\nquick: {networks.d.weights: ~, width: ~}\n"},
                     {"a.yaml", "quick: {train.steps: 2, width: 8}\n"}},
                    "quick: {train.steps: 2, networks.d.weights: ~}\n"},
        Composition{"NothingExtendedNothingChanges", {{"x.yaml", "a: {b: ~}\n"}}, "a: {b: ~}\n"},
        Composition{"TheFilesOwnNameWins",
                    {{"x.yaml", "extends: a.yaml\nagon: 1\nname: x\n"},
                     {"a.yaml", "agon: 1\nname: a\nabout: b\n"}},
                    "name: x\nabout: b\nagon: 1\n"},
        Composition{"APartOfAnExperimentStaysAPart",
                    {{"x.yaml", "extends: a.yaml\nseed: 2\n"}, {"a.yaml", "agon: 1\nseed: 1\n"}},
                    "seed: 2\n"},
        Composition{"SeveralParts",
                    {{"x.yaml", "extends: [a.yaml, b.yaml]\nparams: {w: 3}\n"},
                     {"a.yaml", "params: {u: 1}\n"},
                     {"b.yaml", "params: {v: 2}\n"}},
                    "params: {u: 1, v: 2, w: 3}\n"},
        Composition{"PartsMayAgree",
                    {{"x.yaml", "extends: [a.yaml, b.yaml]\n"},
                     {"a.yaml", "extends: c.yaml\nparams: {u: 1}\n"},
                     {"b.yaml", "extends: c.yaml\nparams: {v: 2}\n"},
                     {"c.yaml", "params: {w: '3'}\n"}},
                    "params: {w: 3, u: 1, v: 2}\n"},
        Composition{
            "TheFileSettlesWhatPartsDispute",
            {{"x.yaml", "extends: [a.yaml, b.yaml]\nparams: {u: 3}\nstep: ~\nlosses: {g: [1]}\n"},
             {"a.yaml", "params: {u: 1}\nstep: {x: 1}\nlosses: {g: {a: 1}}\n"},
             {"b.yaml", "params: {u: 2}\nstep: {x: 2}\nlosses: {g: {a: 2}}\n"}},
            "params: {u: 3}\nlosses: {g: [1]}\n"},
        Composition{"PartsOfPartsInFoldersOfTheirOwn",
                    {{"x.yaml", "extends: p/a.yaml\n"},
                     {"p/a.yaml", "extends: q/b.yaml\nu: 1\n"},
                     {"p/q/b.yaml", "extends: ../../c.yaml\nv: 1\n"},
                     {"c.yaml", "w: 1\n"}},
                    "w: 1\nv: 1\nu: 1\n"},
        Composition{"BlocksOfOneNameAreOne",
                    {{"x.yaml", "extends: a.yaml\nblocks: {'up(f, k)': [tanh], 'down( f )': ~}\n"},
                     {"a.yaml", "blocks: {up(f): [relu], down(f): [relu]}\n"}},
                    "blocks: {'up(f, k)': [tanh]}\n"},
        Composition{
            "OneOptimizerTakesThePlaceOfAnother",
            {{"x.yaml", "extends: a.yaml\noptimizers: {d: {sgd: 1}}\ntrain: {epochs: 2}\n"},
             {"a.yaml",
              "optimizers: {d: {minimize: d, adam: {lr: 1}}}\ntrain: {steps: 5, batch: 2}\n"}},
            "optimizers: {d: {minimize: d, sgd: 1}}\ntrain: {batch: 2, epochs: 2}\n"},
        Composition{
            "SeveralSourcesTakeThePlaceOfOne",
            {{"x.yaml", "extends: a.yaml\ndata: {a: {source: mnist}, b: {source: faces}}\n"},
             {"a.yaml", "data: {source: digits, size: 28}\n"}},
            "data: {a: {source: mnist}, b: {source: faces}}\n"},
        Composition{"OneSpecTakesThePlaceOfSeveral",
                    {{"x.yaml", "extends: a.yaml\nsample: {image: x}\n"},
                     {"a.yaml", "sample: {u: {image: u}, v: {image: v}}\n"}},
                    "sample: {image: x}\n"},
        Composition{"ASpecOfSeveralIsChanged",
                    {{"x.yaml", "extends: a.yaml\nsample: {u: {grid: 2x2}}\n"},
                     {"a.yaml", "sample: {u: {image: u}, v: {image: v}}\n"}},
                    "sample: {u: {image: u, grid: 2x2}, v: {image: v}}\n"},
        Composition{
            "LayersAreReplacedByAList",
            {{"x.yaml", "extends: a.yaml\nnetworks: {d: {layers: [tanh]}}\n"}, {"a.yaml", kLayers}},
            "networks: {d: {layers: [tanh]}}\n"},
        Composition{
            "LayersAreChangedByName",
            {{"x.yaml",
              "extends: a.yaml\nnetworks:\n  d:\n    layers:\n      after relu1: [dropout, "
              "tanh]\n      before conv1: flatten\n      after fc: {dense: 3}\n      replace "
              "mid: {conv: {filters: 4}, as: mid}\n      remove: [relu2]\n"},
             {"a.yaml", kLayers}},
            "networks: {d: {layers: [flatten, {conv: {filters: 8}}, relu, dropout, tanh, "
            "{conv: {filters: 4}, as: mid}, {dense: 1, as: fc}, {dense: 3}]}}\n"},
        Composition{"NamesAreThoseOfTheListAsItWas",
                    {{"x.yaml",
                      "extends: a.yaml\nnetworks: {d: {layers: {remove: relu1, after relu1: [elu], "
                      "replace relu2: [relu, relu]}}}\n"},
                     {"a.yaml", kLayers}},
                    "networks: {d: {layers: [{conv: {filters: 8}}, elu, {conv: {filters: 16}, as: "
                    "mid}, relu, relu, {dense: 1, as: fc}]}}\n"},
        Composition{"BlocksAndOutputsAreChangedByName",
                    {{"x.yaml",
                      "extends: a.yaml\nblocks: {up(f): {remove: relu1}}\nnetworks: {e: {outputs: "
                      "{mu: {before dense1: relu}}}}\n"},
                     {"a.yaml",
                      "blocks: {up(f): [{conv: f}, relu]}\nnetworks: {e: {outputs: {mu: [{dense: "
                      "2}]}}}\n"}},
                    "blocks: {up(f): [{conv: f}]}\nnetworks: {e: {outputs: {mu: [relu, {dense: "
                    "2}]}}}\n"},
        Composition{"ChangesOfChanges",
                    {{"x.yaml", "extends: b.yaml\nnetworks: {d: {layers: {remove: elu1}}}\n"},
                     {"b.yaml", "extends: a.yaml\nnetworks: {d: {layers: {before fc: [elu]}}}\n"},
                     {"a.yaml", kLayers}},
                    kLayers}),
    [](const auto& c) { return c.param.label; });

struct Refusal {
  std::string label;
  std::map<std::string, std::string> files;
  std::string said;
};

class Refusals : public testing::TestWithParam<Refusal> {};

TEST_P(Refusals, SayWhereAndWhatInstead) {
  EXPECT_EQ(Files(GetParam().files).composed_text(), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    All, Refusals,
    testing::Values(
        Refusal{"NoSuchFile",
                {{"x.yaml", "a: 1\nextends: [parts/b.yaml]\n"}},
                "error[78] x.yaml:2:11: extends[0]: parts/b.yaml: no such file"},
        Refusal{"NoSuchFileOfAPart",
                {{"x.yaml", "extends: a.yaml\n"}, {"a.yaml", "extends: b.yaml\n"}},
                "error[78] a.yaml:1:10: extends: b.yaml: no such file (x.yaml extends a.yaml "
                "extends b.yaml)"},
        Refusal{"AFolder",
                {{"x.yaml", "extends: p\n"}, {"p/a.yaml", "a: 1\n"}},
                "error[78] x.yaml:1:10: extends: p: expected a regular file, got a directory"},
        Refusal{"Itself",
                {{"x.yaml", "extends: ./x.yaml\n"}},
                "error[78] x.yaml:1:10: extends: a file cannot extend itself: x.yaml extends "
                "x.yaml"},
        Refusal{"ARound",
                {{"x.yaml", "extends: p/a.yaml\n"},
                 {"p/a.yaml", "extends: b.yaml\n"},
                 {"p/b.yaml", "extends: [../c.yaml, ../x.yaml]\n"},
                 {"c.yaml", "a: 1\n"}},
                "error[78] p/b.yaml:1:22: extends[1]: a file cannot extend itself: x.yaml extends "
                "p/a.yaml extends p/b.yaml extends x.yaml"},
        Refusal{"WhatIsNoFile",
                {{"x.yaml", "extends: {a: 1}\n"}},
                "error[78] x.yaml:1:10: extends: expected a file, got a mapping"},
        Refusal{"Nothing",
                {{"x.yaml", "extends: ~\n"}},
                "error[78] x.yaml:1:10: extends: expected a file, got nothing"},
        Refusal{"APartThatIsNoMapping",
                {{"x.yaml", "extends: a.yaml\n"}, {"a.yaml", "- 1\n"}},
                "error[78] a.yaml:1:1: expected an experiment or a part of one, got a list"},
        Refusal{"APartOfAnotherVersion",
                {{"x.yaml", "extends: a.yaml\n"}, {"a.yaml", "agon: 2\n"}},
                "error[78] a.yaml:1:7: agon: expected a whole number from 1 to 1, got 2"},
        Refusal{"EveryFindingOfEveryFile",
                {{"x.yaml", "extends: [a.yaml, b.yaml, c.yaml]\nparams: ~\n"},
                 {"a.yaml", "a: 1\na: 2\n"},
                 {"b.yaml", "a: [\n"}},
                "error[78] a.yaml:2:1: duplicate key 'a'; it is already at 1:1\n"
                "error[78] b.yaml:1:4: this bracket is never closed\n  a: [\n     ^\n"
                "error[78] x.yaml:1:27: extends[2]: c.yaml: no such file"},
        Refusal{"PartsThatDisagree",
                {{"x.yaml", "extends: [a.yaml, b.yaml]\nparams: {v: 1}\n"},
                 {"a.yaml", "params: {u: 1}\nblocks: {up(f): [relu]}\n"},
                 {"b.yaml", "params:\n  u: 2\nblocks: {'up(f, k)': [tanh]}\n"}},
                "error[78] b.yaml:2:6: params.u: '2' here, '1' at a.yaml:1:13; 'x.yaml' extends "
                "both and must say which\n"
                "error[78] b.yaml:3:22: blocks.up(f, k): a list here, a list at a.yaml:2:17; "
                "'x.yaml' extends both and must say which"},
        Refusal{
            "AChangeSettlesNoDispute",
            {{"x.yaml", "extends: [a.yaml, b.yaml]\nnetworks: {d: {layers: {remove: relu1}}}\n"},
             {"a.yaml", "networks: {d: {layers: [relu]}}\n"},
             {"b.yaml", "networks: {d: {layers: [tanh]}}\n"}},
            "error[78] b.yaml:1:24: networks.d.layers: a list here, a list at a.yaml:1:24; "
            "'x.yaml' extends both and must say which"},
        Refusal{"RemovingNothing",
                {{"x.yaml", "extends: a.yaml\nparams: {widht: ~}\nnetworks: {d: {frozen: ~}}\n"},
                 {"a.yaml", "params: {width: 1}\n"}},
                "error[78] x.yaml:2:10: params.widht: 'widht: ~' removes nothing: no file that "
                "this one extends has this key; did you mean 'width'?\n"
                "error[78] x.yaml:3:16: networks.d.frozen: 'frozen: ~' removes nothing: no file "
                "that this one extends has this key"},
        Refusal{"ChangesOfNoLayers",
                {{"x.yaml", "extends: a.yaml\nnetworks: {g: {layers: {remove: relu1}}}\n"},
                 {"a.yaml", kLayers}},
                "error[78] x.yaml:2:24: networks.g.layers: expected a list of layers: no file "
                "that this one extends has one to change here"},
        Refusal{"ChangesOfUnknownLayers",
                {{"x.yaml",
                  "extends: a.yaml\nnetworks:\n  d:\n    layers:\n      after rleu1: [tanh]\n      "
                  "remove: [head, {relu: 1}]\n      aftr fc: [tanh]\n      drop: fc\n      before "
                  "fc: ~\n"},
                 {"a.yaml", kLayers}},
                "error[78] x.yaml:5:7: networks.d.layers: no layer 'rleu1' to change; did you "
                "mean 'relu1'?\n"
                "error[78] x.yaml:6:16: networks.d.layers.remove: no layer 'head' to change; "
                "there are conv1, relu1, mid, relu2, fc\n"
                "error[78] x.yaml:6:22: networks.d.layers.remove: expected a layer's name, got a "
                "mapping\n"
                "error[78] x.yaml:7:7: networks.d.layers: expected 'after NAME', 'before NAME', "
                "'replace NAME' or 'remove', got 'aftr fc'; did you mean 'after'?\n"
                "error[78] x.yaml:8:7: networks.d.layers: expected 'after NAME', 'before NAME', "
                "'replace NAME' or 'remove', got 'drop'\n"
                "error[78] x.yaml:9:18: networks.d.layers.before fc: expected a layer or a list "
                "of layers, got nothing"},
        Refusal{"ChangesThatExcludeEachOther",
                {{"x.yaml",
                  "extends: a.yaml\nnetworks: {d: {layers: {replace fc: [tanh], remove: fc}}}\n"},
                 {"a.yaml", kLayers}},
                "error[78] x.yaml:2:53: networks.d.layers.remove: 'replace fc' and 'remove fc' "
                "exclude each other"},
        Refusal{"ANameOfSeveralLayers",
                {{"x.yaml", "extends: a.yaml\nnetworks: {d: {layers: {after h: [tanh]}}}\n"},
                 {"a.yaml",
                  "networks: {d: {layers: [{relu, as: h, when: a}, {elu, as: h, when: b}]}}\n"}},
                "error[78] x.yaml:2:25: networks.d.layers: 'h' names several layers; give the "
                "whole list"}),
    [](const auto& c) { return c.param.label; });

TEST(Compose, SeventeenFilesDeepAreTooMany) {
  std::map<std::string, std::string> texts;
  for (int i = 0; i < 20; ++i)
    texts[i == 0 ? "x.yaml" : std::to_string(i) + ".yaml"] =
        "extends: " + std::to_string(i + 1) + ".yaml\n";
  const std::string said = Files(texts).composed_text();
  EXPECT_EQ(said.find("error[78] 15.yaml:1:10: extends: expected at most 16 files that extend one "
                      "another, got x.yaml extends 1.yaml"),
            0u)
      << said;
  EXPECT_TRUE(said.ends_with("14.yaml extends 15.yaml extends 16.yaml")) << said;
}

TEST(Compose, AFileReachedOnManyWaysIsReadOnce) {
  std::map<std::string, std::string> texts;
  for (int i = 0; i < 14; ++i) {
    const std::string next = std::to_string(i + 1) + ".yaml";
    texts[i == 0 ? "x.yaml" : std::to_string(i) + ".yaml"] =
        "extends: [" + next + ", ./" + next + "]\n";
  }
  texts["14.yaml"] = "a: 1\n";
  EXPECT_EQ(Files(texts).composed_text(), "a: 1\n");
}

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

/// Shipped parts read without a finding, whatever they leave to others.
TEST(Compose, ShippedPartsAreRead) {
  int parts = 0;
  for (const auto& entry : fs::directory_iterator(AGON_SOURCE_DIR "/configs/parts")) {
    Yaml document = read_composed(entry.path().string());
    EXPECT_EQ(document.find("agon"), nullptr) << entry.path();
    document.set({"agon", {}}, Yaml::scalar("1"));
    document.set({"name", {}}, Yaml::scalar("x"));
    Diagnostics diagnostics;
    read_experiment_sections(document, diagnostics);
    for (const Diagnostic& d : diagnostics.sorted()) ADD_FAILURE() << to_text(d);
    ++parts;
  }
  EXPECT_GE(parts, 2);
}

}  // namespace
}  // namespace agon
