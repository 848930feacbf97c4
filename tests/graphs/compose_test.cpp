#include "graphs/experiment/compose.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "graphs/document/reader.h"
#include "graphs/document/writer.h"
#include "graphs/keys/sections.h"
#include "tests/graphs/composed_files.h"

/// Files put together, as a table: what stands in which file, and the document.
namespace agon {
namespace {

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

/// Shipped parts read without a finding, whatever they leave to others.
TEST(Compose, ShippedPartsAreRead) {
  int parts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(AGON_SOURCE_DIR "/configs/parts")) {
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
