#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/words/function_tables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

/// The language's axes that `over` names.
std::vector<int> axes_over(const Tensor& x, std::string_view over) {
  std::vector<int> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  if (over.empty()) return axes;
  if (over == "example") {
    if (x.rank() == 0) throw GraphError("over=example expects a batch axis, got one number");
    axes.erase(axes.begin());
    return axes;
  }
  return {named_axis(x, over, 0)};
}

std::vector<std::int64_t> engine_axes(const Tensor& x, const std::vector<int>& axes) {
  std::vector<std::int64_t> result;
  for (const int axis : axes) result.push_back(x.engine_axis(axis));
  std::sort(result.begin(), result.end());
  return result;
}

/// Without axes there is nothing to add up.
Value sum_over(Value x, const std::vector<std::int64_t>& axes) {
  return axes.empty() ? x : sum(x, axes);
}

Value mean_over(Value x, const std::vector<std::int64_t>& axes, bool keep = false) {
  return axes.empty() ? x : mean(x, axes, keep);
}

Value max_over(Value x, const std::vector<std::int64_t>& axes) {
  return axes.empty() ? x : reduce_max(x, axes);
}

Value reduced_value(Value x, std::string_view reduce, const std::vector<std::int64_t>& axes) {
  if (reduce == "sum") return sum_over(x, axes);
  if (reduce == "mean") return mean_over(x, axes);
  if (reduce == "max") return max_over(x, axes);
  if (reduce == "norm") return sqrt(sum_over(x * x, axes));
  if (reduce == "std") {
    const Value centred = x - mean_over(x, axes, true);
    return sqrt(mean_over(centred * centred, axes));
  }
  throw InternalError(fmt::format("no reduction '{}'", reduce));
}

FunctionDef reduction(const std::string& name, std::string doc) {
  auto build = [name](const FunctionCall& call) -> Term {
    return reduced(call.tensor(0), name, call.word("over"));
  };
  return {.name = name,
          .doc = std::move(doc),
          .parameters = {"x"},
          .options = {over_option()},
          .build = std::move(build)};
}

FunctionDef position(std::string name, std::string doc, Value (*find)(Value, std::int64_t)) {
  auto build = [find](const FunctionCall& call) -> Term {
    const Tensor& x = call.tensor(0);
    const int axis = named_axis(x, call.word("over"), 1);
    Tensor labels = without_axes(x, {axis}, find(x.value, x.engine_axis(axis)));
    labels.bounds = Tensor::Bounds{0, static_cast<double>(x.size(axis) - 1)};
    labels.bounds_from = fmt::format("a position among {}", x.size(axis));
    return labels;
  };
  return {.name = std::move(name),
          .doc = std::move(doc),
          .parameters = {"x"},
          .options = {along_option()},
          .build = std::move(build)};
}

}  // namespace

void expect_real(const Tensor& x) {
  if (is_floating(x.dtype())) return;
  throw GraphError(fmt::format("expects real values, got labels {}; real(x) makes labels real",
                               to_text(x.shape())));
}

void expect_labels_within(const Tensor& labels, std::int64_t count, std::string_view what) {
  if (!labels.bounds) return;
  const double low = std::ceil(labels.bounds->low), high = std::floor(labels.bounds->high);
  if (low >= 0 && high < static_cast<double>(count)) return;
  throw GraphError(
      fmt::format("{} {} serve the labels 0 to {}, got labels {} to {}{}", count, what, count - 1,
                  number_text(low), number_text(high),
                  labels.bounds_from.empty() ? "" : fmt::format(" ({})", labels.bounds_from)));
}

int named_axis(const Tensor& x, std::string_view over, int otherwise) {
  double axis = otherwise;
  if (over == "batch") axis = 0;
  if (over == "channels") axis = 1;
  if (const auto written = parse_number(over)) axis = *written;
  for (int i = 0; i < x.rank(); ++i) {
    if (axis == i) return i;
  }
  const std::string name = axis == 1 ? "1 (channels)" : number_text(axis);
  throw GraphError(fmt::format("no axis {} in {}", name, to_text(x.shape())));
}

Tensor without_axes(const Tensor& x, const std::vector<int>& axes, Value rest) {
  if (axes.empty()) return like(x, rest);
  // where the language's remaining axes lie among the engine's remaining ones
  std::vector<int> left;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end())
      left.push_back(x.engine_axis(axis));
  }
  std::vector<std::int64_t> order;
  for (const int engine : left)
    order.push_back(std::count_if(left.begin(), left.end(), [&](int l) { return l < engine; }));
  Tensor result;
  result.value = std::is_sorted(order.begin(), order.end()) ? rest : transpose(rest, order);
  return result;
}

FunctionOption over_option() {
  return {"over",
          {"example", "batch", "channels", "<axis>"},
          "drops all axes but 0, axis 0, axis 1, or that axis; everything where not given"};
}

FunctionOption along_option(const std::string& otherwise) {
  return {"over", {"batch", "channels", "<axis>"}, otherwise + " where not given"};
}

Tensor reduced(const Tensor& x, std::string_view reduce, std::string_view over) {
  expect_real(x);
  const std::vector<int> axes = axes_over(x, over);
  return without_axes(x, axes, reduced_value(x.value, reduce, engine_axes(x, axes)));
}

Tensor largest(const Tensor& x, std::string_view over) {
  return reduced(x, "max", over);
}

Tensor smallest(const Tensor& x, std::string_view over) {
  expect_real(x);
  const Tensor y = reduced(like(x, neg(x.value)), "max", over);
  return like(y, neg(y.value));
}

std::vector<FunctionDef> reduce_functions() {
  return {
      reduction("mean", "sum / number of elements"),
      reduction("sum", "sum of the elements"),
      reduction("norm", "square root of the sum of squares; its gradient is 0 where the norm is 0"),
      reduction("std", "biased standard deviation, sqrt(mean((x - mean(x))^2))"),
      position("argmax", "labels: position of the first largest element along an axis, dropped",
               argmax),
      position("argmin", "labels: position of the first smallest element along an axis, dropped",
               argmin),
  };
}

}  // namespace agon
