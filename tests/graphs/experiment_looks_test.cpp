#include <gtest/gtest.h>

#include "tests/graphs/findings.h"
#include "tests/sound_experiment.h"

/// Mistakes that only a sample or an evaluation makes are told as theirs.
namespace agon {
namespace {

using Edits = std::vector<std::pair<std::string, std::string>>;

struct LookCase {
  std::string label;
  Edits edits;
  std::string look;  // appended
  std::string said;  // all of it
};

class Looks : public testing::TestWithParam<LookCase> {};

TEST_P(Looks, AreNamedWhereTheyMakeTheMistake) {
  const LookCase& c = GetParam();
  EXPECT_EQ(findings_of(edited(sound_experiment(), c.edits) + c.look + "\n"), c.said);
}

/// A variable as large as the batch of the training.
const Edits kKept = {
    {"step:", "variables: {k: {init: \"normal([batch, latent])\", next: k}}\nstep:"},
    {"generator(z)", "generator(z + k)"}};

/// A generator of a class.
const Edits kOfClass = {
    {"input: {z: [latent]}", "input: {z: [latent], y: data.label}"},
    {"      - dense: 784\n",
     "      - {from: y, embedding: 8}\n      - multiply: z\n      - dense: 784\n"},
    {"generator(z)", "generator(z, y)"},
    {"  fake:", "  y: data.label\n  fake:"}};

INSTANTIATE_TEST_SUITE_P(
    One, Looks,
    testing::Values(
        LookCase{"with_of_another_shape",
                 {},
                 "sample: {image: fake, grid: 3x3, with: {z: row}}",
                 "error[78] t.yaml:26:41: sample.with.z: 'row' is labels [9] where step.z (line "
                 "17) is [9, 8]: step.fake (line 18): generator expects z [8], got [] from row"},
        LookCase{"with_of_another_shape_read_by_the_image",
                 {},
                 "sample: {image: generator(z), grid: 3x3, with: {z: column}}",
                 "error[78] t.yaml:26:49: sample.with.z: 'column' is labels [9] where step.z (line "
                 "17) is [9, 8]: sample.image (line 26): generator expects z [8], got [] from "
                 "column"},
        LookCase{"one_with_among_others", kOfClass,
                 "sample: {image: fake, grid: 3x3, with: {y: row, z: \"normal([batch, 3])\"}}",
                 "error[78] t.yaml:29:49: sample.with.z: 'normal([batch, 3])' is [9, 3] where "
                 "step.z (line 19) is [9, 8]: step.fake (line 21): generator expects z [8], got "
                 "[3] from normal([batch, 3])"},
        LookCase{"more_rows_than_classes", kOfClass,
                 "sample: {image: fake, grid: 12x1, with: {z: 2 * z, y: row}}",
                 "error[78] t.yaml:9:9: networks.generator.layers[0]: 10 rows of embedding serve "
                 "the labels 0 to 9, got labels 0 to 11 (row of a grid of 12 rows); in sample "
                 "(line 29), where y is 'row' (line 29)"},
        LookCase{"sample_of_another_batch", kKept, "sample: {image: fake, grid: 3x3}",
                 "error[78] t.yaml:19:21: step.fake: expects equal shapes or axes of size 1, got "
                 "[9, 8] and [4, 8]; in sample (line 27), whose batch is 9"},
        LookCase{"named_sample", kKept, "sample:\n  a: {image: fake, grid: 3x3}",
                 "error[78] t.yaml:19:21: step.fake: expects equal shapes or axes of size 1, got "
                 "[9, 8] and [4, 8]; in sample.a (line 28), whose batch is 9"},
        LookCase{"sample_whose_with_is_not_to_blame", kKept,
                 "sample: {image: fake, grid: 3x3, with: {z: \"uniform([batch, latent])\"}}",
                 "error[78] t.yaml:19:21: step.fake: expects equal shapes or axes of size 1, got "
                 "[9, 8] and [4, 8]; in sample (line 27), whose batch is 9"},
        LookCase{"evaluation_of_losses", kKept, "evaluate: {metrics: [losses]}",
                 "error[78] t.yaml:19:21: step.fake: expects equal shapes or axes of size 1, got "
                 "[100, 8] and [4, 8]; in evaluate (line 27), whose batch is 100"},
        LookCase{"named_evaluation", kKept,
                 "evaluate:\n  far: {fake: fake, real: data.image, metrics: [psnr]}",
                 "error[78] t.yaml:19:21: step.fake: expects equal shapes or axes of size 1, got "
                 "[100, 8] and [4, 8]; in evaluate.far (line 28), whose batch is 100"},
        LookCase{"mistake_of_every_batch",
                 {{"  fake:", "  odd: generator(zz)\n  fake:"}},
                 "sample: {image: odd, grid: 3x3}",
                 "error[78] t.yaml:18:18: step.odd: unknown name 'zz'; did you mean 'z'?"},
        LookCase{"number_in_the_place_of_a_tensor",
                 {{"generator(z)", "generator(z * s)"}, {"  fake:", "  s: 2 * z\n  fake:"}},
                 "sample: {image: fake, grid: 3x3, with: {s: 0.5}}",
                 ""}),
    [](const auto& c) { return c.param.label; });

}  // namespace
}  // namespace agon
