// The mathematics of generated code, compiled as C++, against the references of the ops.
#include "ops/pointwise/math_device.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ops/device_loop/formula.h"
#include "ops/pointwise/tables.h"

namespace agon {
namespace {

/// A function of device code in float and in double.
struct Unary {
  template <class F>
  Unary(F f) : in_float(f), in_double(f) {}  // NOLINT
  float (*in_float)(float);
  double (*in_double)(double);
};
struct Binary {
  template <class F>
  Binary(F f) : in_float(f), in_double(f) {}  // NOLINT
  float (*in_float)(float, float);
  double (*in_double)(double, double);
};

const std::map<std::string, Unary> kUnary = {
    {"neg", [](auto x) { return -x; }},
    {"exp", [](auto x) { return device::exp_of(x); }},
    {"log", [](auto x) { return device::log_of(x); }},
    {"sqrt", [](auto x) { return device::sqrt_of(x); }},
    {"abs", [](auto x) { return device::abs_of(x); }},
    {"sign", [](auto x) { return device::sign_of(x); }},
    {"floor", [](auto x) { return device::floor_of(x); }},
    {"sin", [](auto x) { return device::sin_of(x); }},
    {"cos", [](auto x) { return device::cos_of(x); }},
    {"tanh", [](auto x) { return device::tanh_of(x); }},
    {"sigmoid", [](auto x) { return device::sigmoid_of(x); }},
    {"softplus", [](auto x) { return device::softplus_of(x); }},
    {"erf", [](auto x) { return device::erf_of(x); }},
    {"relu", [](auto x) { return device::relu_of(x); }},
    {"selu", [](auto x) { return device::selu_of(x); }},
    {"gelu", [](auto x) { return device::gelu_of(x); }},
    {"silu", [](auto x) { return device::silu_of(x); }},
};
const std::map<std::string, Binary> kBinary = {
    {"add", [](auto a, auto b) { return a + b; }},
    {"sub", [](auto a, auto b) { return a - b; }},
    {"mul", [](auto a, auto b) { return a * b; }},
    {"div", [](auto a, auto b) { return a / b; }},
    {"pow", [](auto a, auto b) { return device::pow_of(a, b); }},
    {"min", [](auto a, auto b) { return device::min_of(a, b); }},
    {"max", [](auto a, auto b) { return device::max_of(a, b); }},
    {"equal", [](auto a, auto b) { return device::equal_of(a, b); }},
    {"not_equal", [](auto a, auto b) { return device::not_equal_of(a, b); }},
    {"less", [](auto a, auto b) { return device::less_of(a, b); }},
    {"less_equal", [](auto a, auto b) { return device::less_equal_of(a, b); }},
    {"greater", [](auto a, auto b) { return device::greater_of(a, b); }},
    {"greater_equal", [](auto a, auto b) { return device::greater_equal_of(a, b); }},
    {"leaky_relu", [](auto a, auto b) { return device::leaky_relu_of(a, b); }},
    {"elu", [](auto a, auto b) { return device::elu_of(a, b); }},
};

/// Numbers that are the same in float and double.
std::vector<float> grid() {
  std::vector<float> values = {0.0f, -0.0f};
  const auto both = [&](float x) { values.insert(values.end(), {x, -x}); };
  for (int i = 1; i <= 1600; ++i) both(static_cast<float>(i) / 77);
  for (float x = 1e-38f; x < 1e38f; x *= 7.3f) both(x);
  for (const float x : {0.5f, 1.0f, 2.0f, 3.0f, 16777216.0f, 2147483648.0f}) both(x);
  both(std::numeric_limits<float>::max());
  both(std::numeric_limits<float>::infinity());
  both(std::numeric_limits<float>::quiet_NaN());
  return values;
}

/// Within `units` of the last place; what is below the smallest normal number may be off by it.
template <class T>
bool agrees(double want, T got, double units) {
  const T rounded = static_cast<T>(want);
  if (std::isnan(rounded) || std::isnan(got)) return std::isnan(rounded) && std::isnan(got);
  if (rounded == got) return true;
  const double allowed =
      units * static_cast<double>(std::numeric_limits<T>::epsilon()) * std::abs(want) +
      static_cast<double>(std::numeric_limits<T>::min());
  return std::abs(want - static_cast<double>(got)) <= allowed;
}

constexpr double kUnits = 4;  // of what tolerance() allows a kernel of error factor 1

void check_unary(const char* name, double (*reference)(double)) {
  const auto found = kUnary.find(name);
  ASSERT_NE(found, kUnary.end()) << name;
  for (const float x : grid()) {
    const double want = reference(static_cast<double>(x));
    EXPECT_TRUE(agrees(want, found->second.in_float(x), kUnits))
        << fmt::format("{}({}): {} in float, not {}", name, x, found->second.in_float(x), want);
    const double in_double = found->second.in_double(static_cast<double>(x));
    EXPECT_TRUE(agrees(want, in_double, kUnits))
        << fmt::format("{}({}): {} in double, not {}", name, x, in_double, want);
  }
}

void check_binary(const std::string& name, double (*reference)(double, double),
                  const std::vector<float>& left, const std::vector<float>& right) {
  const auto found = kBinary.find(name);
  ASSERT_NE(found, kBinary.end()) << name;
  for (const float a : left) {
    for (const float b : right) {
      const double da = static_cast<double>(a), db = static_cast<double>(b);
      const double want = reference(da, db);
      EXPECT_TRUE(agrees(want, found->second.in_float(a, b), kUnits)) << fmt::format(
          "{}({}, {}): {} in float, not {}", name, a, b, found->second.in_float(a, b), want);
      EXPECT_TRUE(agrees(want, found->second.in_double(da, db), kUnits)) << fmt::format(
          "{}({}, {}): {} in double, not {}", name, a, b, found->second.in_double(da, db), want);
    }
  }
}

std::vector<float> every(const std::vector<float>& values, std::size_t step) {
  std::vector<float> some;
  for (std::size_t i = 0; i < values.size(); i += step) some.push_back(values[i]);
  for (std::size_t i = values.size() - 6; i < values.size(); ++i) some.push_back(values[i]);
  return some;
}

TEST(MathDevice, FunctionsOfOneNumberMeanWhatTheirOpsMean) {
  for (const auto rows : {function_rows(), activation_rows()}) {
    for (const UnaryRow& row : rows) check_unary(row.name, row.f);
  }
}

TEST(MathDevice, FunctionsOfTwoNumbersMeanWhatTheirOpsMean) {
  const std::vector<float> some = every(grid(), 29);
  for (const auto rows : {arithmetic_rows(), compare_rows()}) {
    for (const BinaryRow& row : rows) check_binary(row.name, row.f, some, some);
  }
  const std::vector<float> slopes = {0.0f, 0.25f, 1.0f, 2.0f, -0.5f};
  check_binary("leaky_relu", leaky_relu_of, grid(), slopes);
  check_binary("elu", elu_of, grid(), slopes);
}

TEST(MathDevice, WhereTakesWhatIsNotZero) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(device::where_of(1.0f, 2.0f, 3.0f), 2.0f);
  EXPECT_EQ(device::where_of(0.0f, 2.0f, 3.0f), 3.0f);
  EXPECT_EQ(device::where_of(-0.0f, 2.0f, 3.0f), 3.0f);
  EXPECT_EQ(device::where_of(nan, 2.0f, 3.0f), 2.0f);
  EXPECT_EQ(device::where_of(0.0, 2.0, 3.0), 3.0);
}

TEST(MathDevice, WholeNumbersAreCutAndSaturate) {
  EXPECT_EQ(device::whole_of(2.9), 2);
  EXPECT_EQ(device::whole_of(-2.9), -2);
  EXPECT_EQ(device::whole_of(2147483646.5), 2147483646);
  EXPECT_EQ(device::whole_of(2147483647.5), 2147483647);
  EXPECT_EQ(device::whole_of(1e30), 2147483647);
  EXPECT_EQ(device::whole_of(-1e30), -2147483648.0);
  EXPECT_EQ(device::whole_of(std::numeric_limits<double>::quiet_NaN()), 0);
  EXPECT_EQ(device::wrapped(2147483648.0), std::numeric_limits<int>::min());
  EXPECT_EQ(device::wrapped(-7), -7);
}

TEST(MathDevice, NumbersKeepAllTheirDigits) {
  EXPECT_EQ(number_text(0.2, false), "0.2f");
  EXPECT_EQ(number_text(3, false), "3.0f");
  EXPECT_EQ(number_text(-0.5, true), "(-0.5)");
  EXPECT_EQ(number_text(-0.0, false), "(-0.0f)");
  EXPECT_EQ(number_text(1e-5, false), "1e-05f");
  EXPECT_EQ(number_text(0.1, true), "0.1");
  EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity(), true), "(-kInfinity)");
  EXPECT_EQ(formula_text("no such op", {"v0"}), "");
}

}  // namespace
}  // namespace agon
