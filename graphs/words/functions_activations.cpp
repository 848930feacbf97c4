#include <cmath>
#include <functional>

#include "engine/base/error.h"
#include "graphs/words/function_tables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"

namespace agon {

namespace {

using OfValue = std::function<Value(Value x, double parameter)>;

/// A function that is a layer too. Numbers known now become scalars of the graph: an activation of
/// a constant is no use that deserves folding.
FunctionDef activation(const std::string& name, std::string doc, const OfValue& of_value,
                       std::optional<Tensor::Bounds> bounds = std::nullopt) {
  auto build = [=](const FunctionCall& call) -> Term {
    const Tensor& x = call.tensor(0);
    expect_real(x);
    Tensor y = like(x, of_value(x.value, 0));
    y.made_by = name;
    y.bounds = bounds;
    return y;
  };
  return {.name = name,
          .doc = std::move(doc),
          .parameters = {"x"},
          .options = {},
          .build = std::move(build),
          .is_layer = true};
}

FunctionDef activation_with(const std::string& name, std::string doc, const std::string& parameter,
                            double otherwise, const OfValue& of_value) {
  auto build = [=](const FunctionCall& call) -> Term {
    const Tensor& x = call.tensor(0);
    expect_real(x);
    Tensor y = like(x, of_value(x.value, call.count() > 1 ? call.number(1) : otherwise));
    y.made_by = name;
    return y;
  };
  return {.name = name,
          .doc = std::move(doc),
          .parameters = {"x", parameter + "?"},
          .options = {},
          .build = std::move(build),
          .is_layer = true};
}

OfValue plain(Value (*of_value)(Value)) {
  return [of_value](Value x, double) { return of_value(x); };
}

Term build_softmax(const FunctionCall& call) {
  const Tensor& x = call.tensor(0);
  return softmax(x, named_axis(x, call.word("over"), 1));
}

/// x less its largest along the axis, e^ of that and their sum: nothing overflows. The largest
/// cancels out of what is made of these, so its gradient does too.
struct Shifted {
  Value x, largest, powers, sum;
};
Shifted shifted(const Tensor& x, int axis) {
  expect_real(x);
  const std::vector<std::int64_t> axes = {x.engine_axis(axis)};
  const Value largest = stop_gradient(reduce_max(x.value, axes, true));
  const Value rest = x.value - largest;
  const Value powers = exp(rest);
  return {rest, largest, powers, sum(powers, axes, true)};
}

Term build_log_softmax(const FunctionCall& call) {
  const Tensor& x = call.tensor(0);
  const Shifted s = shifted(x, named_axis(x, call.word("over"), 1));
  return like(x, s.x - log(s.sum));
}

Term build_logsumexp(const FunctionCall& call) {
  const Tensor& x = call.tensor(0);
  const int axis = named_axis(x, call.word("over"), 1);
  const Shifted s = shifted(x, axis);
  const std::int64_t engine_axis = x.engine_axis(axis);
  return without_axes(x, {axis}, sum(log(s.sum) + s.largest, {engine_axis}));
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) {
  const Shifted s = shifted(x, axis);
  Tensor y = like(x, s.powers / s.sum);
  y.made_by = "softmax";
  y.bounds = Tensor::Bounds{0, 1};
  return y;
}

std::vector<FunctionDef> activation_functions() {
  return {
      activation("relu", "max(x, 0)", plain(relu)),
      activation_with("leaky_relu", "x where x > 0, else slope x; slope 0.01 where not given",
                      "slope", 0.01, leaky_relu),
      activation_with("elu", "x where x > 0, else alpha (e^x - 1); alpha 1 where not given",
                      "alpha", 1, elu),
      activation("selu", "1.0507 x where x > 0, else 1.7581 (e^x - 1) (Klambauer 2017)",
                 plain(selu)),
      activation("gelu", "x times the normal distribution function of x", plain(gelu)),
      activation("silu", "x sigmoid(x)", plain(silu)),
      activation("tanh", "hyperbolic tangent", plain(tanh), Tensor::Bounds{-1, 1}),
      activation("sigmoid", "1 / (1 + e^-x)", plain(sigmoid), Tensor::Bounds{0, 1}),
      activation("softplus", "log(1 + e^x)", plain(softplus)),
      {.name = "softmax",
       .doc = "e^x / sum of e^x along an axis",
       .parameters = {"x"},
       .options = {along_option()},
       .build = build_softmax,
       .is_layer = true},
      {.name = "log_softmax",
       .doc = "log of softmax along an axis, x - logsumexp(x)",
       .parameters = {"x"},
       .options = {along_option()},
       .build = build_log_softmax,
       .is_layer = true},
      {.name = "logsumexp",
       .doc = "log of the sum of e^x along an axis, dropped",
       .parameters = {"x"},
       .options = {along_option()},
       .build = build_logsumexp},
  };
}

}  // namespace agon
