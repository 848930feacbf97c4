#include <gtest/gtest.h>

#include "tests/graphs/findings.h"

/// Labels beside outputs, classes and rows that are too few for them, and neighbours that are
/// enough.
namespace agon {
namespace {

std::string classifier() {
  return R"(agon: 1
name: t
data: {source: digits}
networks:
  reader:
    input: {x: data.image, y: data.label}
    layers:
      - {from: x, flatten, as: pixels}
      - {from: y, embedding: {dimension: 4, rows: 10}, as: row}
      - concat: [pixels, row]
      - dense: 10
step:
  y: data.label
  hot: one_hot(y, 10)
  x: data.image
  scores: reader(x, y)
losses:
  error: cross_entropy(scores, y) + mean(hot * scores)
optimizers:
  all: {minimize: error, update: reader, sgd: 0.1}
train: {steps: 2, batch: 4}
sample: {image: x * mean(scores), grid: 10x2, with: {y: row}}
)";
}

struct LabelCase {
  std::string label;
  std::vector<std::pair<std::string, std::string>> edits;
  std::string said;
};

class Labels : public testing::TestWithParam<LabelCase> {};

TEST_P(Labels, AreComparedWithWhatServesThem) {
  EXPECT_EQ(findings_of(edited(classifier(), GetParam().edits)), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    One, Labels,
    testing::Values(
        LabelCase{"enough", {}, ""},
        LabelCase{"outputs",
                  {{"dense: 10", "dense: 9"}, {"mean(hot * scores)", "mean(hot) * mean(scores)"}},
                  "error[78] t.yaml:18:10: losses.error: cross_entropy: 9 outputs serve the labels "
                  "0 to 8, got labels 0 to 9 (data.label has 10 classes)"},
        LabelCase{"more_outputs_than_classes",
                  {{"dense: 10", "dense: 11"}, {"mean(hot * scores)", "mean(hot) * mean(scores)"}},
                  ""},
        LabelCase{"classes_of_one_hot",
                  {{"one_hot(y, 10)", "one_hot(y, 5)"}},
                  "error[78] t.yaml:14:8: step.hot: one_hot: 5 classes serve the labels 0 to 4, "
                  "got labels 0 to 9 (data.label has 10 classes)"},
        LabelCase{"rows_of_embedding",
                  {{"rows: 10", "rows: 5"}},
                  "error[78] t.yaml:9:9: networks.reader.layers[1]: 5 rows of embedding serve the "
                  "labels 0 to 4, got labels 0 to 9 (data.label has 10 classes)"},
        LabelCase{
            "moved_up",
            {{"cross_entropy(scores, y)", "cross_entropy(scores, y + 1)"}},
            "error[78] t.yaml:18:10: losses.error: cross_entropy: 10 outputs serve the labels "
            "0 to 9, got labels 1 to 10 (data.label has 10 classes)"},
        LabelCase{"moved_down",
                  {{"one_hot(y, 10)", "one_hot(y - 1, 10)"}},
                  "error[78] t.yaml:14:8: step.hot: one_hot: 10 classes serve the labels 0 to 9, "
                  "got labels -1 to 8 (data.label has 10 classes)"},
        LabelCase{"turned_round", {{"one_hot(y, 10)", "one_hot(9 - y, 10)"}}, ""},
        LabelCase{
            "two_together",
            {{"cross_entropy(scores, y)", "cross_entropy(scores, y + random_label([batch], 2))"}},
            "error[78] t.yaml:18:10: losses.error: cross_entropy: 10 outputs serve the labels "
            "0 to 9, got labels 0 to 10 (data.label has 10 classes, random_label of 2 "
            "classes)"},
        LabelCase{
            "position",
            {{"cross_entropy(scores, y)", "cross_entropy(scores, argmax(concat(scores, scores)))"}},
            "error[78] t.yaml:18:10: losses.error: cross_entropy: 10 outputs serve the labels "
            "0 to 9, got labels 0 to 19 (a position among 20)"},
        LabelCase{"rows_of_a_grid",
                  {{"grid: 10x2", "grid: 12x2"}},
                  "error[78] t.yaml:9:9: networks.reader.layers[1]: 10 rows of embedding serve the "
                  "labels 0 to 9, got labels 0 to 11 (row of a grid of 12 rows); in sample (line "
                  "22), where y is 'row' (line 22)"},
        LabelCase{
            "columns_of_a_grid", {{"grid: 10x2", "grid: 12x2"}, {"{y: row}", "{y: column}"}}, ""},
        LabelCase{
            "times_zero", {{"cross_entropy(scores, y)", "cross_entropy(scores, y * y * 0)"}}, ""},
        LabelCase{
            "real_ones",
            {{"cross_entropy(scores, y)", "cross_entropy(scores, real(y))"}},
            "error[78] t.yaml:18:10: losses.error: cross_entropy: expects labels [batch], such "
            "as data.label, got real values [4]"},
        LabelCase{
            "one_hot_ones",
            {{"cross_entropy(scores, y)", "cross_entropy(scores, hot)"}},
            "error[78] t.yaml:18:10: losses.error: cross_entropy: expects labels [batch], such "
            "as data.label, got real values [4, 10]; argmax(x) makes labels of one_hot rows"}),
    [](const auto& c) { return c.param.label; });

}  // namespace
}  // namespace agon
