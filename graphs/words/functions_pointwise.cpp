#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/words/function_tables.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

/// A function of one number, for tensors and for numbers known now.
FunctionDef unary(const std::string& name, std::string doc, Value (*of_value)(Value),
                  double (*of_number)(double)) {
  auto build = [=](const FunctionCall& call) -> Term {
    if (const double* x = call.term(0).number()) {
      const double y = of_number(*x);
      if (!std::isfinite(y))
        throw GraphError(fmt::format("of {} is not a finite number", number_text(*x)));
      return y;
    }
    const Tensor& x = call.tensor(0);
    expect_real(x);
    return like(x, of_value(x.value));
  };
  return {.name = name, .doc = std::move(doc), .parameters = {"x"}, .build = std::move(build)};
}

Value nearest_whole(Value x) {
  return floor(x + 0.5);
}

/// `max(x, over=...)` reduces, `max(a, b, ...)` compares element by element.
FunctionDef extreme(const std::string& name, std::string doc,
                    Tensor (*reduce)(const Tensor&, std::string_view)) {
  auto build = [=](const FunctionCall& call) -> Term {
    const std::string over = call.word("over");
    if (call.count() == 1) {
      if (call.term(0).number() != nullptr && over.empty()) return call.term(0);
      return reduce(call.tensor(0), over);
    }
    if (!over.empty()) throw GraphError("over= goes with one tensor only");
    Term result = call.term(0);
    for (std::size_t i = 1; i < call.count(); ++i) result = pointwise(name, result, call.term(i));
    return result;
  };
  return {.name = name,
          .doc = std::move(doc),
          .parameters = {"xs..."},
          .options = {over_option()},
          .build = std::move(build)};
}

Term build_clip(const FunctionCall& call) {
  const double* low = call.term(1).number();
  const double* high = call.term(2).number();
  if (low != nullptr && high != nullptr && *low > *high) {
    throw GraphError(fmt::format("expects the lower bound first, got {} and {}", number_text(*low),
                                 number_text(*high)));
  }
  Term y = pointwise("min", pointwise("max", call.term(0), call.term(1)), call.term(2));
  if (low == nullptr || high == nullptr || y.tensor() == nullptr) return y;
  Tensor clipped = *y.tensor();
  clipped.bounds = Tensor::Bounds{*low, *high};
  return clipped;
}

/// a + t (b - a)
Term build_lerp(const FunctionCall& call) {
  const Term& a = call.term(0);
  return pointwise("add", a, pointwise("mul", call.term(2), pointwise("sub", call.term(1), a)));
}

/// 1 where a condition is not 0, as labels, so that it can choose between labels.
Tensor as_labels(const Tensor& condition) {
  const Value zero = condition.graph().constant(0, condition.dtype());
  return like(condition, convert(not_equal(condition.value, zero), DType::I32));
}

/// Of chosen labels as much as is known of both sides.
void bound_labels(Tensor& chosen, const Term& a, const Term& b) {
  const auto bounds_of = [&](const Term& side) -> std::optional<Tensor::Bounds> {
    if (const double* number = side.number()) return Tensor::Bounds{*number, *number};
    const Tensor& labels = *side.as_tensor();
    if (chosen.bounds_from.empty()) chosen.bounds_from = labels.bounds_from;
    return labels.bounds;
  };
  const auto x = bounds_of(a), y = bounds_of(b);
  if (x && y) chosen.bounds = {std::min(x->low, y->low), std::max(x->high, y->high)};
}

Term build_where(const FunctionCall& call) {
  if (const double* condition = call.term(0).number())
    return *condition != 0 ? call.term(1) : call.term(2);
  const Tensor& condition = call.tensor(0);
  expect_real(condition);
  const Tensor* first = call.term(1).as_tensor();
  const Tensor* second = call.term(2).as_tensor();
  if (first != nullptr && second != nullptr &&
      is_floating(first->dtype()) != is_floating(second->dtype())) {
    throw GraphError(
        fmt::format("expects a and b both real or both labels, got {} as a and {} as b; real(x) "
                    "makes labels real",
                    kind_text(*first), kind_text(*second)));
  }
  // two numbers take the condition's type, a number beside a tensor takes the tensor's
  const Tensor& guide = second != nullptr ? *second : (first != nullptr ? *first : condition);
  const auto [a, b] = stretchable(call.beside(1, guide), call.beside(2, guide));
  const auto [c, x] = stretchable(is_floating(a.dtype()) ? condition : as_labels(condition), a);
  const auto [y, z] = stretchable(x, b);
  const auto [last, w] = stretchable(c, z);
  const Tensor& shaped = last.rank() != 0 ? last : (y.rank() != 0 ? y : w);
  Tensor chosen = like(shaped, where(last.value, y.value, w.value));
  if (!is_floating(chosen.dtype())) bound_labels(chosen, call.term(1), call.term(2));
  return chosen;
}

Term build_real(const FunctionCall& call) {
  if (call.term(0).number() != nullptr) return call.term(0);
  const Tensor& x = call.tensor(0);
  return is_floating(x.dtype()) ? x : like(x, convert(x.value, DType::F32));
}

}  // namespace

std::vector<FunctionDef> pointwise_functions() {
  return {
      unary("abs", "|x|; its gradient is 0 at 0", abs, [](double x) { return std::abs(x); }),
      unary("sqrt", "square root; its gradient is 0 at 0", sqrt,
            [](double x) { return std::sqrt(x); }),
      unary("exp", "e^x", exp, [](double x) { return std::exp(x); }),
      unary("log", "natural logarithm", log, [](double x) { return std::log(x); }),
      unary("floor", "largest whole number not above x; no gradient", floor,
            [](double x) { return std::floor(x); }),
      unary("round", "nearest whole number, halves upwards; no gradient", nearest_whole,
            [](double x) { return std::floor(x + 0.5); }),
      unary("sign", "1 where x > 0, -1 where x < 0, else 0; no gradient", sign,
            [](double x) { return x > 0   ? 1.0
                                  : x < 0 ? -1.0
                                          : 0.0; }),
      unary("sin", "sine of an angle in radians", sin, [](double x) { return std::sin(x); }),
      unary("cos", "cosine of an angle in radians", cos, [](double x) { return std::cos(x); }),
      extreme("min", "smallest: of one tensor as mean reduces, of several element by element",
              smallest),
      extreme("max", "largest: of one tensor as mean reduces, of several element by element",
              largest),
      {.name = "clip",
       .doc = "min(max(x, low), high)",
       .parameters = {"x", "low", "high"},
       .build = build_clip},
      {.name = "where",
       .doc = "a where the condition is not 0, else b; both real or both labels (a whole number "
              "beside "
              "labels is one); no gradient to the condition",
       .parameters = {"condition", "a", "b"},
       .build = build_where},
      {.name = "lerp", .doc = "a + t (b - a)", .parameters = {"a", "b", "t"}, .build = build_lerp},
      {.name = "real",
       .doc = "labels as real numbers",
       .parameters = {"labels"},
       .build = build_real},
  };
}

}  // namespace agon
