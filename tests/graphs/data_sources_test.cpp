#include <gtest/gtest.h>

#include "graphs/experiment/scope.h"
#include "graphs/experiment/training.h"
#include "ops/ops.h"

/// Sources of data as the language sees them: names, facts, pairs, epochs, a single picture.
namespace agon {
namespace {

/// What a source is by its path: "a" and "b" are folders of 10 and 12, "shapes" has lists of
/// labels, image is one pixel.
DataFacts invented(const DataSpec& spec) {
  DataFacts facts;
  facts.channels = 1;
  facts.height = facts.width = 4;
  facts.count = 10;
  facts.test_count = 4;
  if (spec.source == "shapes") {
    facts.labels = {{"shape", 3, 0, {"circle", "square", "star"}}, {"caption", 7, 5, {}}};
  } else if (spec.source == "image") {
    facts.count = 1;
    facts.test_count = 0;
    facts.height = facts.width = 1;
    facts.picture = std::make_shared<const std::vector<std::uint8_t>>(1, std::uint8_t{255});
  } else if (spec.source == "moving_digits") {
    facts.frames = facts.channels = 3;
  } else if (spec.path.ends_with("/many")) {
    facts.count = 12;
    facts.names = {"x", "y"};
  } else {
    facts.names = {"x", "z", "z2"};
  }
  return facts;
}

const OpRegistry& ops() {
  static const OpRegistry* const all = [] {
    auto* made = new OpRegistry;
    register_all_ops(*made);
    return made;
  }();
  return *all;
}

Experiment experiment_of(const std::string& data, const std::string& step = "{x: 1}",
                         const std::string& train = "{steps: 1}") {
  return read_experiment_text(
      "agon: 1\nname: t\ndata: " + data +
          "\nnetworks: {n: {input: {z: [1]}, layers: [{dense: 1}]}}\nstep: " + step +
          "\nlosses: {l: mean(n(z)^2)}\noptimizers: {o: {minimize: l, update: "
          "n, sgd: {lr: 0.1}}}\ntrain: " +
          train + "\n",
      "t.yaml", ".", {.set = {}, .quick = false, .ops = &ops()}, invented);
}

std::string verdict(const std::string& data,
                    const std::string& step = "{z: \"normal([batch, 1])\"}",
                    const std::string& train = "{steps: 1}") {
  try {
    build_plan(experiment_of(data, step, train), ops());
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "sound";
}

TEST(DataSources, HaveTheirListsByName) {
  const Experiment e = experiment_of("{source: shapes}");
  const auto scope = number_scope(e);
  EXPECT_EQ(scope->find("data.classes"), 3);
  EXPECT_EQ(scope->find("data.label.classes"), 3);
  EXPECT_EQ(scope->find("data.shape.classes"), 3);
  EXPECT_EQ(scope->find("data.caption.classes"), 7);
  EXPECT_EQ(scope->find("data.caption.length"), 5);
  EXPECT_EQ(scope->find("data.shape.length"), std::nullopt);
  EXPECT_EQ(scope->find("data.width"), 4);
  const auto label = data_part(e, "data.label");
  ASSERT_TRUE(label);
  EXPECT_EQ(label->list, 0u);
  EXPECT_EQ(label->shape, Shape{});
  const auto caption = data_part(e, "data.caption");
  ASSERT_TRUE(caption);
  EXPECT_EQ(caption->list, 1u);
  EXPECT_EQ(caption->shape, Shape{5});
  EXPECT_EQ(caption->dtype, DType::I32);
  EXPECT_FALSE(data_part(e, "data.colour"));
}

TEST(DataSources, AreReadByTheirNames) {
  const Experiment e =
      experiment_of("{style: {source: image, path: p}, s: {source: shapes}, b: {source: folder}}");
  ASSERT_EQ(e.data.size(), 3u);
  EXPECT_EQ(e.data[0].name, "style");  // also the name of a key
  EXPECT_EQ(number_scope(e)->find("data.s.caption.classes"), 7);
  EXPECT_EQ(number_scope(e)->find("data.classes"), std::nullopt);
  EXPECT_EQ(data_part(e, "data.s.label")->source, 1u);
  EXPECT_TRUE(data_part(e, "data.style.image")->constant);
  EXPECT_EQ(split_count(e, "train"), 10);
  EXPECT_EQ(split_count(e, "test"), 4) << "a single picture is no set";
}

TEST(DataSources, AreNamedWhereAPartIsAskedForWithoutOne) {
  const auto said = [](const std::string& value) {
    return verdict("{a: {source: shapes}, b: {source: folder}}",
                   "{z: \"mean(" + value + ") * normal([batch, 1])\"}");
  };
  const std::string names = "the sources have names; write ";
  EXPECT_TRUE(said("data.image").ends_with(names + "data.a.image or data.b.image"))
      << said("data.image");
  EXPECT_TRUE(said("real(data.label)").ends_with(names + "data.a.label"))
      << said("real(data.label)");
  EXPECT_EQ(said("data.a.image"), "sound");
}

TEST(DataSources, CountEpochsOfTheFirstSet) {
  const std::string two =
      "{p: {source: image, path: p}, a: {source: folder, path: many}, b: {source: shapes}}";
  const std::string z = "{z: \"normal([batch, 1])\"}";
  EXPECT_EQ(experiment_of(two, z, "{epochs: 2, batch: 5}").steps, 5);  // ceil(2 * 12 / 5)
  EXPECT_NE(verdict("{source: image, path: p}", z, "{epochs: 2}").find("epochs need data"),
            std::string::npos);
}

TEST(DataSources, GiveASinglePictureAsAConstant) {
  const Experiment e =
      experiment_of("{p: {source: image, path: p, range: [0, 2]}}",
                    "{z: \"mean(data.p.image) * normal([batch, 1])\"}", "{steps: 1, batch: 3}");
  const Plan plan = build_plan(e, ops());
  const Graph& graph = *plan.training.programs[0].graph;
  bool constant = false;
  for (const auto& node : graph.nodes()) {
    if (!node->is("constant")) continue;
    const auto& attrs = node->attrs_as<ConstantAttrs>();
    constant = constant || (attrs.shape == Shape{1, 1, 1, 1} && attrs.values[0] == 2);
  }
  EXPECT_TRUE(constant);
}

TEST(DataSources, ShowFramesSideBySide) {
  const Experiment e = experiment_of("{source: moving_digits}", "{z: \"normal([batch, 1])\"}",
                                     "{steps: 1}\nsample: {image: data.image, grid: 1x2}");
  const Plan plan = build_plan(e, ops());
  ASSERT_EQ(plan.samples.size(), 1u);
  const auto& outputs = plan.samples[0].graph->outputs();
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0].value.shape(), (Shape{2, 4, 12, 1}));
}

TEST(DataSources, ArePairedWhereTheyCanBe) {
  const std::string a = "a: {source: folder, path: few}";
  const auto pair = [&](const std::string& b) { return "{paired: true, " + a + ", b: " + b + "}"; };
  EXPECT_EQ(verdict(pair("{source: folder, path: few}")), "sound");
  EXPECT_EQ(verdict(pair("{source: shapes}")), "sound");
  EXPECT_TRUE(experiment_of(pair("{source: shapes}")).data[1].paired);
  EXPECT_FALSE(experiment_of("{" + a + ", b: {source: shapes}}").data[1].paired);
  struct Case {
    std::string data;
    const char* message;
  };
  const Case cases[] = {
      {pair("{source: folder, path: many}"),
       "t.yaml:3:57: data.b: cannot be paired with a: its names differ; only in a: 'z', 'z2'; only "
       "in b: 'y'"},
      {pair("{source: shapes, pick: order}"), "cannot be paired with a: its `pick` is another"},
      {pair("{source: shapes, hold_out: 0.5}"), "its `hold_out` or `validate` is another"},
      {pair("{source: shapes, augment: flip}"), "its `augment` is another"},
      {"{paired: true, source: shapes}",
       "t.yaml:3:16: data.paired: 'paired' stands beside several sources; here is one"},
      {"{a: {source: shapes, paired: true}}",
       "t.yaml:3:11: data.a: 'paired' stands beside the sources, not in one of them"},
      {"{paired: yes, a: {source: shapes}}", "data.paired: expected true or false, got 'yes'"},
  };
  for (const Case& c : cases)
    EXPECT_NE(verdict(c.data).find(c.message), std::string::npos) << verdict(c.data);
}

TEST(DataSources, ReadAugmentStrictly) {
  const Experiment e =
      experiment_of("{source: shapes, augment: [flip, flip_vertical, turn, {shift: 2 + 1}]}");
  EXPECT_EQ(e.data[0].augment, (std::vector<Augment>{{Augment::Kind::Flip, 0},
                                                     {Augment::Kind::FlipVertical, 0},
                                                     {Augment::Kind::Turn, 0},
                                                     {Augment::Kind::Shift, 3}}));
  EXPECT_NE(verdict("{source: shapes, augment: [flop]}")
                .find("data.augment[0]: expected flip, flip_vertical, turn or {shift: pixels}"),
            std::string::npos);
  EXPECT_NE(verdict("{source: shapes, augment: [{shift: 0}]}").find("data.augment[0].shift"),
            std::string::npos);
}

}  // namespace
}  // namespace agon
