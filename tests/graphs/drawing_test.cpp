#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/error.h"
#include "engine/runtime/executor.h"
#include "tests/graphs/looked_at.h"
#include "tests/graphs/turns_bench.h"

/// What `agon sample` asks of a spec besides its grid: many examples, walks, interpolations.
namespace agon {
namespace {

std::string text_with(const std::string& sample) {
  return looked_at("  even: uniform([batch, 2])\n  kind: one_hot(label, data.classes)\n",
                   "sample: " + sample + "\n");
}

SampleGraph drawn(const std::string& sample, const Drawing& drawing) {
  return std::move(plan_of(text_with(sample), {}, &drawing).samples.at(0));
}

Arrays cells(const SampleGraph& sample) {
  Arrays inputs;
  for (const char* name : {"row", "column"}) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < sample.batch; ++i) values.push_back(static_cast<double>(i % 8));
    inputs[name] = numbers({sample.batch}, values, DType::I32);
  }
  return inputs;
}

TEST(Drawings, OfManyExamplesDrawNewNumbersForEachBatch) {
  const SampleGraph sample =
      drawn("{image: z, grid: 2x2}", {.form = Drawing::Form::Many, .spec = "", .count = 100});
  EXPECT_EQ(sample.total, 100);
  EXPECT_EQ(sample.batch, 64);
  Arrays inputs = cells(sample);
  inputs["draw"] = numbers({}, {0}, DType::F64);
  const NdArray first = run_reference(*sample.graph, inputs, {}).at("image0");
  inputs["draw"] = numbers({}, {1}, DType::F64);
  const NdArray second = run_reference(*sample.graph, inputs, {}).at("image0");
  EXPECT_NE(first[0], second[0]);
  // the first ones are those of the grid
  const Plan plain = plan_of(text_with("{image: z, grid: 2x2}"));
  const NdArray grid = run_reference(*plain.samples.at(0).graph, {}, {}).at("image0");
  for (std::int64_t i = 0; i < 8; ++i) EXPECT_EQ(grid[i], first[i]);
}

TEST(Drawings, OfAWalkMixTheFirstDraws) {
  const SampleGraph sample =
      drawn("{image: z, grid: 3x2}", {.form = Drawing::Form::Walk, .spec = "", .count = {}});
  EXPECT_EQ(sample.keys, 3);
  EXPECT_EQ(sample.total, 6);
  Arrays inputs = cells(sample);
  const double half = std::sqrt(0.5);
  inputs["walk"] =
      numbers({6, 3}, {1, 0, 0, half, half, 0, 0, 1, 0, 0, half, half, 0, 0, 1, half, 0, half});
  const NdArray mixed = run_reference(*sample.graph, inputs, {}).at("image0");
  const Plan plain = plan_of(text_with("{image: z, grid: 3x1}"));
  const NdArray keys = run_reference(*plain.samples.at(0).graph, {}, {}).at("image0");
  for (std::int64_t i = 0; i < 2; ++i) {
    EXPECT_FLOAT_EQ(static_cast<float>(mixed[i]), static_cast<float>(keys[i]));
    EXPECT_NEAR(mixed[2 + i], half * (keys[i] + keys[2 + i]), 1e-6);
    EXPECT_NEAR(mixed[10 + i], half * (keys[i] + keys[4 + i]), 1e-6);
  }
}

TEST(Drawings, OfAWalkStayBetweenUniformDraws) {
  const SampleGraph sample =
      drawn("{image: even, grid: 2x3}", {.form = Drawing::Form::Walk, .spec = "", .count = {}});
  Arrays inputs = cells(sample);
  const double half = std::sqrt(0.5);
  inputs["walk"] = numbers({6, 2}, {1, 0, half, half, 0, 1, 0.6, 0.2, 1, 0, 0, 1});
  const NdArray mixed = run_reference(*sample.graph, inputs, {}).at("image0");
  const Plan plain = plan_of(text_with("{image: even, grid: 2x1}"));
  const NdArray keys = run_reference(*plain.samples.at(0).graph, {}, {}).at("image0");
  for (std::int64_t i = 0; i < 2; ++i) {
    EXPECT_FLOAT_EQ(static_cast<float>(mixed[i]), static_cast<float>(keys[i]));
    EXPECT_NEAR(mixed[2 + i], 0.5 * (keys[i] + keys[2 + i]), 1e-6);
    EXPECT_NEAR(mixed[6 + i], 0.75 * keys[i] + 0.25 * keys[2 + i], 1e-6);
  }
}

TEST(Drawings, OfAnInterpolationHaveTwoEndsForEachRow) {
  const SampleGraph sample =
      drawn("{image: z, grid: 3x5}", {.form = Drawing::Form::Interpolate, .spec = "", .count = {}});
  EXPECT_EQ(sample.keys, 6);
  EXPECT_EQ(sample.total, 15);
}

TEST(Drawings, KnowTheClassesThatTheSpecSets) {
  const auto labelled = [](const std::string& sample) {
    return drawn(sample, {.form = Drawing::Form::Many, .spec = "", .count = 10}).labelled;
  };
  EXPECT_TRUE(labelled("{image: z, with: {label: row}}"));
  EXPECT_TRUE(labelled("{image: z, with: {kind: \"one_hot(row, data.classes)\"}}"));
  EXPECT_TRUE(labelled("{image: \"slice(kind, 0, 2, over=1)\"}"));
  EXPECT_FALSE(labelled("{image: z}"));
}

TEST(Drawings, SayWhatTheyCannotWalkThrough) {
  const auto said = [](Drawing::Form form) -> std::string {
    try {
      drawn("{image: \"slice(kind, 0, 2, over=1)\", grid: 2x2}",
            {.form = form, .spec = "", .count = {}});
      return "";
    } catch (const ConfigError& e) {
      return e.what();
    }
  };
  EXPECT_THAT(said(Drawing::Form::Walk), testing::HasSubstr("nothing to walk through:"));
  EXPECT_THAT(said(Drawing::Form::Interpolate),
              testing::HasSubstr("nothing to interpolate between:"));
}

TEST(Drawings, AreOfTheSpecAskedFor) {
  const Drawing drawing = {.form = Drawing::Form::Many, .spec = "b", .count = 3};
  const Plan plan = plan_of(text_with("{a: {image: z}, b: {image: even}}"), {}, &drawing);
  ASSERT_EQ(plan.samples.size(), 1u);
  EXPECT_EQ(plan.samples[0].name, "b");
}

}  // namespace
}  // namespace agon
