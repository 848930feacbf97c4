#include <gtest/gtest.h>

#include <string>

#include "graphs/document/reader.h"
#include "graphs/keys/sections.h"
#include "tests/graphs/every_key.h"

/// What is read of a document's sections.
namespace agon {
namespace {

TEST(KeysSections, ReadsEverythingTheLanguageHas) {
  Diagnostics diagnostics;
  const auto all = read_experiment_sections(read_yaml_text(kEveryKey, "f"), diagnostics);
  ASSERT_TRUE(diagnostics.sorted().empty()) << section_findings(std::string(kEveryKey));
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
