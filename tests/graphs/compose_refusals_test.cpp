#include <gtest/gtest.h>

#include "tests/graphs/composed_files.h"

/// Files that cannot be put together, as a table: what stands in which file, and the messages.
namespace agon {
namespace {

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

}  // namespace
}  // namespace agon
