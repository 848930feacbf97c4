#include "tests/sweep_search/known_functions.h"

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace agon::test {

namespace {

Space reals(std::size_t count, double low, double high) {
  Space space;
  for (std::size_t i = 0; i < count; ++i) {
    space.push_back({.name = "x" + std::to_string(i), .low = low, .high = high});
  }
  return space;
}

Space mixed_space() {
  using Kind = Dimension::Kind;
  return {
      {.name = "optimizer", .kind = Kind::Choice, .choices = 3},
      {.name = "lr", .low = 1e-5, .high = 1, .log = true},
      {.name = "depth", .kind = Kind::Integer, .low = 1, .high = 8},
      {.name = "width", .kind = Kind::Integer, .low = 16, .high = 1024, .log = true},
      {.name = "dropout", .low = 0, .high = 0.5, .step = 0.05},
      {.name = "momentum", .low = 0, .high = 0.99, .condition = {{.dimension = 0, .choices = {0}}}},
      {.name = "nesterov",
       .kind = Kind::Choice,
       .choices = 2,
       .condition = {{.dimension = 0, .choices = {0}}}},
      {.name = "beta1", .low = 0.5, .high = 0.999, .condition = {{.dimension = 0, .choices = {1}}}},
  };
}

double square(double x) {
  return x * x;
}

double branin(const Point& x) {
  constexpr double pi = std::numbers::pi;
  const double a = *x[0], b = *x[1];
  return square(b - 5.1 / (4 * pi * pi) * a * a + 5 / pi * a - 6) +
         10 * (1 - 1 / (8 * pi)) * std::cos(a) + 10;
}

double hartmann6(const Point& x) {
  constexpr double a[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                              {0.05, 10, 17, 0.1, 8, 14},
                              {3, 3.5, 1.7, 10, 17, 8},
                              {17, 8, 0.05, 10, 0.1, 14}};
  constexpr double c[4] = {1, 1.2, 3, 3.2};
  constexpr double p[4][6] = {{1312, 1696, 5569, 124, 8283, 5886},
                              {2329, 4135, 8307, 3736, 1004, 9991},
                              {2348, 1451, 3522, 2883, 3047, 6650},
                              {4047, 8828, 8732, 5743, 1091, 381}};
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double far = 0;
    for (std::size_t j = 0; j < 6; ++j) far += a[i][j] * square(*x[j] - 1e-4 * p[i][j]);
    sum -= c[i] * std::exp(-far);
  }
  return sum;
}

double rosenbrock(const Point& x) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    sum += 100 * square(*x[i + 1] - square(*x[i])) + square(1 - *x[i]);
  }
  return sum;
}

/// As training a small network behaves: 0 with adam, lr 1e-3, beta1 0.9, 5 layers of 256, dropout
/// 0.15.
double mixed(const Point& x) {
  const double rate = std::log10(*x[1]), depth = *x[2];
  const double sound =
      0.05 * std::abs(depth - 5) + 0.1 * square(std::log2(*x[3] / 256)) + 2 * square(*x[4] - 0.15);
  if (*x[0] == 0) {
    return sound + 0.1 + 4 * square(*x[5] - 0.9) + 0.1 * *x[6] + 0.3 * square(rate + 1);
  }
  if (*x[0] == 1) {
    return sound + 4 * square(*x[7] - 0.9) + 0.3 * square(rate + 3 + 0.2 * (depth - 5));
  }
  return sound + 0.15 + 0.3 * square(rate + 4);
}

}  // namespace

const std::vector<KnownFunction>& known_functions() {
  static const std::vector<KnownFunction> functions = {
      {"branin",
       {{.name = "x0", .low = -5, .high = 10}, {.name = "x1", .low = 0, .high = 15}},
       branin,
       0.39788735772973816},
      {"hartmann6", reals(6, 0, 1), hartmann6, -3.3223680114155147},
      {"rosenbrock10", reals(10, -5, 10), rosenbrock, 0},
      {"mixed", mixed_space(), mixed, 0},
  };
  return functions;
}

const KnownFunction& known_function(const std::string& name) {
  for (const KnownFunction& function : known_functions()) {
    if (function.name == name) return function;
  }
  throw std::invalid_argument("no function of the name " + name);
}

std::vector<Tried> run_search(const KnownFunction& function, const SearchSpec& spec,
                              std::int64_t seed, std::size_t budget, std::size_t beside) {
  const auto search = make_search(spec, function.space, 1, seed);
  std::vector<Tried> tried;
  while (tried.size() < budget) {
    std::vector<Point> pending;
    while (pending.size() < beside) {
      const auto number = static_cast<std::int64_t>(tried.size() + pending.size());
      const std::optional<Point> point = search->propose(number, tried, pending);
      if (!point) break;
      pending.push_back(*point);
    }
    if (pending.empty()) break;
    for (const Point& point : pending) tried.push_back({point, {function.value(point)}});
  }
  return tried;
}

}  // namespace agon::test
