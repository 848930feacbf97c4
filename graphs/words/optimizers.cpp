#include <fmt/format.h>

#include "engine/base/error.h"
#include "graphs/words/markdown.h"
#include "graphs/words/optimizer.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"

namespace agon {

namespace {

/// A steering scalar in the type of what it scales, rounded once.
Value scalar_for(Value parameter, Value scalar) {
  return scalar.dtype() == parameter.dtype() ? scalar : convert(scalar, parameter.dtype());
}

Value rate(const ParameterUpdate& u) {
  return scalar_for(u.parameter, u.lr);
}

/// L2 decay: part of the gradient.
Value decayed_gradient(const ParameterUpdate& u) {
  if (u.numbers.weight_decay == 0) return u.gradient;
  return u.gradient + u.parameter * u.numbers.weight_decay;
}

/// keep * old + (1 - keep) * fresh, stored as the slot's next value.
Value moving(const ParameterUpdate& u, const std::string& slot, double keep, Value fresh) {
  const Value next = u.state(slot) * keep + fresh * (1 - keep);
  u.set_state(slot, next);
  return next;
}

Value gathered(const ParameterUpdate& u, Value gradient) {
  const Value next = u.state("momentum_buffer") * u.numbers.momentum + gradient;
  u.set_state("momentum_buffer", next);
  return next;
}

Value apply_sgd(const ParameterUpdate& u) {
  return u.parameter - rate(u) * decayed_gradient(u);
}

Value apply_momentum(const ParameterUpdate& u) {
  return u.parameter - rate(u) * gathered(u, decayed_gradient(u));
}

Value apply_nesterov(const ParameterUpdate& u) {
  const Value gradient = decayed_gradient(u);
  const Value ahead = gradient + gathered(u, gradient) * u.numbers.momentum;
  return u.parameter - rate(u) * ahead;
}

Value apply_rmsprop(const ParameterUpdate& u) {
  const Value gradient = decayed_gradient(u);
  const Value square = moving(u, "square_avg", u.numbers.alpha, gradient * gradient);
  return u.parameter - rate(u) * (gradient / (sqrt(square) + u.numbers.eps));
}

/// 1 - beta^t in f64: in f32 it would lose its digits while t is small.
Value correction(const ParameterUpdate& u, double beta) {
  return 1.0 - pow(u.t.graph().constant(beta, DType::F64), u.t);
}

Value adam_step(const ParameterUpdate& u, Value parameter, Value gradient) {
  const Value m = moving(u, "exp_avg", u.numbers.beta1, gradient);
  const Value v = moving(u, "exp_avg_sq", u.numbers.beta2, gradient * gradient);
  const Value step = rate(u) * scalar_for(parameter, 1.0 / correction(u, u.numbers.beta1));
  const Value root = scalar_for(parameter, 1.0 / sqrt(correction(u, u.numbers.beta2)));
  return parameter - step * (m / (sqrt(v) * root + u.numbers.eps));
}

Value apply_adam(const ParameterUpdate& u) {
  return adam_step(u, u.parameter, decayed_gradient(u));
}

Value apply_adamw(const ParameterUpdate& u) {
  Value parameter = u.parameter;
  if (u.numbers.weight_decay != 0) parameter = parameter * (1.0 - rate(u) * u.numbers.weight_decay);
  return adam_step(u, parameter, u.gradient);
}

const std::vector<OptimizerDef>& table() {
  static const std::vector<OptimizerDef> all = {
      {"sgd", "w - lr g; weight_decay d adds d w to g, here and below unless said otherwise",
       apply_sgd},
      {"momentum", "m = momentum m + g; w - lr m", apply_momentum},
      {"nesterov", "m = momentum m + g; w - lr (g + momentum m)", apply_nesterov},
      {"rmsprop", "s = alpha s + (1 - alpha) g^2; w - lr g / (sqrt(s) + eps)", apply_rmsprop},
      {"adam",
       "m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w - lr / (1 - beta1^t) m / "
       "(sqrt(v / (1 - beta2^t)) + eps) (Kingma 2015)",
       apply_adam},
      {"adamw", "adam on w (1 - lr weight_decay), the decay kept out of g (Loshchilov 2019)",
       apply_adamw},
  };
  return all;
}

}  // namespace

std::span<const OptimizerDef> optimizers() {
  return table();
}

const OptimizerDef* find_optimizer(std::string_view word) {
  for (const OptimizerDef& def : optimizers()) {
    if (def.word == word) return &def;
  }
  return nullptr;
}

std::vector<Value> clipped_by_norm(const std::vector<Value>& gradients, double limit) {
  if (gradients.empty()) return {};
  Value squares;
  for (const Value& g : gradients) {
    const Value square = sum(g * g);
    squares = squares ? squares + square : square;
  }
  Graph& graph = squares.graph();
  const Value share = limit / (sqrt(squares) + 1e-6);
  const Value scale = min(share, graph.constant(1, share.dtype()));
  std::vector<Value> scaled;
  scaled.reserve(gradients.size());
  for (const Value& g : gradients) scaled.push_back(g * scale);
  return scaled;
}

std::string optimizers_markdown() {
  std::string text = "| optimizer | update of a weight w with gradient g |\n|---|---|\n";
  for (const OptimizerDef& def : optimizers())
    text += fmt::format("| `{}` | {} |\n", table_cell(def.word), table_cell(def.doc));
  return text;
}

}  // namespace agon
