#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/graphs/findings.h"
#include "tests/graphs/turns_bench.h"

/// Labels dropped for classifier-free guidance (Ho and Salimans 2022): `where` chooses between a
/// label and one class more.
namespace agon {
namespace {

std::string text_with(const std::string& condition, const std::string& rows) {
  return fmt::format(R"(agon: 1
name: t
params: {{drop: 0.1}}
data: {{source: digits}}
networks:
  net:
    input: {{y: data.label}}
    layers: [{{embedding: {{dimension: 1, rows: {}}}}}]
step:
  shown: where({}, data.classes, data.label)
losses:
  e: mean(net(shown))
optimizers:
  o: {{minimize: e, update: net, sgd: {{lr: 1}}}}
train: {{steps: 2, batch: 4}}
)",
                     rows, condition);
}

TEST(Guidance, DropsLabels) {
  EXPECT_EQ(findings_of(text_with("uniform([batch]) < drop", "data.classes + 1")), "");
  const Plan plan = plan_of(text_with("data.label == 3", "data.classes + 1"));
  CarriedTraining training(plan);
  NdArray& rows = training["net.embedding1.weight"];
  for (std::size_t i = 0; i < rows.values.size(); ++i) rows.values[i] = static_cast<double>(i);
  const auto logged = training.step(0, {{"data.label", numbers({4}, {3, 0, 9, 3}, DType::I32)}});
  EXPECT_EQ(logged.at("e"), (10 + 0 + 9 + 10) / 4.0);
}

TEST(Guidance, NeedsARowForNoLabel) {
  expect_finding(text_with("uniform([batch]) < drop", "data.classes"),
                 "10 rows of embedding serve the labels 0 to 9, got labels 0 to 10 (data.label has "
                 "10 classes)");
}

}  // namespace
}  // namespace agon
