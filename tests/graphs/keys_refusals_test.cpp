#include <gtest/gtest.h>

#include <string>

#include "tests/graphs/every_key.h"

/// Wrong keys and values of sections: where they stand, and what was expected.
namespace agon {
namespace {

struct Case {
  std::string text;  // behind "agon: 1\nname: x\n", so that it begins in line 3
  std::string findings;
};

TEST(KeysSections, RefusesWithPositionPathAndSuggestion) {
  const Case cases[] = {
      {"checkpoint: {evry: 3}\n",
       "error[78] f:3:14: checkpoint.evry: unknown key 'evry' in checkpoint; did you mean "
       "'every'?\n"},
      {"trian: {steps: 3}\n",
       "error[78] f:3:1: trian: unknown key 'trian'; did you mean 'train'?\n"},
      {"train: {keep: 3}\n",
       "error[78] f:3:9: train.keep: unknown key 'keep' in train; it belongs under checkpoint or "
       "variables.<name>\n"},
      {"train: {weight_decay: 1}\n",
       "error[78] f:3:9: train.weight_decay: unknown key 'weight_decay' in train; it belongs under "
       "optimizers.<name>\n"},
      {"steps: 3\n",
       "error[78] f:3:1: steps: unknown key 'steps'; did you mean 'step'? ('steps' belongs under "
       "train or train.stages[])\n"},
      {"zzz: 3\n", "error[78] f:3:1: zzz: unknown key 'zzz'\n"},
      {"data: {size: 3}\n",
       "error[78] f:3:7: data: missing key 'source' in data (what to read: digits, faces, shapes, "
       "rings, grid, moving_digits (drawn); mnist, cifar10, folder; image (one picture that never "
       "changes))\n"},
      {"data: {source: fases}\n",
       "error[78] f:3:16: data.source: expected digits, faces, shapes, rings, grid, moving_digits, "
       "mnist, "
       "cifar10, folder or image, got 'fases'; did you mean 'faces'?\n"},
      {"data: {source: faces, range: [0]}\n",
       "error[78] f:3:30: data.range: expected a list of 2, each a number, got 1 item\n"},
      {"data: {source: faces, size: [1, 2, 3]}\n",
       "error[78] f:3:29: data.size: expected a list of 1 to 2, each a whole number from 1 to "
       "16384, "
       "got 3 items\n"},
      {"data: {source: faces, hold_out: 1}\n",
       "error[78] f:3:33: data.hold_out: expected a number in [0, 1), got 1\n"},
      {"data: faces\n", "error[78] f:3:7: data: expected a mapping, got 'faces'\n"},
      {"train: {batch: 0, steps: 2.5}\n",
       "error[78] f:3:16: train.batch: expected a whole number of at least 1, got 0\n"
       "error[78] f:3:26: train.steps: expected a whole number of at least 1, got 2.5\n"},
      {"train: {steps: 1,5: }\n", "error[78] f:3:18: train.5: unknown key '5' in train\n"},
      {"train: {steps: \"1,5\"}\n",
       "error[78] f:3:16: train.steps: expected a whole number of at least 1, got '1,5'\n"},
      {"train: {steps: 0x10}\n",
       "error[78] f:3:16: train.steps: expected a whole number of at least 1, got '0x10'\n"},
      {"train: {steps: 1:30}\n",
       "error[78] f:3:16: train.steps: expected a whole number of at least 1, got '1:30'\n"},
      {"train: {steps: true, batch: [3]}\n",
       "error[78] f:3:16: train.steps: expected a whole number of at least 1, got 'true'\n"
       "error[78] f:3:29: train.batch: expected a whole number of at least 1, got a list\n"},
      {"train: {steps: }\n",
       "error[78] f:3:9: train.steps: expected a whole number of at least 1, got nothing\n"},
      {"train: {order: []}\n",
       "error[78] f:3:16: train.order: expected a list, each an expression, got an empty list\n"},
      {"networks: {g: {input: {z: [3]}, frozen: no, layers: [relu]}}\n",
       "error[78] f:3:41: networks.g.frozen: expected true or false, got 'no'\n"},
      {"networks: {g: {input: {z: [3]}}}\n",
       "error[78] f:3:15: networks.g: missing key 'layers' or 'outputs'\n"},
      {"networks: {g: {input: {z: [3]}, layrs: [relu]}}\n",
       "error[78] f:3:33: networks.g.layrs: unknown key 'layrs' in network; did you mean "
       "'layers'?\n"},
      {"networks: {g: {input: {z: [3]}, layers: [{relu, conv: 3}, {as: x}, [a], 2 * x, "
       "'dense:3']}}\n",
       "error[78] f:3:49: networks.g.layers[0]: expected one layer in an item, got 'relu' and "
       "'conv'\n"
       "error[78] f:3:59: networks.g.layers[1]: expected a layer in this item, got none\n"
       "error[78] f:3:68: networks.g.layers[2]: expected a layer, such as relu or {dense: 64}, got "
       "a "
       "list\n"
       "error[78] f:3:73: networks.g.layers[3]: expected a name of at most 64 letters, digits and "
       "'_' that begins with no digit, got '2 * x'\n"
       "error[78] f:3:80: networks.g.layers[4]: expected a name of at most 64 letters, digits and "
       "'_' that begins with no digit, got 'dense:3'; write ': '\n"},
      {"losses: {../../x: 1, 2a: 3, d: }\n",
       "error[78] f:3:10: losses: expected a name of at most 64 letters, digits and '_' that "
       "begins "
       "with no digit, got '../../x'\n"
       "error[78] f:3:22: losses: expected a name of at most 64 letters, digits and '_' that "
       "begins "
       "with no digit, got '2a'\n"
       "error[78] f:3:29: losses.d: 'd' has no value\n"},
      {"losses:\n  d: mean(x\n  g: x +\n",
       "error[78] f:4:12: losses.d: expected ')', got the end\n"
       "error[78] f:5:9: losses.g: expected a value, got the end\n"},
      {"optimizers: {d: {minimize: d, update: g}}\n",
       "error[78] f:3:17: optimizers.d: missing one of sgd, momentum, nesterov, rmsprop, adam, "
       "adamw\n"},
      {"optimizers: {d: {minimize: d, update: g, adam: 1, sgd: 1}}\n",
       "error[78] f:3:17: optimizers.d: expected one of sgd, momentum, nesterov, rmsprop, adam, "
       "adamw, got adam and sgd\n"},
      {"optimizers: {d: {minimize: d, update: g, adm: {lr: 1}}}\n",
       "error[78] f:3:42: optimizers.d.adm: unknown key 'adm' in optimizer; did you mean "
       "'adam'?\n"},
      {"optimizers: {d: {minimize: d, update: g, adam: {lr: -0.1, betas: [0.5, 1.5]}}}\n",
       "error[78] f:3:53: optimizers.d.adam.lr: expected a number of at least 0, got -0.1\n"
       "error[78] f:3:72: optimizers.d.adam.betas[1]: expected a number in [0, 1), got 1.5\n"},
      {"optimizers: {d: {minimize: d, update: g, lr: 3, adam: {betas: [0, 0]}}}\n",
       "error[78] f:3:42: optimizers.d.lr: unknown key 'lr' in optimizer; it belongs under "
       "optimizers.<name>.sgd or optimizers.<name>.adam\n"
       "error[78] f:3:55: optimizers.d.adam: missing key 'lr' in adam (learning rate; may use "
       "step, "
       "progress and step values)\n"},
      {"sample: {image: x, grid: 8}\n",
       "error[78] f:3:26: sample.grid: expected rows x columns, such as 8x8, got '8'\n"},
      {"sample: {image: x, grid: 0x8, on: tset}\n",
       "error[78] f:3:26: sample.grid: expected rows x columns, such as 8x8, got '0x8'\n"
       "error[78] f:3:35: sample.on: expected train, test or validate, got 'tset'; did you mean "
       "'test'?\n"},
      {"blocks: {\"up(a, a)\": [relu], 2x: [relu]}\n",
       "error[78] f:3:16: blocks: duplicate argument 'a'\n"
       "error[78] f:3:30: blocks: expected a number such as 64, 2e-4 or 1_000 (below 1.8e308), got "
       "'2x'\n"},
      {"device: gpu\nlanes: 0\n",
       "error[78] f:3:9: device: expected auto, cpu or cuda:N, got 'gpu'\n"
       "error[78] f:4:8: lanes: expected auto or a whole number from 1 to 1024, got '0'\n"},
      {"params: {a: yes!}\n", "error[78] f:3:16: params.a: unexpected '!'; write 'not'\n"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(section_findings("agon: 1\nname: x\n" + c.text), c.findings) << c.text;
  }
}

TEST(KeysSections, TopLevel) {
  EXPECT_EQ(section_findings(std::string("a: 1\n")),
            "error[78] f:1:1: a: unknown key 'a'\n"
            "error[78] f:1:1: missing key 'agon' (version of the language: 1)\n"
            "error[78] f:1:1: missing key 'name' (names the folder of the runs)\n");
  EXPECT_EQ(section_findings(std::string("- 1\n")),
            "error[78] f:1:1: expected a mapping, got a list\n");
  EXPECT_EQ(section_findings(std::string("agon: 0\nname: x\n")),
            "error[78] f:1:7: agon: expected a whole number of at least 1, got 0\n");
  for (const char* bad : {"../x", "-x", ".x", "a b", "a/b", "\"a\\n\"", "\xF0\x9F\x98\x80"}) {
    EXPECT_NE(section_findings(std::string("agon: 1\nname: ") + bad + "\n")
                  .find("name: expected a name of at most 64 letters, digits, '_', '-' and '.'"),
              std::string::npos)
        << bad;
  }
  EXPECT_NE(section_findings("agon: 1\nname: " + std::string(65, 'x')), "");
  EXPECT_EQ(section_findings("agon: 1\nname: " + std::string(64, 'x')), "");
}

}  // namespace
}  // namespace agon
