#include "graphs/terms/term.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace {

struct Folding {
  std::string_view op;
  std::string_view sign;
  double (*compute)(double, double);
};

constexpr std::array kFoldings = {
    Folding{"add", "+", [](double a, double b) { return a + b; }},
    Folding{"sub", "-", [](double a, double b) { return a - b; }},
    Folding{"mul", "*", [](double a, double b) { return a * b; }},
    Folding{"div", "/", [](double a, double b) { return a / b; }},
    Folding{"pow", "^", [](double a, double b) { return std::pow(a, b); }},
    Folding{"min", "min", [](double a, double b) { return std::min(a, b); }},
    Folding{"max", "max", [](double a, double b) { return std::max(a, b); }},
    Folding{"equal", "==", [](double a, double b) { return a == b ? 1.0 : 0.0; }},
    Folding{"not_equal", "!=", [](double a, double b) { return a != b ? 1.0 : 0.0; }},
    Folding{"less", "<", [](double a, double b) { return a < b ? 1.0 : 0.0; }},
    Folding{"less_equal", "<=", [](double a, double b) { return a <= b ? 1.0 : 0.0; }},
    Folding{"greater", ">", [](double a, double b) { return a > b ? 1.0 : 0.0; }},
    Folding{"greater_equal", ">=", [](double a, double b) { return a >= b ? 1.0 : 0.0; }},
};

const Folding& folding(std::string_view op) {
  for (const Folding& f : kFoldings) {
    if (f.op == op) return f;
  }
  throw InternalError(fmt::format("'{}' is no pointwise op of two inputs", op));
}

bool is_number(const Term& term, double value) {
  return term.number() != nullptr && *term.number() == value;
}

bool is_scalar_tensor(const Term& term) {
  return term.as_tensor() != nullptr && term.as_tensor()->rank() == 0;
}

const Tensor& expected_tensor(const Term& term) {
  if (const Tensor* t = term.as_tensor()) return *t;
  throw GraphError("expects a number or a tensor, got " + term.described());
}

/// A factor of 0 drops a summand of a loss (LANGUAGE.md rule 11), and nothing is left of it then.
/// Whole tensors stay, or a shape would be lost.
std::optional<Term> dropped(std::string_view op, const Term& a, const Term& b) {
  if (op == "mul" &&
      ((is_number(a, 0) && is_scalar_tensor(b)) || (is_number(b, 0) && is_scalar_tensor(a))))
    return Term(0.0);
  if (op == "add" && is_number(a, 0) && b.as_tensor() != nullptr) return Term(*b.as_tensor());
  const bool neutral = (op == "add" || op == "sub") && is_number(b, 0);
  if (neutral && a.as_tensor() != nullptr) return Term(*a.as_tensor());
  return std::nullopt;
}

/// Where a tensor of known range lies after arithmetic with a number: the ops are monotonic in it.
std::optional<Tensor::Bounds> moved_bounds(const Folding& f, const Term& a, const Term& b) {
  const double* number = a.number() != nullptr ? a.number() : b.number();
  const bool linear = f.op == "add" || f.op == "sub" || f.op == "mul" ||
                      (f.op == "div" && b.number() != nullptr && *b.number() != 0);
  const Tensor* t = a.number() != nullptr ? b.as_tensor() : a.as_tensor();
  if (number == nullptr || !linear || t == nullptr || !t->bounds) return std::nullopt;
  const auto moved = [&](double x) {
    return a.number() != nullptr ? f.compute(*number, x) : f.compute(x, *number);
  };
  const double low = moved(t->bounds->low);
  const double high = moved(t->bounds->high);
  return Tensor::Bounds{std::min(low, high), std::max(low, high)};
}

/// Whole numbers between those of two tensors of labels.
std::optional<Tensor::Bounds> label_bounds(const Folding& f, const Tensor& a, const Tensor& b) {
  if (!a.bounds || !b.bounds || (f.op != "add" && f.op != "sub" && f.op != "mul"))
    return std::nullopt;
  const auto [low, high] = std::minmax(
      {f.compute(a.bounds->low, b.bounds->low), f.compute(a.bounds->low, b.bounds->high),
       f.compute(a.bounds->high, b.bounds->low), f.compute(a.bounds->high, b.bounds->high)});
  return Tensor::Bounds{low, high};
}

/// What is known of `result`, made of a and b: who knows how many labels there are stays known.
void carry_bounds(const Folding& f, const Term& a, const Term& b, Tensor& result) {
  const Tensor* x = a.as_tensor();
  const Tensor* y = b.as_tensor();
  const bool labels = result.dtype() == DType::I32;
  result.bounds =
      labels && x != nullptr && y != nullptr ? label_bounds(f, *x, *y) : moved_bounds(f, a, b);
  if (!labels || !result.bounds) return;
  result.bounds_from = x != nullptr ? x->bounds_from : y->bounds_from;
  if (x != nullptr && y != nullptr && y->bounds_from != x->bounds_from)
    result.bounds_from += ", " + y->bounds_from;
}

}  // namespace

const CallResult* Term::result() const {
  const auto* shared = std::get_if<std::shared_ptr<const CallResult>>(&held);
  return shared == nullptr ? nullptr : shared->get();
}

const Tensor* Term::as_tensor() const {
  if (const Tensor* t = tensor()) return t;
  const CallResult* r = result();
  return r != nullptr && r->plain ? &*r->plain : nullptr;
}

std::string Term::described() const {
  if (number() != nullptr) return "the number " + number_text(*number());
  if (list() != nullptr) return fmt::format("a list of {}", list()->size());
  if (const Tensor* t = as_tensor())
    return (t->dtype() == DType::I32 ? "labels " : "") + to_text(t->shape());
  std::vector<std::string> names;
  for (const auto& [name, tensor] : result()->outputs) names.push_back(name);
  return fmt::format("the outputs of {} ({})", result()->network, joined(names));
}

Tensor tensor_of(const Term& term, const Tensor& like) {
  const double* number = term.number();
  if (number == nullptr) return expected_tensor(term);
  if (like.dtype() == DType::I32 && *number != std::floor(*number)) {
    throw GraphError(
        fmt::format("expects a whole number beside labels {}, got {}; real(x) makes "
                    "labels real",
                    to_text(like.shape()), number_text(*number)));
  }
  Tensor t;
  t.value = like.graph().constant(*number, like.dtype());
  return t;
}

Term pointwise(std::string_view op, const Term& a, const Term& b) {
  const Folding& known = folding(op);
  if (a.number() != nullptr && b.number() != nullptr) {
    const double y = known.compute(*a.number(), *b.number());
    if (!std::isfinite(y)) {
      throw GraphError(fmt::format("{} {} {} is not a finite number", number_text(*a.number()),
                                   known.sign, number_text(*b.number())));
    }
    return y;
  }
  if (auto rest = dropped(op, a, b)) return *rest;
  const Tensor& guide = expected_tensor(a.number() != nullptr ? b : a);
  const auto [x, y] = stretchable(tensor_of(a, guide), tensor_of(b, guide));
  Tensor result = like(x.rank() == 0 ? y : x, x.graph().add(op, {x.value, y.value}));
  carry_bounds(known, a, b, result);
  return result;
}

}  // namespace agon
