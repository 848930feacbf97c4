#include <gtest/gtest.h>

#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "tests/graphs/drawn_facts.h"
#include "tests/graphs/findings.h"
#include "tests/shipped_configs.h"
#include "tests/sound_experiment.h"

/// Each warning of LANGUAGE.md rule 14 with an experiment that gets it and its nearest neighbour
/// that does not.
namespace agon {
namespace {

using Edits = std::vector<std::pair<std::string, std::string>>;

struct CheckCase {
  std::string label;
  Edits edits;
  std::string said;  // all of it, a line each; "" where nothing is wrong
};

class ExperimentChecks : public testing::TestWithParam<CheckCase> {};

TEST_P(ExperimentChecks, FireWhereTheyShouldAndOnlyThere) {
  EXPECT_EQ(findings_of(edited(sound_experiment(), GetParam().edits)), GetParam().said);
}

const char* const kSecond = "bce_with_logits(discriminator(fake), 0)";

INSTANTIATE_TEST_SUITE_P(
    Summands, ExperimentChecks,
    testing::Values(
        CheckCase{
            "constant",
            {{kSecond, "bce_with_logits(1, 1)"}},
            "warning t.yaml:20:54: losses.d: 'bce_with_logits(1, 1)' is constant (0.3133); as "
            "a summand it trains nothing"},
        CheckCase{"constant_number",
                  {{kSecond, "3"}},
                  "warning t.yaml:20:54: losses.d: '3' is constant (3); as a summand it trains "
                  "nothing"},
        CheckCase{
            "one_minus",
            {{"g: bce_with_logits(discriminator(fake), 1)", "g: 1 - mean(discriminator(fake))"}},
            ""},
        CheckCase{
            "constant_inside_a_quotient", {{kSecond, "(mean(discriminator(fake)) - 3) / 2"}}, ""},
        CheckCase{"constant_inside_a_product_behind_a_name",
                  {{kSecond, "0.5 * far"},
                   {"  d: bce", "  far: mean(discriminator(fake)) - batch\n  d: bce"}},
                  ""},
        CheckCase{"no_path_inside_a_product",
                  {{kSecond, "2 * (mean(fake) + mean(discriminator(fake)))"}},
                  "warning t.yaml:20:59: losses.d: 'mean(fake)' has no path to discriminator, all "
                  "that optimizer d updates; as a summand it trains nothing"},
        CheckCase{"factor_of_zero", {{kSecond, kSecond + std::string(" + 0 * mean(fake)")}}, ""},
        CheckCase{"no_path",
                  {{kSecond, "2 * mse(fake, data.image)"}},
                  "warning t.yaml:20:58: losses.d: 'mse(fake, data.image)' has no path to "
                  "discriminator, all that optimizer d updates; as a summand it trains nothing"},
        CheckCase{"no_path_behind_a_name",
                  {{"  d: bce", "  far: mean(fake)\n  d: far + bce"}},
                  "warning t.yaml:20:8: losses.far: 'mean(fake)' has no path to discriminator, all "
                  "that optimizer d updates; as a summand it trains nothing"},
        CheckCase{"stopped_path",
                  {{kSecond, "mean(stop_gradient(discriminator(fake)))"}},
                  "warning t.yaml:20:54: losses.d: 'mean(stop_gradient(discriminator(fake)))' has "
                  "no path to discriminator, all that optimizer d updates; as a summand it trains "
                  "nothing"},
        CheckCase{"minimax_shares_its_summands",
                  {{"g: bce_with_logits(discriminator(fake), 1)", "g: -d"}},
                  ""}),
    [](const auto& c) { return c.param.label; });

const Edits kTanh = {{"      - reshape", "      - tanh\n      - reshape"}};

INSTANTIATE_TEST_SUITE_P(
    Ranges, ExperimentChecks,
    testing::Values(
        CheckCase{"equal", kTanh, ""},
        CheckCase{"data_in_0_to_1_beside_tanh",
                  {kTanh[0], {"source: digits", "source: digits, range: [0, 1]"}},
                  "warning t.yaml:21:84: losses.d: discriminator gets image in [-1, 1] from fake, "
                  "but in [0, 1] from data.image at line 21; one input takes one range (data: "
                  "range: [-1, 1] beside tanh, [0, 1] beside sigmoid)"},
        CheckCase{"made_in_half_the_range",
                  {kTanh[0], {"  fake: generator(z)", "  fake: 0.5 * generator(z)"}},
                  "warning t.yaml:21:84: losses.d: discriminator gets image in [-0.5, 0.5] from "
                  "fake, but in [-1, 1] from data.image at line 21; one input takes one range "
                  "(data: range: [-1, 1] beside tanh, [0, 1] beside sigmoid)"},
        CheckCase{"made_in_almost_the_range",
                  {kTanh[0], {"discriminator(data.image)", "discriminator(0.96 * data.image)"}},
                  ""},
        CheckCase{"data_in_two_ranges",
                  {{"discriminator(data.image), 1",
                    "discriminator(data.image), 1) + bce_with_logits(discriminator(0.5 * "
                    "data.image), 0"}},
                  ""},
        CheckCase{"noise_in_two_ranges",
                  {{"z: normal([batch, latent])", "z: uniform([batch, latent])"},
                   {"discriminator(fake), 1)",
                    "discriminator(generator(uniform([batch, latent], low=-1))), 1)"}},
                  ""},
        CheckCase{"noise_beside_what_a_network_made",
                  {{"  generator:\n",
                    "  warp: {input: {z: [latent]}, layers: [{dense: latent}, tanh]}\n"
                    "  generator:\n"},
                   {"z: normal([batch, latent])", "z: uniform([batch, latent])"},
                   {"g: bce", "g: mean(generator(warp(z))) + bce"},
                   {"update: generator", "update: [generator, warp]"}},
                  ""},
        CheckCase{"one_number",
                  {{"  generator:\n",
                    "  view: {input: {t: [1]}, layers: [{dense: 1}, tanh]}\n  generator:\n"},
                   {"g: bce",
                    "g: mean(view(view(clip(unsqueeze(mean(data.image, over=example), 1), 0, 1)))) "
                    "+ bce"},
                   {"update: generator", "update: [generator, view]"}},
                  ""},
        CheckCase{"brought_to_one_range",
                  {kTanh[0],
                   {"source: digits", "source: digits, range: [0, 1]"},
                   {"discriminator(data.image)", "discriminator(2 * data.image - 1)"}},
                  ""}),
    [](const auto& c) { return c.param.label; });

INSTANTIATE_TEST_SUITE_P(
    Optimizers, ExperimentChecks,
    testing::Values(
        CheckCase{"two_over_one_network",
                  {{"update: generator", "update: [generator, discriminator]"}},
                  "warning t.yaml:24:40: optimizers.g.update[1]: discriminator is updated by two "
                  "optimizers: here to lower g, and by d (line 23) to lower d"},
        CheckCase{"two_over_parts_of_one",
                  {{"      - dense: 1\n",
                    "      - {dense: 8, as: body}\n      - relu\n      - "
                    "{dense: 1, as: head}\n"},
                   {"update: discriminator", "update: discriminator.head"},
                   {"  g: {min",
                    "  b: {minimize: d, update: discriminator.body, sgd: 0.1}\n  g: "
                    "{min"}},
                  ""}),
    [](const auto& c) { return c.param.label; });

Edits convolution(const std::string& attributes) {
  return {{"      - flatten", "      - conv: {filters: 2, " + attributes + "}\n      - flatten"}};
}

Edits on_one_pixel(const std::string& layer) {
  return {{"      - dense: 784\n", "      - reshape: [8, 1, 1]\n      - " + layer +
                                       "\n      - flatten\n      - dense: 784\n"}};
}

INSTANTIATE_TEST_SUITE_P(
    Windows, ExperimentChecks,
    testing::Values(
        CheckCase{"all_taps_act", convolution("kernel: 3, stride: 2, padding: 1"), ""},
        CheckCase{"one_pixel", on_one_pixel("conv: {filters: 2, kernel: 3, padding: 1}"),
                  "warning t.yaml:6:3: networks.generator: 128 of 2,498 parameters never act: they "
                  "belong to kernel taps that meet only padding\n"
                  "warning t.yaml:10:9: networks.generator.layers[1]: 8 of 9 kernel taps meet only "
                  "padding on a 1x1 map; a smaller kernel does the same"},
        CheckCase{"transposed_on_one_pixel",
                  on_one_pixel("conv_transpose: {filters: 2, kernel: 4, stride: 2, padding: 1}"),
                  "warning t.yaml:6:3: networks.generator: 192 of 7,314 parameters never act: they "
                  "belong to kernel taps that meet only padding\n"
                  "warning t.yaml:10:9: networks.generator.layers[1]: 12 of 16 kernel taps meet "
                  "only padding, which is cut off a 2x2 map; a smaller kernel does the same"},
        CheckCase{"transposed_without_padding",
                  on_one_pixel("conv_transpose: {filters: 2, kernel: 4}"), ""},
        CheckCase{
            "stride_on_one_pixel", on_one_pixel("conv: {filters: 2, kernel: 1, stride: 2}"),
            "warning t.yaml:10:9: networks.generator.layers[1]: stride 2 does nothing on a 1x1 "
            "map"},
        CheckCase{"no_stride_on_one_pixel", on_one_pixel("conv: {filters: 2, kernel: 1}"), ""}),
    [](const auto& c) { return c.param.label; });

Edits penalty(const std::string& norm) {
  return {{"      - dense: 1\n", "      - dense: 8\n" + norm + "      - dense: 1\n"},
          {kSecond, kSecond + std::string(" + mean(norm(grad(discriminator(fake), fake), "
                                          "over=example)^2)")}};
}

INSTANTIATE_TEST_SUITE_P(
    Penalties, ExperimentChecks,
    testing::Values(
        CheckCase{"through_batch_norm", penalty("      - batch_norm\n"),
                  "warning t.yaml:22:106: losses.d: this gradient goes through "
                  "discriminator.batch_norm1 (line 16), which mixes the examples of a batch, so "
                  "that no example has a gradient of its own; layer_norm mixes none"},
        CheckCase{"through_layer_norm", penalty("      - layer_norm\n"), ""}),
    [](const auto& c) { return c.param.label; });

INSTANTIATE_TEST_SUITE_P(
    Unused, ExperimentChecks,
    testing::Values(
        CheckCase{"param",
                  {{"lr: 1e-3}", "lr: 1e-3, width: 4}"}},
                  "warning t.yaml:3:31: params.width: never used"},
        CheckCase{"param_in_a_layer_left_out",
                  {{"lr: 1e-3}", "lr: 1e-3, width: 4}"},
                   {"      - dense: 784\n",
                    "      - {dense: width, when: latent > 8}\n      - "
                    "dense: 784\n"}},
                  ""},
        CheckCase{"block",
                  {{"networks:", "blocks:\n  up(n):\n    - dense: n\nnetworks:"}},
                  "warning t.yaml:6:3: blocks.up: never used"},
        CheckCase{"block_out_of_use_with_a_mistake",
                  {{"networks:", "blocks:\n  up(n):\n    - dense: {unitz: n}\nnetworks:"}},
                  "warning t.yaml:6:3: blocks.up: never used\n"
                  "error[78] t.yaml:7:15: blocks.up[0].dense.unitz: unknown key 'unitz' in dense; "
                  "did you mean 'units'?"},
        CheckCase{"block_in_use",
                  {{"networks:", "blocks:\n  up(n):\n    - dense: n\nnetworks:"},
                   {"      - dense: 784", "      - up: 784"}},
                  ""},
        CheckCase{"step_value_loss_and_network",
                  {{"  discriminator:\n",
                    "  spare: {input: {x: [2]}, frozen: true, layers: [relu]}\n"
                    "  discriminator:\n"},
                   {"  fake:", "  noise: normal([batch, 2])\n  fake:"},
                   {"  g: bce", "  far: mean(fake)\n  g: bce"}},
                  "warning t.yaml:11:3: networks.spare: never called\n"
                  "warning t.yaml:19:3: step.noise: never used"},
        CheckCase{"step_value_with_mistakes",
                  {{"  fake:",
                    "  bad: matmul(z, fake) + 3 * discriminator(z)\n  worse: mean(bad) + zz\n  "
                    "fake:"}},
                  "warning t.yaml:18:3: step.bad: never used\n"
                  "error[78] t.yaml:18:8: step.bad: matmul: expects [m, k] and [k, n], or [batch, "
                  "m, k] and [batch, k, n], got [4, 8] and [4, 1, 28, 28]\n"
                  "error[78] t.yaml:18:44: step.bad: discriminator expects image [1, 28, 28] "
                  "(data.image), got [8] from normal([batch, latent])\n"
                  "warning t.yaml:19:3: step.worse: never used\n"
                  "error[78] t.yaml:19:22: step.worse: unknown name 'zz'; did you mean 'z'?"},
        CheckCase{"step_value_that_a_factor_of_zero_leaves_out",
                  {{"  fake:", "  odd: mean(zz)\n  fake:"}, {"d: bce", "d: 0 * odd + bce"}},
                  "warning t.yaml:18:3: step.odd: never used"},
        CheckCase{"step_value_that_keeps_state_and_counts",
                  {{"  fake:", "  odd: smooth(mean(z), 0.5) * step\n  fake:"}},
                  "warning t.yaml:18:3: step.odd: never used"},
        CheckCase{"step_value_of_what_a_sample_changes",
                  {{"  fake:", "  y: data.label\n  two: one_hot(y, 2)\n  idle: 2 * two\n  fake:"},
                   {"batch: 4}\n",
                    "batch: 4}\nsample: {image: fake * mean(two), with: {y: \"min(row, 1)\"}}\n"}},
                  "warning t.yaml:20:3: step.idle: never used"},
        CheckCase{"loss_for_the_log", {{"  g: bce", "  far: mean(fake)\n  g: bce"}}, ""},
        CheckCase{"layer",
                  {{"      - dense: 784\n", "      - relu\n      - {from: z, dense: 784}\n"}},
                  "warning t.yaml:9:9: networks.generator.layers[0]: nothing depends on "
                  "generator.relu1"},
        CheckCase{
            "layer_read_by_name",
            {{"      - dense: 784\n", "      - {relu, as: h}\n      - {from: z, dense: 784}\n"},
             {"g: bce_with", "g: mean(generator(z).h) * mean(fake) + bce_with"}},
            ""},
        CheckCase{"parameters_no_loss_depends_on",
                  {{"      - dense: 1\n",
                    "      - {dense: 4, as: h}\n    outputs: {real: [{dense: 1}], side: [{dense: "
                    "3}]}\n"},
                   {"discriminator(data.image)", "discriminator(data.image).real"},
                   {"discriminator(fake)", "discriminator(fake).real"},
                   {"discriminator(fake), 1", "discriminator(fake).real, 1"}},
                  "warning t.yaml:16:42: networks.discriminator.outputs.side[0]: the parameters of "
                  "discriminator.side/dense1 never act: no loss depends on them"}),
    [](const auto& c) { return c.param.label; });

/// The generator takes classes too; its layers are these and those of the sound one.
Edits of_classes(const std::string& layers) {
  return {{"input: {z: [latent]}", "input: {z: [latent], y: [data.classes]}"},
          {"      - dense: 784\n", layers + "      - {dense: 784, as: last}\n"},
          {"generator(z)", "generator(z, one_hot(data.label, data.classes))"}};
}

Edits of_a_block(const std::string& layers) {
  Edits edits = of_classes(layers);
  edits.push_back({"networks:", "blocks:\n  beside(x):\n    - concat: x\nnetworks:"});
  return edits;
}

const char* const kIdleY = "warning t.yaml:7:26: networks.generator.input.y: never used by a layer";

INSTANTIATE_TEST_SUITE_P(
    UnusedInputs, ExperimentChecks,
    testing::Values(
        CheckCase{"no_layer_reads_it", of_classes(""), kIdleY},
        CheckCase{"a_layer_is_called_like_it", of_classes("      - {relu, as: y}\n"), kIdleY},
        CheckCase{"concat", of_classes("      - concat: y\n"), ""},
        CheckCase{
            "from",
            of_classes(
                "      - {dense: 8, as: a}\n      - {from: y, dense: 8, as: b}\n      - add: a\n"),
            ""},
        CheckCase{"compute", of_classes("      - compute: concat(z, y)\n"), ""},
        CheckCase{"compute_of_the_second_alone", of_classes("      - compute: 2 * y\n"),
                  "warning t.yaml:7:13: networks.generator.input.z: never used by a layer"},
        CheckCase{"from_the_second_alone", of_classes("      - {from: y, dense: 8}\n"),
                  "warning t.yaml:7:13: networks.generator.input.z: never used by a layer"},
        CheckCase{"when_left_out", of_classes("      - {concat: y, when: latent > 100}\n"), ""},
        CheckCase{"block", of_a_block("      - beside: y\n"), ""},
        CheckCase{"repeat", of_classes("      - repeat: {times: 2, layers: [{concat: y}]}\n"), ""}),
    [](const auto& c) { return c.param.label; });

const Edits kSigmoid = {{"      - dense: 1\n", "      - dense: 1\n      - sigmoid\n"}};

Edits with_bce() {
  Edits edits = kSigmoid;
  for (int i = 0; i < 3; ++i) edits.push_back({"bce_with_logits", "bce"});
  return edits;
}

/// A network that rebuilds the data from what `code` says of the encoder's result.
Edits rebuilt(const std::string& code) {
  return {
      {"networks:\n",
       "networks:\n  encoder: {input: {x: data.image}, layers: [flatten, {dense: 2}]}\n  "
       "decoder: {input: {code: [2]}, layers: [{dense: 784}, {reshape: [1, 28, 28]}]}\n"},
      {"  fake:", "  again: \"decoder(" + code + ")\"\n  fake:"},
      {"  d: {min",
       "  a: {minimize: \"mse(again, data.image)\", update: [encoder, decoder], sgd: 0.1}\n  d: "
       "{min"}};
}

Edits joined_edits(Edits first, const Edits& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

INSTANTIATE_TEST_SUITE_P(
    Losses, ExperimentChecks,
    testing::Values(
        CheckCase{"logits_of_a_sigmoid", kSigmoid,
                  "error[78] t.yaml:21:6: losses.d: bce_with_logits: its logits are already a "
                  "probability; use bce, or leave the sigmoid out\n"
                  "error[78] t.yaml:21:54: losses.d: bce_with_logits: its logits are already a "
                  "probability; use bce, or leave the sigmoid out\n"
                  "error[78] t.yaml:22:6: losses.g: bce_with_logits: its logits are already a "
                  "probability; use bce, or leave the sigmoid out"},
        CheckCase{"probabilities_of_a_sigmoid", with_bce(), ""},
        CheckCase{"probabilities_of_a_dense_layer",
                  {{"g: bce_with_logits", "g: bce"}},
                  "error[78] t.yaml:21:6: losses.g: bce: expects probabilities in [0, 1], got what "
                  "dense gives; bce_with_logits takes that"},
        CheckCase{
            "target_outside",
            {{"g: bce_with_logits(discriminator(fake), 1)",
              "g: bce_with_logits(fake, data.image)"}},
            "error[78] t.yaml:21:6: losses.g: bce_with_logits: expects a target in [0, 1], got "
            "values in [-1, 1]"},
        CheckCase{"target_inside",
                  {{"g: bce_with_logits(discriminator(fake), 1)",
                    "g: bce_with_logits(fake, 0.5 * data.image + 0.5)"}},
                  ""},
        CheckCase{"nothing_to_move",
                  {{"g: bce_with_logits(discriminator(fake), 1)",
                    "g: bce_with_logits(discriminator(data.image), 1)"}},
                  "error[78] t.yaml:24:17: optimizers.g.minimize: 'g' does not depend on what it "
                  "should update (generator)"},
        CheckCase{
            "code_without_a_draw", rebuilt("encoder(data.image)"),
            "note t.yaml:20:11: step.again: nothing random lies between encoder(data.image) and "
            "decoder(encoder(data.image)): an autoencoder; a variational one draws its code, e.mu "
            "+ exp(0.5 * e.logvar) * normal(like=e.mu), with kl_normal(e.mu, e.logvar) in its "
            "loss"},
        CheckCase{"code_of_a_frozen_network",
                  joined_edits(rebuilt("encoder(data.image)"),
                               {{"encoder: {input", "encoder: {frozen: true, input"},
                                {"[encoder, decoder]", "decoder"}}),
                  ""},
        CheckCase{"code_for_a_frozen_network",
                  joined_edits(rebuilt("encoder(data.image)"),
                               {{"decoder: {input", "decoder: {frozen: true, input"},
                                {"[encoder, decoder]", "encoder"}}),
                  ""},
        CheckCase{"code_with_a_draw", rebuilt("encoder(data.image) + normal([batch, 2])"), ""}),
    [](const auto& c) { return c.param.label; });

TEST(ShippedConfigs, GiveNoWarnings) {
  OpRegistry ops;
  register_all_ops(ops);
  for (const std::string& path : shipped_configs()) {
    const Experiment experiment = read_experiment(path, {}, drawn_facts);
    for (const Diagnostic& d : build_plan(experiment, ops).warnings)
      EXPECT_EQ(d.severity, Severity::Note) << to_text(d);
  }
}

}  // namespace
}  // namespace agon
