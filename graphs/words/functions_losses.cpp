#include <fmt/format.h>

#include <cmath>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/words/function_tables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

const FunctionOption kPer{
    "per", {"example"}, "sums inside an example and averages over the batch; else the mean of all"};

Tensor averaged(const Tensor& each, const std::string& per) {
  if (per.empty() || each.rank() == 0) return reduced(each, "mean", "");
  const Tensor total = reduced(each, "sum", "");
  return like(total, total.value / static_cast<double>(each.size(0)));
}

/// Losses never stretch: both have one shape, or one of them is a number.
std::pair<Tensor, Tensor> compared(const Tensor& x, const Tensor& target) {
  if (target.rank() != 0 && x.rank() != 0 && x.shape() != target.shape()) {
    throw GraphError(fmt::format("expects equal shapes, got {} and {}", to_text(x.shape()),
                                 to_text(target.shape())));
  }
  auto both = aligned(x, target);
  expect_real(both.first);
  return both;
}

/// log p, -100 where p is 0, as PyTorch bounds it; the gradient there is 0.
Value bounded_log(Value p) {
  Graph& g = p.graph();
  const Value positive = greater(p, g.constant(0, p.dtype()));
  const Value safe = where(positive, p, g.constant(1, p.dtype()));
  return where(positive, log(safe), g.constant(-100, p.dtype()));
}

double bounded_log(double p) {
  return p > 0 ? std::max(std::log(p), -100.0) : -100.0;
}

Value bce_value(Value p, Value t, const double* number) {
  if (number != nullptr && *number == 1) return -bounded_log(p);
  if (number != nullptr && *number == 0) return -bounded_log(1.0 - p);
  return -(t * bounded_log(p) + (1.0 - t) * bounded_log(1.0 - p));
}

/// log(1 + e^x) - t x; the literals 1 and 0 keep full precision where the sigmoid saturates.
Value bce_with_logits_value(Value x, Value t, const double* number) {
  if (number != nullptr && *number == 1) return softplus(-x);
  if (number != nullptr && *number == 0) return softplus(x);
  return softplus(x) - t * x;
}

double softplus_of(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

/// A loss of each element, averaged.
struct ElementLoss {
  const char* name;
  const char* doc;
  Value (*each)(Value x, Value target, const double* number);
  double (*of_numbers)(double x, double target);
};

Term build_loss(const ElementLoss& loss, const FunctionCall& call) {
  const double* target = call.term(1).number();
  if (const double* x = call.term(0).number(); x != nullptr && target != nullptr)
    return loss.of_numbers(*x, *target);
  const Tensor& guide = call.tensor(call.term(0).as_tensor() != nullptr ? 0 : 1);
  const auto [x, t] = compared(call.beside(0, guide), call.beside(1, guide));
  const Tensor& shaped = x.rank() == 0 ? t : x;
  return averaged(like(shaped, loss.each(x.value, t.value, target)), call.word("per"));
}

/// Bounds that arithmetic has moved are rounded.
bool within_unit(const Tensor::Bounds& bounds) {
  return bounds.low >= -1e-6 && bounds.high <= 1 + 1e-6;
}

void check_probability_target(const Term& target) {
  if (const double* t = target.number(); t != nullptr && (*t < 0 || *t > 1))
    throw GraphError(fmt::format("expects a target in [0, 1], got {}", number_text(*t)));
  const Tensor* t = target.as_tensor();
  if (t != nullptr && t->bounds && !within_unit(*t->bounds)) {
    throw GraphError(fmt::format("expects a target in [0, 1], got values in [{}, {}]",
                                 number_text(t->bounds->low), number_text(t->bounds->high)));
  }
}

void check_probability(const Term& p) {
  if (const double* x = p.number(); x != nullptr && (*x < 0 || *x > 1))
    throw GraphError(fmt::format("expects probabilities in [0, 1], got {}", number_text(*x)));
  const Tensor* t = p.as_tensor();
  if (t == nullptr) return;
  if (t->bounds && !within_unit(*t->bounds)) {
    throw GraphError(fmt::format("expects probabilities in [0, 1], got values in [{}, {}]",
                                 number_text(t->bounds->low), number_text(t->bounds->high)));
  }
  if (t->made_by == "dense" || t->made_by == "conv" || t->made_by == "conv_transpose") {
    throw GraphError(fmt::format(
        "expects probabilities in [0, 1], got what {} gives; bce_with_logits takes that",
        t->made_by));
  }
}

void check_logits(const Term& x) {
  const Tensor* t = x.as_tensor();
  if (t != nullptr && t->made_by == "sigmoid")
    throw GraphError("its logits are already a probability; use bce, or leave the sigmoid out");
}

FunctionDef element_loss(const ElementLoss& loss, std::vector<std::string> parameters,
                         void (*check_input)(const Term&) = nullptr,
                         void (*check_target)(const Term&) = nullptr) {
  return {.name = loss.name,
          .doc = loss.doc,
          .parameters = std::move(parameters),
          .options = {kPer},
          .build = [=](const FunctionCall& call) -> Term {
            if (check_input != nullptr) check_input(call.term(0));
            if (check_target != nullptr) check_target(call.term(1));
            return build_loss(loss, call);
          }};
}

Term build_huber(const FunctionCall& call) {
  const double delta = call.number_option("delta", 1);
  if (!(delta > 0)) {
    throw GraphError(fmt::format("expects delta above 0, got {}", number_text(delta)));
  }
  const double* a = call.term(0).number();
  const double* b = call.term(1).number();
  if (a != nullptr && b != nullptr) {
    const double d = std::abs(*a - *b);
    const double inner = std::min(d, delta);
    return inner * (d - 0.5 * inner);
  }
  const Tensor& guide = call.tensor(a == nullptr ? 0 : 1);
  const auto [x, t] = compared(call.beside(0, guide), call.beside(1, guide));
  const Value distance = abs(x.value - t.value);
  const Value inner = min(distance, x.graph().constant(delta, x.dtype()));
  const Tensor& shaped = x.rank() == 0 ? t : x;
  return averaged(like(shaped, inner * (distance - 0.5 * inner)), call.word("per"));
}

Term build_cross_entropy(const FunctionCall& call) {
  const Tensor& logits = call.tensor(0);
  const Tensor& labels = call.tensor(1);
  expect_real(logits);
  if (is_floating(labels.dtype())) {
    throw GraphError(fmt::format(
        "expects labels [batch], such as data.label, got real values {}{}", to_text(labels.shape()),
        labels.rank() == 2 ? "; argmax(x) makes labels of one_hot rows" : ""));
  }
  if (logits.rank() != 2 || labels.rank() != 1 || logits.size(0) != labels.size(0)) {
    throw GraphError(
        fmt::format("expects logits [batch, classes] and labels [batch], got {} and {}",
                    call.term(0).described(), call.term(1).described()));
  }
  if (logits.made_by == "softmax") {
    throw GraphError("its logits are already probabilities; leave the softmax out");
  }
  expect_labels_within(labels, logits.size(1), "outputs");
  const Value shifted = logits.value - stop_gradient(reduce_max(logits.value, {1}, true));
  const Value total = log(sum(exp(shifted), {1}));
  const Value chosen = sum(shifted * one_hot(labels.value, logits.size(1), logits.dtype()), {1});
  Tensor loss;
  loss.value = mean(total - chosen);
  return loss;
}

Term build_kl_normal(const FunctionCall& call) {
  const Tensor& mu = call.tensor(0);
  const Tensor& logvar = call.tensor(1);
  if (mu.rank() == 0) throw GraphError("expects [batch, ...], got one number");
  if (logvar.rank() != mu.rank()) {
    throw GraphError(fmt::format("expects equal shapes, got {} and {}", to_text(mu.shape()),
                                 to_text(logvar.shape())));
  }
  const auto [m, l] = compared(mu, logvar);
  const Value each = 0.5 * (m.value * m.value + exp(l.value) - l.value - 1.0);
  return averaged(like(m, each), "example");
}

}  // namespace

std::vector<FunctionDef> loss_functions() {
  const ElementLoss mse{"mse", "mean of (x - y)^2",
                        [](Value x, Value y, const double*) {
                          const Value d = x - y;
                          return d * d;
                        },
                        [](double x, double y) { return (x - y) * (x - y); }};
  const ElementLoss mae{"mae", "mean of |x - y|",
                        [](Value x, Value y, const double*) { return abs(x - y); },
                        [](double x, double y) { return std::abs(x - y); }};
  const ElementLoss bce{"bce",
                        "mean of -t log p - (1 - t) log(1 - p), the logarithms at least -100; t in "
                        "[0, 1]",
                        bce_value, [](double p, double t) {
                          return -t * bounded_log(p) - (1 - t) * bounded_log(1 - p);
                        }};
  const ElementLoss bce_with_logits{
      "bce_with_logits", "bce of sigmoid(x): mean of log(1 + e^x) - t x, without overflow",
      bce_with_logits_value, [](double x, double t) { return softplus_of(x) - t * x; }};
  return {
      element_loss(mse, {"x", "y"}),
      element_loss(mae, {"x", "y"}),
      {.name = "huber",
       .doc = "mean of d^2 / 2 where d = |x - y| is at most delta, else delta (d - delta / 2)",
       .parameters = {"x", "y"},
       .options = {kPer, {"delta", {}, "where the square ends, 1 where not given"}},
       .build = build_huber},
      element_loss(bce, {"p", "t"}, check_probability, check_probability_target),
      element_loss(bce_with_logits, {"x", "t"}, check_logits, check_probability_target),
      {.name = "cross_entropy",
       .doc = "mean over examples of log(sum(e^x)) - x[label]; x [batch, classes], labels [batch]",
       .parameters = {"x", "labels"},
       .build = build_cross_entropy},
      {.name = "kl_normal",
       .doc = "divergence of normal(mu, e^logvar) from the standard normal, (mu^2 + e^logvar - "
              "logvar - 1) / 2, summed inside an example, averaged over the batch",
       .parameters = {"mu", "logvar"},
       .build = build_kl_normal},
  };
}

}  // namespace agon
