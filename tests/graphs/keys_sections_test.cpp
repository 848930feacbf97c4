#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "engine/base/philox.h"
#include "engine/base/text.h"
#include "graphs/document/reader.h"
#include "graphs/keys/sections.h"

namespace agon {
namespace {

const char* const kWhole = R"yaml(agon: 1
name: dcgan
about: Deep convolutional GAN, 64x64
paper: https://arxiv.org/abs/1511.06434
seed: 7
device: auto
lanes: 4
precision: float32
determinism: strict
quick: {train.steps: 20}
params: {latent: 100, width: 64, lr: 2e-4}
data:
  source: faces
  path: pictures
  test: others
  size: [64, 2 * width]
  channels: 3
  frames: 8
  style: sketch
  labels: [a.csv, b.csv]
  count: 2000
  range: [0, 1]
  pick: replacement
  augment: [flip, {shift: 4}]
  hold_out: 0.1
  validate: 0.1
blocks:
  up(filters, kernel):
    - conv_transpose: {filters: filters, kernel: kernel}
    - relu
networks:
  generator:
    input: {z: [latent], y: data.label}
    init: normal(std=0.02)
    average: 0.999
    frozen: false
    weights: file.safetensors
    device: cuda:0
    layers:
      - dense: {units: 16 * 8 * width, bias: false}
      - {from: z, when: width > 3, leaky_relu: 0.2, as: h}
      - {relu, as: r}
      - tanh
    outputs: {mu: [{dense: latent}], logvar: [{dense: latent}]}
variables:
  k: {init: 0, shape: [1, width], next: "clip(k, 0, 1)", keep: [-width, 1]}
step:
  z: normal([batch, latent])
  fake: generator(z)
losses:
  d: bce(generator(z), 1)
    + bce(fake, 0)
  g: mean(fake)
optimizers:
  d:
    minimize: d + g
    update: [generator, encoder.head]
    adam: {lr: lr * progress, betas: [0.5, 0.999], eps: 1e-8}
    clip_norm: 1
    weight_decay: 0.1
    keep: [-0.01, 0.01]
  a: {minimize: d, update: x, adamw: {lr: 1, betas: [0, 0], eps: 1}}
  b: {minimize: d, update: x, sgd: 0.1}
  c: {minimize: d, update: x, momentum: {lr: 1, momentum: 0.5}}
  e: {minimize: d, update: x, nesterov: {lr: 1, momentum: 0.5}}
  f: {minimize: d, update: x, rmsprop: {lr: 1, alpha: 0.5, eps: 1}}
train:
  steps: 20000
  epochs: 2.5
  batch: 64
  order: [d * 5, g]
  log: {every: 10, show: [d, g]}
  stages: [{steps: 5, set: {width: 3}, order: d}]
sample: {every: 500, image: [fake, z], grid: 8x10, with: {label: row}, on: test, batch: 8}
evaluate: {every: 9, fake: fake, real: z, on: train, count: 10, batch: 5, repeats: 2, features: net.h, classifier: net, metrics: [fid, kid, {gap: z}]}
checkpoint: {every: 1000, keep: 3}
)yaml";

/// Every finding about a document, one a line, without the file's name.
std::string findings(const Yaml& document) {
  Diagnostics diagnostics;
  read_experiment_sections(document, diagnostics);
  std::string text;
  for (const Diagnostic& d : diagnostics.sorted()) text += to_text(d) + "\n";
  return text;
}
std::string findings(const std::string& text) {
  return findings(read_yaml_text(text, "f"));
}

TEST(KeysSections, ReadsEverythingTheLanguageHas) {
  Diagnostics diagnostics;
  const auto all = read_experiment_sections(read_yaml_text(kWhole, "f"), diagnostics);
  ASSERT_TRUE(diagnostics.sorted().empty()) << findings(std::string(kWhole));
  const NumberScope scope{[](const std::string& name) -> std::optional<double> {
                            if (name == "width") return 64;
                            return std::nullopt;
                          },
                          {"width"}};
  EXPECT_EQ(all.name.text, "dcgan");
  EXPECT_EQ(all.seed.value(scope), 7);
  EXPECT_EQ(all.lanes->text, "4");
  EXPECT_EQ(all.determinism.text, "strict");
  ASSERT_EQ(all.params.size(), 3u);
  EXPECT_EQ(all.params[2].name, "lr");
  EXPECT_EQ(all.params[2].value.value(scope), 2e-4);
  EXPECT_EQ(all.params[2].origin, (Origin{"f", 11, 34, "params.lr"}));
  ASSERT_EQ(all.data.size(), 1u);
  const DataSection& data = all.data[0].value;
  EXPECT_EQ(all.data[0].name, "");
  EXPECT_EQ(data.source.text, "faces");
  EXPECT_EQ(data.size[1].value(scope), 128);
  EXPECT_EQ(data.pick, Pick::Replacement);
  EXPECT_EQ(data.range[0].value(scope), 0);
  ASSERT_EQ(all.blocks.size(), 1u);
  EXPECT_EQ(all.blocks[0].signature.parameters, (std::vector<std::string>{"filters", "kernel"}));
  EXPECT_EQ(all.blocks[0].layers[1].word.text, "relu");
  const NetworkSection& network = all.networks[0].value;
  EXPECT_EQ(network.input[1].value.text, "data.label");
  EXPECT_EQ(canonical_text(*network.init), "normal(std=0.02)");
  ASSERT_EQ(network.layers.size(), 4u);
  EXPECT_EQ(network.layers[0].argument.find("bias")->text, "false");
  EXPECT_EQ(network.layers[1].from->text, "z");
  EXPECT_EQ(canonical_text(*network.layers[1].when), "width > 3");
  EXPECT_EQ(network.layers[1].as->text, "h");
  EXPECT_EQ(network.layers[1].argument.text, "0.2");
  EXPECT_EQ(network.layers[1].argument_path(), "networks.generator.layers[1].leaky_relu");
  EXPECT_TRUE(network.layers[2].argument.is_null());
  EXPECT_EQ(network.outputs[1].name, "logvar");
  EXPECT_EQ(all.variables[0].value.shape.size(), 2u);
  EXPECT_EQ(canonical_text(all.variables[0].value.keep[0].expression), "-width");
  EXPECT_EQ(canonical_text(all.losses[0].value), "bce(generator(z), 1) + bce(fake, 0)");
  ASSERT_EQ(all.optimizers.size(), 6u);
  const OptimizerSection& d = all.optimizers[0].value;
  EXPECT_EQ(d.rule.word, "adam");
  EXPECT_EQ(canonical_text(d.rule.lr), "lr * progress");
  EXPECT_EQ(d.rule.betas[0].value(scope), 0.5);
  EXPECT_EQ(d.update[1].text, "encoder.head");
  EXPECT_EQ(d.keep[1].value(scope), 0.01);
  EXPECT_EQ(all.optimizers[2].value.rule.word, "sgd");
  EXPECT_EQ(canonical_text(all.optimizers[2].value.rule.lr), "0.1");
  EXPECT_EQ(all.train.order.size(), 2u);
  EXPECT_EQ(all.train.log.every->value(scope), 10);
  EXPECT_EQ(all.train.stages[0].set[0].value.text, "3");
  EXPECT_EQ(all.sample[0].value.grid->columns, 10);
  EXPECT_EQ(all.sample[0].value.with[0].name, "label");
  EXPECT_EQ(all.evaluate[0].value.metrics[1].name.text, "kid");
  EXPECT_EQ(all.checkpoint.keep->value(scope), 3);
}

TEST(KeysSections, SeveralByName) {
  Diagnostics diagnostics;
  const auto all = read_experiment_sections(
      read_yaml_text("agon: 1\nname: x\ndata: {a: {source: mnist}, b: {source: digits}}\n"
                     "sample: {one: {image: a}, two: {image: b}}\n"
                     "evaluate: {metrics: {gap: mean(a) - mean(b)}}\n",
                     "f"),
      diagnostics);
  EXPECT_TRUE(diagnostics.sorted().empty());
  ASSERT_EQ(all.data.size(), 2u);
  EXPECT_EQ(all.data[1].name, "b");
  EXPECT_EQ(all.data[1].value.source.text, "digits");
  EXPECT_EQ(all.sample[1].name, "two");
  EXPECT_EQ(canonical_text(*all.evaluate[0].value.metrics[0].expression), "mean(a) - mean(b)");
}

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
       "error[78] f:4:12: losses.d: expected ',', got the end\n"
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
    EXPECT_EQ(findings("agon: 1\nname: x\n" + c.text), c.findings) << c.text;
  }
}

TEST(KeysSections, TopLevel) {
  EXPECT_EQ(findings(std::string("a: 1\n")),
            "error[78] f:1:1: a: unknown key 'a'\n"
            "error[78] f:1:1: missing key 'agon' (version of the language: 1)\n"
            "error[78] f:1:1: missing key 'name' (names the folder of the runs)\n");
  EXPECT_EQ(findings(std::string("- 1\n")), "error[78] f:1:1: expected a mapping, got a list\n");
  EXPECT_EQ(findings(std::string("agon: 0\nname: x\n")),
            "error[78] f:1:7: agon: expected a whole number of at least 1, got 0\n");
  for (const char* bad : {"../x", "-x", ".x", "a b", "a/b", "\"a\\n\"", "\xF0\x9F\x98\x80"}) {
    EXPECT_NE(findings(std::string("agon: 1\nname: ") + bad + "\n")
                  .find("name: expected a name of at most 64 letters, digits, '_', '-' and '.'"),
              std::string::npos)
        << bad;
  }
  EXPECT_NE(findings("agon: 1\nname: " + std::string(65, 'x')), "");
  EXPECT_EQ(findings("agon: 1\nname: " + std::string(64, 'x')), "");
}

/// Calls `visit(mapping, index, path)` for every entry whose key is declared.
template <class F>
void for_each_declared(Yaml& node, const std::string& path, const std::set<std::string>& declared,
                       F visit) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    std::string below = path + "[]";
    if (node.is_mapping()) {
      below = child_path(path, node.keys[i].text);
      const std::string any = child_path(path, "*");
      if (declared.contains(below)) {
        visit(node, i, below);
      } else {
        below = any;
      }
    }
    for_each_declared(node.items[i], below, declared, visit);
  }
}

std::string mutated(const std::string& key, RandomStream& random) {
  std::string text = key;
  const auto letter = static_cast<char>('a' + random.below(26));
  const std::size_t at = random.below(static_cast<std::uint32_t>(key.size()));
  switch (random.below(4)) {
    case 0:
      text[at] = letter;
      break;
    case 1:
      text.erase(at, 1);
      break;
    case 2:
      text.insert(at, 1, letter);
      break;
    default:
      if (at + 1 < text.size()) std::swap(text[at], text[at + 1]);
  }
  return text;
}

TEST(KeysSections, EveryDeclaredKeyMutatedByALetterIsRefused) {
  const auto paths = declared_paths(experiment_keys());
  const std::set<std::string> declared(paths.begin(), paths.end());
  const Yaml whole = read_yaml_text(kWhole, "f");
  RandomStream random(1, "mutations");
  std::set<std::string> seen;
  int mutations = 0, suggested = 0;
  Yaml changing = whole;
  for_each_declared(
      changing, "", declared, [&](Yaml& mapping, std::size_t i, const std::string& path) {
        const std::string original = mapping.keys[i].text;
        seen.insert(path);
        for (int k = 0; k < 20; ++k) {
          const std::string typo = mutated(original, random);
          // Another key of the section cannot be told from a typing mistake, an empty one is no
          // word.
          if (typo.empty() || mapping.index_of(typo) ||
              declared.contains(path.substr(0, path.size() - original.size()) + typo)) {
            continue;
          }
          mapping.keys[i].text = typo;
          const std::string found = findings(changing);
          mapping.keys[i].text = original;
          ++mutations;
          EXPECT_NE(found, "") << path << " as " << typo;
          if (found.find("did you mean '" + original + "'?") != std::string::npos) ++suggested;
        }
      });
  EXPECT_GT(mutations, 1000);
  EXPECT_GE(suggested, mutations * 95 / 100) << suggested << " of " << mutations;
  // The file above has every declared key, but those that exclude others.
  for (const std::string& path : declared) {
    const bool several = path.starts_with("data.*.") || path.starts_with("sample.*.") ||
                         path.starts_with("evaluate.*.");
    if (several || path.ends_with(".*") || path == "extends" || path == "optimizers.*.sgd.lr" ||
        path == "data.paired") {
      continue;
    }
    EXPECT_TRUE(seen.contains(path)) << path;
  }
}

TEST(KeysSections, Documentation) {
  const std::string text = keys_markdown(experiment_keys());
  EXPECT_NE(
      text.find("### `optimizers.<name>.adam`\n\nAdam (Kingma and Ba 2015)\n\n| key | value | "
                "meaning |\n|---|---|---|\n| `lr` (required) | a number of at least 0, or an "
                "expression |"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("| `keep` | a whole number of at least 1 | how many of the newest stay |"),
            std::string::npos);
}

}  // namespace
}  // namespace agon
