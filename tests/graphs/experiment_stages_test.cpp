#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/runtime/executor.h"
#include "tests/graphs/drawn_facts.h"
#include "tests/graphs/findings.h"
#include "tests/graphs/turns_bench.h"

/// train.stages and the counters (LANGUAGE.md rule 11).
namespace agon {
namespace {

constexpr double kTolerance = 32 * 0x1p-24;

std::string text_with(const std::string& train) {
  return fmt::format(R"yaml(agon: 1
name: t
params: {{width: 2, level: 0, off: 0}}
data: {{source: digits, size: 8 * 2^level}}
networks:
  maker:
    input: {{z: [3]}}
    layers:
      - {{dense: width, as: first}}
      - {{when: level == 1, dense: 4, as: second}}
      - {{compute: current * (1 + stage_progress)}}
  judge: {{input: {{image: data.image}}, layers: [flatten, {{dense: 1}}]}}
step:
  z: normal([batch, 3])
losses:
  m: mean(maker(z)) * (1 + off * mean(judge(data.image)))
  j: mean(judge(data.image)) * (1 + stage_progress) + 0 * progress
optimizers:
  m: {{minimize: m, update: maker, sgd: {{lr: 0.5 * (1 - progress)}}}}
  j: {{minimize: j, update: judge, sgd: {{lr: 0.1}}}}
train: {{batch: 2, {}}}
)yaml",
                     train);
}

Experiment experiment_of(const std::string& text) {
  return read_experiment_text(text, "t.yaml", ".", {.set = {}, .quick = false}, drawn_facts);
}

const char* const kTwo =
    "stages: [{steps: 4, order: [m, j]}, {steps: 6, set: {level: 1, width: 5}, order: [m, j * 2]}]";

TEST(Stages, AreExperimentsOfTheirOwn) {
  const Experiment experiment = experiment_of(text_with(kTwo));
  EXPECT_EQ(experiment.steps, 10);
  ASSERT_EQ(experiment.stages.size(), 2u);
  EXPECT_EQ(experiment.stages[1].first_step, 4);
  EXPECT_EQ(experiment.stages[1].stage_steps, 6);
  EXPECT_EQ(experiment.stages[1].steps, 10);
  EXPECT_EQ(experiment.stages[1].params.at("width"), 5);
  EXPECT_EQ(experiment.stages[0].facts.at(0).height, 8);
  EXPECT_EQ(experiment.stages[1].facts.at(0).height, 16);
  EXPECT_EQ(experiment.stages[1].hash, experiment.hash);
  EXPECT_EQ(stage_at(experiment, 0), 0u);
  EXPECT_EQ(stage_at(experiment, 4), 0u);
  EXPECT_EQ(stage_at(experiment, 5), 1u);
}

TEST(Stages, GiveWayToStepsSetFromOutside) {
  const Experiment experiment =
      read_experiment_text(text_with(kTwo), "t.yaml", ".", {.set = {"train.steps=7"}}, drawn_facts);
  EXPECT_EQ(experiment.steps, 7);
  EXPECT_TRUE(experiment.stages.empty());
}

TEST(Stages, HavePlansOfTheirOwn) {
  const Experiment experiment = experiment_of(text_with(kTwo));
  const std::vector<Plan> plans = build_plans(experiment, all_ops());
  ASSERT_EQ(plans.size(), 2u);
  EXPECT_EQ(plans[0].stage, "stage 1 of 2: steps 1 to 4");
  EXPECT_EQ(plans[1].stage, "stage 2 of 2: level = 1, width = 5, steps 5 to 10");
  EXPECT_EQ(plans[0].reading, "one step = 1 draw of 2 images, 2 updates: m, j");
  EXPECT_EQ(plans[1].reading, "one step = 2 draws of 2 images, 3 updates: m, j; j");
  const auto shape = [](const Plan& plan, const std::string& name) {
    for (const VariableDecl& decl : plan.training.variables) {
      if (decl.name == name) return to_text(decl.type.shape);
    }
    return std::string("none");
  };
  EXPECT_EQ(shape(plans[0], "maker.first.weight"), "[2, 3]");
  EXPECT_EQ(shape(plans[1], "maker.first.weight"), "[5, 3]");
  EXPECT_EQ(shape(plans[0], "maker.second.weight"), "none");
  EXPECT_EQ(shape(plans[1], "maker.second.weight"), "[4, 5]");
}

TEST(Stages, CountTheirOwnProgressAndThatOfAll) {
  const std::string text = R"(agon: 1
name: t
params: {scale: 1}
variables: {w: {init: 1}}
losses:
  l: w + 0 * w
  own: scale * stage_progress * w
  all: progress * w
optimizers:
  o: {minimize: l + own + all, update: w, sgd: {lr: 0}}
train: {stages: [{steps: 4}, {steps: 6, set: {scale: 2}}]}
evaluate: {count: 1, metrics: {own: stage_progress, all: progress, at: step}}
)";
  const std::vector<Plan> plans = build_plans(experiment_of(text), all_ops());
  CarriedTraining training(plans[1]);
  training["steps"] = numbers({}, {4}, DType::F64);
  const auto logged = training.step(7);
  EXPECT_NEAR(logged.at("own"), 2 * 3 / 6.0, kTolerance);
  EXPECT_NEAR(logged.at("all"), 0.7, kTolerance);
  // looking sees the steps done
  EXPECT_EQ(training.at("steps"), 8);
  const Arrays seen = run_reference(*plans[1].evaluations.at(0).graph,
                                    {{"step", numbers({}, {0}, DType::F64)}}, training.variables());
  EXPECT_NEAR(seen.at("own")[0], 4 / 6.0, kTolerance);
  EXPECT_NEAR(seen.at("all")[0], 0.8, kTolerance);
  EXPECT_EQ(seen.at("at")[0], 8);
}

/// A layer beside the others that is read where the condition holds.
std::string with_side(const std::string& when) {
  return edited(text_with(kTwo),
                {{"    layers:\n", "    layers:\n      - {dense: 3, as: side}\n"},
                 {"- {dense: width, as: first}", "- {from: z, dense: width, as: first}"},
                 {"      - {compute:", "      - {compute: \"current + mean(side)\", when: " + when +
                                           "}\n      - {compute:"}});
}

struct SaidCase {
  std::string label;
  std::string text;
  std::string said;
};

TEST(Stages, HaveStepValuesThatFitOneOfThem) {
  const std::string found =
      findings_of(edited(text_with(kTwo), {{"step:", "step:\n  odd: mean(maker(z).second)"}}));
  EXPECT_NE(found.find("step.odd: never used"), std::string::npos) << found;
  EXPECT_EQ(found.find("error"), std::string::npos) << found;
}

TEST(Stages, MakeOneMistakeOfAllOfThem) {
  const std::string unread =
      findings_of(edited(text_with(kTwo), {{"step:", "step:\n  odd: mean(maker(z).third)"}}));
  EXPECT_EQ(unread.find("in stage"), std::string::npos) << unread;
  EXPECT_EQ(
      findings_of(edited(text_with(kTwo), {{"mean(judge(data.image)) * (1 + stage",
                                            "mse(data.image, 0 * judge(data.image) + "
                                            "normal([batch, 7])) * (1 + stage"}})),
      "error[78] t.yaml:17:6: losses.j: mse: expects equal shapes, got [2, 1, 8, 8] and [2, 7]");
}

TEST(Stages, MakeOneMistakeOfSettingsAlike) {
  const std::string stages = "stages: [{steps: 4, set: {level: 1}}, {steps: 4, set: {level: 2}}]";
  EXPECT_EQ(
      findings_of(edited(text_with(stages), {{"sgd: {lr: 0.1}", "sgd: {lr: 0.1 - level}"}})),
      "error[78] t.yaml:20:49: optimizers.j.sgd.lr: expected a number of at least 0, got -0.9 "
      "(0.1 - level); in stage 1 (line 21), which sets level = 1");
}

class StagesSay : public testing::TestWithParam<SaidCase> {};

TEST_P(StagesSay, WhatIsWrong) {
  if (GetParam().said.empty()) {
    EXPECT_EQ(findings_of(GetParam().text), "");
  } else {
    expect_finding(GetParam().text, GetParam().said);
  }
}

INSTANTIATE_TEST_SUITE_P(
    One, StagesSay,
    testing::Values(
        // what one stage leaves aside another uses
        SaidCase{"nothing",
                 text_with("stages: [{steps: 4, order: [m]}, {steps: 4, set: {off: 1}}]"), ""},
        SaidCase{"an_optimizer_without_turn",
                 text_with("stages: [{steps: 4, order: [m]}, {steps: 4, order: [m * 2]}]"),
                 "optimizers.j: has no turn in train.order"},
        SaidCase{"parameters_of_no_stage",
                 text_with("stages: [{steps: 4, order: [m]}, {steps: 4, order: [m * 2]}]"),
                 "no optimizer updates judge.dense1.weight"},
        SaidCase{"a_layer_of_one_stage_alone", with_side("level == 1"), ""},
        SaidCase{"a_layer_of_no_stage", with_side("level == 2"),
                 "networks.maker.layers[0]: nothing depends on maker.side"},
        SaidCase{"a_layer_of_the_stage_that_has_it",
                 edited(with_side("level == 2"),
                        {{"- {dense: 3, as: side}", "- {dense: 3, as: side, when: level == 1}"}}),
                 "nothing depends on maker.side in stage 2"},
        SaidCase{"a_step_value_for_no_stage",
                 edited(text_with(kTwo), {{"step:", "step:\n  odd: mean(maker(z).third)"}}),
                 "step.odd: maker has no output or layer 'third'"},
        SaidCase{"unknown_param", text_with("stages: [{steps: 4, set: {levl: 1}}]"),
                 "no param 'levl'; did you mean 'level'?"},
        SaidCase{"unknown_turn", text_with("stages: [{steps: 4}, {steps: 4, order: [k]}]"),
                 "expected an optimizer, or `optimizer * count`, got 'k'"},
        SaidCase{"two_lengths", text_with("steps: 4, stages: [{steps: 4}]"),
                 "stages have steps of their own"},
        SaidCase{"a_wrong_value_of_the_second",
                 text_with("stages: [{steps: 4}, {steps: 4, set: {width: 0.5, off: 1}}]"),
                 "got 0.5 (width); in stage 2 (line 21), which sets width = 0.5 and off = 1"},
        SaidCase{"a_wrong_value_of_the_first",
                 text_with("stages: [{steps: 4, set: {width: 0.5}}, {steps: 4}]"),
                 "got 0.5 (width); in stage 1 (line 21), which sets width = 0.5"},
        SaidCase{"a_rate_of_the_second",
                 edited(text_with("stages: [{steps: 4}, {steps: 4, set: {level: 1}}]"),
                        {{"sgd: {lr: 0.1}", "sgd: {lr: 0.1 - level}"}}),
                 "got -0.9 (0.1 - level); in stage 2 (line 21), which sets level = 1"},
        SaidCase{"a_wrong_value", text_with("stages: [{steps: 4, set: {width: 0.5}}]"),
                 "networks.maker.layers[0]"}),
    [](const auto& c) { return c.param.label; });

}  // namespace
}  // namespace agon
