#include <gtest/gtest.h>

#include "tests/graphs/findings.h"
#include "tests/sound_experiment.h"

/// A small GAN with one thing wrong at a time, and what is said about it.
namespace agon {
namespace {

struct ErrorCase {
  std::string label;
  std::string from;  // replaced in the sound file; "" appends
  std::string to;
  std::vector<std::string> said;  // whole lines, in order
};

class ExperimentErrors : public testing::TestWithParam<ErrorCase> {};

TEST_P(ExperimentErrors, AreSaidWithPlaceAndNearestName) {
  const ErrorCase& c = GetParam();
  const std::string text = edited(sound_experiment(), {{c.from, c.to}});
  std::string expected;
  for (const std::string& line : c.said) expected += (expected.empty() ? "" : "\n") + line;
  EXPECT_EQ(findings_of(text), expected);
}

INSTANTIATE_TEST_SUITE_P(
    One, ExperimentErrors,
    testing::Values(
        ErrorCase{"sound", "name: t", "name: t", {}},
        ErrorCase{"unfitting_generator",
                  "reshape: [1, 28, 28]",
                  "reshape: [1, 14, 56]",
                  {"error[78] t.yaml:20:84: losses.d: discriminator expects image [1, 28, 28] "
                   "(data.image), got [1, 14, 56] from generator(z); "
                   "generator: z [8] -> dense1 [784] (line 9) -> reshape1 [1, 14, 56] (line 10); "
                   "dense: 784 and reshape: [1, 28, 28] make that"}},
        ErrorCase{"target_outside",
                  "g: bce_with_logits(discriminator(fake), 1)",
                  "g: bce_with_logits(fake, data.image)",
                  {"error[78] t.yaml:21:6: losses.g: bce_with_logits: expects a target in [0, 1], "
                   "got values in [-1, 1]"}},
        ErrorCase{"convolution_of_a_vector",
                  "dense: 784",
                  "conv: {filters: 3, kernel: 3}",
                  {"error[78] t.yaml:9:9: networks.generator.layers[0]: conv expects [channels, "
                   "height, width], got z [8]; begin with dense and reshape"}},
        ErrorCase{"unknown_name",
                  "fake: generator(z)",
                  "fake: generator(zz)",
                  {"error[78] t.yaml:18:19: step.fake: unknown name 'zz'; did you mean 'z'?"}},
        ErrorCase{"misspelt_section",
                  "networks:\n",
                  "network:\n",
                  {"error[78] t.yaml:5:1: network: unknown key 'network'; did you mean "
                   "'networks'?"}},
        ErrorCase{"section_of_another_framework",
                  "losses:\n",
                  "loss:\n",
                  {"error[78] t.yaml:19:1: loss: unknown key 'loss'; did you mean 'losses'?"}},
        ErrorCase{"mistake_in_a_misspelt_section",
                  "losses:\n  d: bce_with_logits(",
                  "lossse:\n  d: bce_with_logit(",
                  {"error[78] t.yaml:19:1: lossse: unknown key 'lossse'; did you mean 'losses'?",
                   "error[78] t.yaml:20:6: lossse.d: no function or network 'bce_with_logit'; did "
                   "you mean 'bce_with_logits'?"}},
        ErrorCase{"method_of_another_framework",
                  "discriminator(fake), 0)",
                  "discriminator(fake.detach()), 0)",
                  {"error[78] t.yaml:20:84: losses.d: no function or network 'fake.detach'; did "
                   "you mean 'stop_gradient'?"}},
        ErrorCase{"function_of_another_framework",
                  "g: bce_with_logits(",
                  "g: F.binary_cross_entropy_with_logits(",
                  {"error[78] t.yaml:21:6: losses.g: no function or network "
                   "'F.binary_cross_entropy_with_logits'; did you mean 'bce_with_logits'?"}},
        ErrorCase{"param_of_the_data",
                  "latent: 8",
                  "latent: data.size",
                  {"error[78] t.yaml:3:18: params.latent: no 'data.size' here; params are read "
                   "before data and batch: write it where it is used"}},
        ErrorCase{"unknown_network",
                  "fake: generator(z)",
                  "fake: genrator(z)",
                  {"error[78] t.yaml:18:9: step.fake: no function or network 'genrator'; did you "
                   "mean 'generator'?"}},
        ErrorCase{"network_not_called",
                  "bce_with_logits(discriminator(fake), 1)",
                  "bce_with_logits(discriminator, 1)",
                  {"error[78] t.yaml:21:22: losses.g: 'discriminator' is a network; call it: "
                   "discriminator(image)"}},
        ErrorCase{"name_taken",
                  "  z: normal",
                  "  lr: normal",
                  {"error[78] t.yaml:17:3: step.lr: the name 'lr' is taken by a param at line 3"}},
        ErrorCase{"reserved_name",
                  "  z: normal",
                  "  batch: normal",
                  {"error[78] t.yaml:17:3: step.batch: 'batch' is a word of the language; choose "
                   "another name"}},
        ErrorCase{"nobody_updates",
                  "  g: {minimize: g, update: generator, adam: {lr: lr}}\n",
                  "",
                  {"error[78] t.yaml:6:3: networks.generator: no optimizer updates "
                   "generator.dense1.weight and 1 more parameters; name it "
                   "under update: or say frozen: true"}},
        ErrorCase{"unknown_target",
                  "update: generator",
                  "update: generatr",
                  {"error[78] t.yaml:24:28: optimizers.g.update: no network 'generatr'; did you "
                   "mean 'generator'?"}},
        ErrorCase{"unknown_layer_as_target",
                  "update: generator",
                  "update: generator.dense2",
                  {"error[78] t.yaml:24:28: optimizers.g.update: no layer 'generator.dense2' with "
                   "parameters; did you mean 'generator.dense1'?"}},
        ErrorCase{"forgotten_loss",
                  "  g: bce_with_logits(discriminator(fake), 1)\n",
                  "",
                  {"error[78] t.yaml:23:17: optimizers.g.minimize: unknown name 'g'; losses: d"}},
        ErrorCase{"failed_layer_at_the_end",
                  "reshape: [1, 28, 28]",
                  "reshape: [1, 14, 14]",
                  {"error[78] t.yaml:10:9: networks.generator.layers[1]: reshape [1, 14, 14] needs "
                   "196 numbers, got 784"}},
        ErrorCase{"small_picture_of_dense_layers",
                  "dense: 784\n      - reshape: [1, 28, 28]",
                  "dense: 196\n      - reshape: [1, 14, 14]",
                  {"error[78] t.yaml:20:84: losses.d: discriminator expects image [1, 28, 28] "
                   "(data.image), got [1, 14, 14] from generator(z); generator: z [8] -> dense1 "
                   "[196] (line 9) -> reshape1 [1, 14, 14] (line 10); dense: 784 and reshape: [1, "
                   "28, 28] make that"}},
        ErrorCase{"compute_sees_no_step_values",
                  "      - flatten\n",
                  "      - compute: current * fake\n      - flatten\n",
                  {"error[78] t.yaml:14:28: networks.discriminator.layers[0].compute: 'fake' is a "
                   "value under step, which compute does not see; give it to discriminator as an "
                   "input"}},
        ErrorCase{"compute_sees_no_variables",
                  "      - dense: 1\n",
                  "      - compute: current * v\n      - dense: 1\nvariables: {v: {init: 1, next: "
                  "v}}\n",
                  {"error[78] t.yaml:15:28: networks.discriminator.layers[1].compute: 'v' is a "
                   "variable, which compute does not see; give it to discriminator as an input"}},
        ErrorCase{"compute_calls_no_network",
                  "      - dense: 1\n",
                  "      - compute: generator(current)\n      - dense: 1\n",
                  {"error[78] t.yaml:15:18: networks.discriminator.layers[1].compute: 'generator' "
                   "is a network, which compute does not see; give its result to discriminator as "
                   "an input"}},
        ErrorCase{
            "word_of_another_framework",
            "discriminator(fake), 0)",
            "discriminator(detach(fake)), 0)",
            {"error[78] t.yaml:20:84: losses.d: no function or network 'detach'; did you mean "
             "'stop_gradient'?"}},
        ErrorCase{
            "key_of_another_framework",
            "dense: 784",
            "dense: {out_features: 784}",
            {"error[78] t.yaml:9:17: networks.generator.layers[0].dense.out_features: unknown "
             "key 'out_features' in dense; did you mean 'units'?"}},
        ErrorCase{"key_that_is_not_needed",
                  "dense: 784",
                  "dense: {units: 784, in_features: 8}",
                  {"error[78] t.yaml:9:29: networks.generator.layers[0].dense.in_features: unknown "
                   "key 'in_features' in dense; not needed: it follows from what comes in"}},
        ErrorCase{"misspelt_metric",
                  "batch: 4}\n",
                  "batch: 4}\nevaluate: {fake: fake, real: data.image, metrics: [psnrr]}\n",
                  {"error[78] t.yaml:26:52: evaluate.metrics[0]: unknown metric 'psnrr'; did you "
                   "mean 'psnr'? (own ones are a mapping from names to expressions)"}},
        ErrorCase{"misspelt_features",
                  "batch: 4}\n",
                  "batch: 4}\nevaluate: {fake: fake, real: data.image, metrics: [fid], features: "
                  "generatr}\n",
                  {"error[78] t.yaml:26:68: evaluate.features: expected a network or a layer of "
                   "one, such as reader or reader.conv2, got 'generatr'; did you mean "
                   "'generator'?"}},
        ErrorCase{"no_validation_examples",
                  "batch: 4}\n",
                  "batch: 4}\nevaluate: {on: validate, metrics: [losses]}\n",
                  {"error[78] t.yaml:26:16: evaluate.on: the data has no validation examples; give "
                   "it validate:"}},
        ErrorCase{"loss_not_a_number",
                  "g: bce_with_logits(discriminator(fake), 1)",
                  "g: discriminator(fake)",
                  {"error[78] t.yaml:21:6: losses.g: a loss is one number, got [4, 1]; reduce it, "
                   "for example with mean( )"}},
        ErrorCase{"rate_of_a_param",
                  "lr: 1e-3",
                  "lr: -1e-3",
                  {"error[78] t.yaml:23:54: optimizers.d.adam.lr: expected a number of at least 0, "
                   "got -0.001 (lr)",
                   "error[78] t.yaml:24:50: optimizers.g.adam.lr: expected a number of at least 0, "
                   "got -0.001 (lr)"}},
        ErrorCase{"limits_the_wrong_way",
                  "update: generator, ",
                  "update: generator, keep: [lr, -1], ",
                  {"error[78] t.yaml:24:46: optimizers.g.keep[0]: keep expects [low, high] with "
                   "low below high, got [0.001, -1]"}},
        ErrorCase{"first_size_of_its_own",
                  "batch: 4}\n",
                  "batch: 4}\nsample: {image: \"generator(normal([10, latent]))\", grid: 7x7}\n",
                  {"error[78] t.yaml:26:18: sample.image: expected a result for each example, "
                   "[batch, ...], got [10, 1, 28, 28]; batch is 49 here"}},
        ErrorCase{"newer_language",
                  "agon: 1",
                  "agon: 2",
                  {"error[78] t.yaml:1:7: agon: the file is written for version 2 of the language, "
                   "this program reads version 1"}},
        ErrorCase{"network_without_inputs",
                  "input: {z: [latent]}",
                  "input: {}",
                  {"error[78] t.yaml:7:12: networks.generator.input: a network has at least one "
                   "input"}},
        ErrorCase{
            "more_layers_than_may_be",
            "      - flatten\n",
            "      - flatten\n      - repeat: {times: 1000, layers: [tanh, tanh, tanh, tanh, "
            "tanh, tanh, tanh, tanh, tanh, tanh]}\n",
            {"error[78] t.yaml:15:76: networks.discriminator.layers[1].repeat.layers[6]: more "
             "than 10000 layers"}},
        ErrorCase{"more_steps_than_can_be_counted",
                  "steps: 10",
                  "epochs: 1e300",
                  {"error[78] t.yaml:25:17: train.epochs: 1e+300 epochs are more than 2^53 steps"}},
        ErrorCase{"cycle",
                  "z: normal([batch, latent])",
                  "z: fake",
                  {"error[78] t.yaml:17:3: step.z: 'z' is defined by itself: z -> fake -> z"}},
        ErrorCase{"both_sides_of_a_sum",
                  "bce_with_logits(discriminator(data.image), 1) + bce_with_logits(discriminator",
                  "mse(zz, 1) + bce_with_logits(discriminater",
                  {"error[78] t.yaml:20:10: losses.d: unknown name 'zz'; did you mean 'z'?",
                   "error[78] t.yaml:20:35: losses.d: no function or network 'discriminater'; did "
                   "you mean 'discriminator'?"}},
        ErrorCase{"more_than_any_machine",
                  "z: normal([batch, latent])",
                  "z: normal([batch, 1e9, 1e9])",
                  {"error[78] t.yaml:17:6: step.z: normal: shape [4, 1000000000, 1000000000] needs "
                   "13.9 EiB, more than any machine has"}},
        ErrorCase{
            "a_failed_layer_gives_one_message",
            "dense: 784\n      - reshape: [1, 28, 28]",
            "dense: 783\n      - reshape: [1, 28, 28]\n      - conv: {filters: 1, kernel: 29}",
            {"error[78] t.yaml:10:9: networks.generator.layers[1]: reshape [1, 28, 28] needs "
             "784 numbers, got 783",
             "error[78] t.yaml:11:9: networks.generator.layers[2]: conv output height "
             "floor((28 - 29) / 1) + 1 = 0, expected at least 1: the kernel is larger than the "
             "padded input"}},
        ErrorCase{"shape_without_brackets",
                  "normal([batch, latent])",
                  "normal(batch, latent)",
                  {"error[78] t.yaml:17:6: step.z: normal(shape?) expects at most 1 argument, got "
                   "2; write the shape as one list, normal([batch, latent])"}},
        ErrorCase{"shape_without_brackets_before_more",
                  "normal([batch, latent])",
                  "real(random_label(batch, latent, 10))",
                  {"error[78] t.yaml:17:11: step.z: random_label(shape, classes) expects 2 "
                   "arguments, got 3; write the shape as one list, random_label([batch, latent], "
                   "10)"}},
        ErrorCase{"shape_without_brackets_behind_a_value",
                  "normal([batch, latent])",
                  "expand(0, batch, latent)",
                  {"error[78] t.yaml:17:6: step.z: expand(x, shape) expects 2 arguments, got 3; "
                   "write the shape as one list, expand(0, [batch, latent])"}},
        ErrorCase{"unknown_turn",
                  "batch: 4}",
                  "batch: 4, order: [d, h]}",
                  {"error[78] t.yaml:25:41: train.order[1]: expected an optimizer, or `optimizer * "
                   "count`, got 'h'"}},
        ErrorCase{
            "batch_above_count",
            "batch: 4}",
            "batch: 20001}",
            {"error[78] t.yaml:25:27: train.batch: batch is 20001, digits has 20000 examples"}},
        ErrorCase{"steps_missing",
                  "steps: 10, ",
                  "",
                  {"error[78] t.yaml:25:8: train: train needs steps or epochs"}},
        ErrorCase{"loss_without_target",
                  "g: bce_with_logits(discriminator(fake), 1)",
                  "g: bce_with_logits(discriminator(data.image), 1)",
                  {"error[78] t.yaml:24:17: optimizers.g.minimize: 'g' does not depend on what it "
                   "should update (generator)"}}),
    [](const auto& c) { return c.param.label; });

struct JudgedCase {
  std::string label;
  std::string from, to;  // `bad` is -1
};

class Judged : public testing::TestWithParam<JudgedCase> {};

TEST_P(Judged, AreNumbersOfParamsAsLiteralsAre) {
  const JudgedCase& c = GetParam();
  const std::string text =
      sound_experiment() +
      "sample: {image: fake, grid: 7x7}\nevaluate: {metrics: [losses]}\ncheckpoint: {keep: 3}\n";
  expect_finding(edited(text, {{"lr: 1e-3", "lr: 1e-3, bad: -1"}, {c.from, c.to}}), "got -1 (bad)");
}

INSTANTIATE_TEST_SUITE_P(
    One, Judged,
    testing::Values(JudgedCase{"rate", "adam: {lr: lr}", "adam: {lr: bad}"},
                    JudgedCase{"beta", "adam: {lr: lr}", "adam: {lr: lr, betas: [bad, 0.9]}"},
                    JudgedCase{"eps", "adam: {lr: lr}", "adam: {lr: lr, eps: bad}"},
                    JudgedCase{"alpha", "adam: {lr: lr}", "rmsprop: {lr: lr, alpha: bad}"},
                    JudgedCase{"momentum", "adam: {lr: lr}", "momentum: {lr: lr, momentum: bad}"},
                    JudgedCase{"clip_norm", "adam: {lr: lr}", "adam: lr, clip_norm: bad"},
                    JudgedCase{"weight_decay", "adam: {lr: lr}", "adam: lr, weight_decay: bad"},
                    JudgedCase{"average", "input: {z: [latent]}",
                               "input: {z: [latent]}\n    average: bad"},
                    JudgedCase{"steps", "steps: 10", "steps: bad"},
                    JudgedCase{"epochs", "steps: 10", "epochs: bad"},
                    JudgedCase{"batch", "batch: 4", "batch: bad"},
                    JudgedCase{"log", "batch: 4", "batch: 4, log: {every: bad}"},
                    JudgedCase{"sample_every", "grid: 7x7", "grid: 7x7, every: bad"},
                    JudgedCase{"sample_batch", "grid: 7x7", "grid: 7x7, batch: bad"},
                    JudgedCase{"evaluate_every", "[losses]", "[losses], every: bad"},
                    JudgedCase{"evaluate_count", "[losses]", "[losses], count: bad"},
                    JudgedCase{"evaluate_batch", "[losses]", "[losses], batch: bad"},
                    JudgedCase{"evaluate_repeats", "[losses]", "[losses], repeats: bad"},
                    JudgedCase{"checkpoint", "keep: 3", "keep: bad"},
                    JudgedCase{"hold_out", "source: digits", "source: digits, hold_out: bad"},
                    JudgedCase{"count", "source: digits", "source: digits, count: bad"},
                    JudgedCase{"rate_of_no_turn", "  d: {min",
                               "  far: {minimize: d, update: discriminator, sgd: bad}\n  d: {min"}),
    [](const auto& c) { return c.param.label; });

}  // namespace
}  // namespace agon
