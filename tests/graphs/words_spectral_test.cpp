#include <gtest/gtest.h>

#include <cmath>

#include "graphs/words/spectral_norm.h"
#include "tests/graphs/turns_bench.h"
#include "tests/graphs/words_site.h"

/// Spectral normalization: the matrix of each weight as PyTorch has it, and when its singular
/// vectors move (LANGUAGE.md rule 7).
namespace agon {
namespace {

using words_test::expect_numbers;
using words_test::Site;
using words_test::wiggly;

struct MatrixCase {
  std::string layer;
  Shape in;
  DType dtype;
  Shape weight;  // in files
  int rows;      // the axis of the file's weight that has the rows
};

/// u^T W v, u along that axis of the file's tensor and v along the others, in the file's order.
double plain_size(const Shape& shape, int rows, const Site& site) {
  const auto number = [&](const char* name, std::int64_t i) {
    return site.declared.at(name).in_file[static_cast<std::size_t>(i)];
  };
  double sum = 0;
  std::int64_t i = 0;
  for_each_index(shape, [&](const auto& at) {
    std::int64_t column = 0;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (axis != rows) column = column * shape[axis] + at[static_cast<std::size_t>(axis)];
    }
    sum += number("weight", i++) * number("weight_u", at[static_cast<std::size_t>(rows)]) *
           number("weight_v", column);
  });
  return sum;
}

TEST(WordsSpectral, DividesByTheSizeOfPyTorchsMatrix) {
  const std::vector<MatrixCase> table = {
      {"conv: {filters: 4, kernel: [2, 3], bias: false, spectral_norm: true}",
       {2, 3, 4, 5},
       DType::F64,
       {4, 3, 2, 3},
       0},
      {"conv_transpose: {filters: 4, kernel: [2, 3], bias: false, spectral_norm: true}",
       {2, 3, 2, 2},
       DType::F64,
       {3, 4, 2, 3},
       1},
      {"dense: {units: 5, bias: false, spectral_norm: true}", {2, 3}, DType::F64, {5, 3}, 0},
      {"embedding: {dimension: 2, rows: 3, spectral_norm: true}", {4}, DType::I32, {3, 2}, 0},
  };
  for (const MatrixCase& row : table) {
    Site site, plain;
    const std::vector<double> x =
        row.dtype == DType::I32 ? std::vector<double>{2, 0, 1, 1} : wiggly(row.in.elements());
    site.give("x", row.in, x, row.dtype);
    plain.give("x", row.in, x, row.dtype);
    const Tensor y = site.apply(row.layer);
    std::string without = row.layer;
    without.replace(without.find("true}"), 4, "false");
    const NdArray expected = plain.numbers(plain.apply(without));
    ASSERT_EQ(to_text(site.declared.at("weight").file.shape), to_text(row.weight)) << row.layer;
    const double size = plain_size(row.weight, row.rows, site);
    std::vector<double> divided;
    for (const double v : expected.values) divided.push_back(v / size);
    expect_numbers(site.numbers(y), expected.type.shape, divided, row.layer, 2e-6);
  }
}

TEST(WordsSpectral, FlattenedPicturesKeepTheFilesOrder) {
  Site site;
  site.give("x", {2, 3, 2, 2}, wiggly(24));
  site.become(site.apply("flatten"));
  const Tensor y = site.apply("dense: {units: 5, bias: false, spectral_norm: true}");
  const double size = plain_size({5, 12}, 0, site);
  const std::vector<double>& w = site.declared.at("weight").in_file;
  std::vector<double> expected;
  for (std::size_t n = 0; n < 2; ++n) {
    for (std::size_t u = 0; u < 5; ++u) {
      double sum = 0;
      for (std::size_t f = 0; f < 12; ++f) sum += wiggly(24)[n * 12 + f] * w[u * 12 + f];
      expected.push_back(sum / size);
    }
  }
  expect_numbers(site.numbers(y), {2, 5}, expected, "dense");
}

constexpr char kText[] = R"(agon: 1
name: t
data: {source: rings}
networks:
  net:
    input: {x: [2]}
    average: 0.5
    layers: [{dense: {units: 3, spectral_norm: true}}, tanh, {dense: 1}]
  other: {input: {x: [2]}, layers: [{dense: 2}]}
step: {x: data.point}
losses:
  n: mean(net(x)) + mean(net(2 * x) ^ 2)
  o: mean(net(other(x)))
optimizers:
  n: {minimize: n, update: net, sgd: {lr: 0.5}}
  o: {minimize: o, update: other, sgd: {lr: 0.5}}
train: {steps: 4, batch: 4, order: [n, o]}
)";

Arrays points() {
  return {{"data.point", numbers({4, 2}, {0.5, -1, 1.5, 0.25, -0.75, 2, 0.25, 1.75})}};
}

using Numbers = std::vector<double>;

Numbers normalised(Numbers x) {
  double sum = 0;
  for (const double v : x) sum += v * v;
  for (double& v : x) v /= std::sqrt(sum);
  return x;
}

struct Vectors {
  Numbers u, v;
};

/// One power iteration of a [3, 2] matrix.
Vectors iterated(const Numbers& w, const Numbers& u) {
  Vectors next{Numbers(3), Numbers(2)};
  for (std::size_t i = 0; i < 6; ++i) next.v[i % 2] += w[i] * u[i / 2];
  next.v = normalised(next.v);
  for (std::size_t i = 0; i < 6; ++i) next.u[i / 2] += w[i] * next.v[i % 2];
  next.u = normalised(next.u);
  return next;
}

double size_of(const Numbers& w, const Vectors& s) {
  double sum = 0;
  for (std::size_t i = 0; i < 6; ++i) sum += s.u[i / 2] * w[i] * s.v[i % 2];
  return sum;
}

void expect_vector(CarriedTraining& training, const std::string& name, const Numbers& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(training.at(name, static_cast<std::int64_t>(i)), expected[i], 1e-5) << name;
}

constexpr char kWeight[] = "net.dense1.weight";

TEST(WordsSpectral, BeginsNearTheLargestSingularValue) {
  const Plan plan = plan_of(kText);
  CarriedTraining training(plan);
  const Numbers w = training[kWeight].values;
  // of W^T W
  const double a = w[0] * w[0] + w[2] * w[2] + w[4] * w[4],
               d = w[1] * w[1] + w[3] * w[3] + w[5] * w[5];
  const double b = w[0] * w[1] + w[2] * w[3] + w[4] * w[5];
  const double largest = std::sqrt((a + d) / 2 + std::sqrt((a - d) * (a - d) / 4 + b * b));
  const Vectors s{training["net.dense1.weight_u"].values, training["net.dense1.weight_v"].values};
  EXPECT_NEAR(size_of(w, s), largest, 1e-3 * largest);
  EXPECT_NEAR(training.at("average/net.dense1.weight_u"), s.u[0], 1e-6);
}

TEST(WordsSpectral, OneIterationInTurnsThatUpdateTheNetworkWhateverTheCalls) {
  const Plan plan = plan_of(kText);
  CarriedTraining training(plan);
  training[("net.dense1.weight_u")].values = {0.6, 0, 0.8};  // far from where it will be
  const Numbers w = training[kWeight].values;
  const Vectors next = iterated(w, {0.6, 0, 0.8});
  const Numbers average = training["average/net.dense1.weight_u"].values;
  training.step(0, points());
  expect_vector(training, "net.dense1.weight_u", next.u);
  expect_vector(training, "net.dense1.weight_v", next.v);
  // the first update's averages decay by (1 + t) / (10 + t) = 2 / 11, and keep length 1
  Numbers moved;
  for (std::size_t i = 0; i < 3; ++i)
    moved.push_back(average[i] + 9.0 / 11.0 * (next.u[i] - average[i]));
  expect_vector(training, "average/net.dense1.weight_u", normalised(moved));
}

TEST(WordsSpectral, LossesReadTheIteratedVectors) {
  const Plan plan = plan_of(kText);
  CarriedTraining training(plan);
  training["net.dense1.weight_u"].values = {0.6, 0, 0.8};
  const Numbers w = training[kWeight].values, v2 = training["net.dense2.weight"].values;
  const double size = size_of(w, iterated(w, {0.6, 0, 0.8}));
  const double logged = training.step(0, points()).at("n");
  const Numbers x = points().at("data.point").values;
  const auto net = [&](double p, double q) {
    double y = 0;
    for (std::size_t i = 0; i < 3; ++i)
      y += v2[i] * std::tanh((w[2 * i] * p + w[2 * i + 1] * q) / size);
    return y;
  };
  double expected = 0;
  for (std::size_t n = 0; n < 4; ++n)
    expected += net(x[2 * n], x[2 * n + 1]) + std::pow(net(2 * x[2 * n], 2 * x[2 * n + 1]), 2);
  EXPECT_NEAR(logged, expected / 4, 1e-5);
}

}  // namespace
}  // namespace agon
