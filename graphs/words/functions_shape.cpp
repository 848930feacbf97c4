#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/words/function_tables.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

Tensor plain(Value value) {
  Tensor t;
  t.value = value;
  return t;
}

Term build_concat(const FunctionCall& call) {
  std::vector<Tensor> xs;
  for (std::size_t i = 0; i < call.count(); ++i) xs.push_back(call.tensor(i));
  return joined_along(xs, named_axis(xs[0], call.word("over"), 1));
}

Term build_slice(const FunctionCall& call) {
  const Tensor& x = call.tensor(0);
  const int axis = named_axis(x, call.word("over"), 1);
  const std::int64_t from = call.whole(1);
  const std::int64_t to = call.whole(2);
  if (from >= to || to > x.size(axis)) {
    throw GraphError(fmt::format("expects 0 <= from < to <= {}, got {} and {} along axis {} of {}",
                                 x.size(axis), from, to, axis, to_text(x.shape())));
  }
  Tensor y = like(x, slice(x.value, x.engine_axis(axis), from, to));
  if (y.dtype() == DType::I32) {  // words of a row
    y.bounds = x.bounds;
    y.bounds_from = x.bounds_from;
  }
  return y;
}

Term build_transpose(const FunctionCall& call) {
  const Tensor x = as_plain(call.tensor(0));
  std::vector<std::int64_t> axes;
  for (std::size_t i = 1; i < call.count(); ++i) axes.push_back(call.whole(i));
  std::vector<std::int64_t> sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  bool all = static_cast<int>(axes.size()) == x.rank();
  for (std::size_t i = 0; i < sorted.size(); ++i)
    all = all && sorted[i] == static_cast<std::int64_t>(i);
  if (!all) {
    throw GraphError(
        fmt::format("expects each axis of {} once, got {}", to_text(x.shape()), list_text(axes)));
  }
  return plain(transpose(x.value, axes));
}

Term build_unsqueeze(const FunctionCall& call) {
  const Tensor x = as_plain(call.tensor(0));
  const std::int64_t axis = call.whole(1);
  if (axis > x.rank()) {
    throw GraphError(fmt::format("expects an axis from 0 to {} for {}, got {}", x.rank(),
                                 to_text(x.shape()), axis));
  }
  std::vector<std::int64_t> sizes(x.value.shape().begin(), x.value.shape().end());
  sizes.insert(sizes.begin() + axis, 1);
  return plain(reshape(x.value, Shape(sizes)));
}

Term build_expand(const FunctionCall& call) {
  const Shape shape = call.shape(1);
  if (const double* number = call.term(0).number())
    return picture_or_plain(call.graph.constant(*number, DType::F32, engine_shape(shape)));
  const Tensor x = as_channels_last(call.tensor(0));
  const Shape from = x.shape();
  bool fits = from.rank() == 0 || from.rank() == shape.rank();
  for (int i = 0; fits && i < from.rank(); ++i) fits = from[i] == shape[i] || from[i] == 1;
  if (!fits) {
    throw GraphError(fmt::format("expects axes of size 1 where {} differs, got {}", to_text(shape),
                                 to_text(from)));
  }
  return picture_or_plain(broadcast(x.value, engine_shape(shape)));
}

/// Rows of a table in the order of `labels`, along the engine's axis `axis`.
Value gathered(Value x, std::int64_t axis, Value labels) {
  std::vector<std::int64_t> to_front(static_cast<std::size_t>(x.shape().rank()));
  std::iota(to_front.begin(), to_front.end(), 0);
  std::swap(to_front[0], to_front[static_cast<std::size_t>(axis)]);  // its own inverse
  return transpose(gather_rows(transpose(x, to_front), labels), to_front);
}

Term build_flip(const FunctionCall& call) {
  const Tensor& x = call.tensor(0);
  const int axis = named_axis(x, call.word("over"), 1);
  const std::int64_t size = x.size(axis);
  const Value last = x.graph().constant(static_cast<double>(size - 1), DType::I32);
  Tensor y = like(x, gathered(x.value, x.engine_axis(axis), last - iota(x.graph(), size)));
  y.bounds = x.bounds;
  y.bounds_from = x.bounds_from;
  return y;
}

Term build_gather(const FunctionCall& call) {
  const Tensor& x = call.tensor(0);
  const Tensor& labels = call.tensor(1);
  const int axis = named_axis(x, call.word("over"), 0);
  if (is_floating(labels.dtype()) || labels.rank() != 1)
    throw GraphError("expects labels [n], got " + call.term(1).described());
  expect_labels_within(labels, x.size(axis), "places");
  return like(x, gathered(x.value, x.engine_axis(axis), labels.value));
}

Term build_arange(const FunctionCall& call) {
  const std::int64_t count = call.whole(0, 1);
  Tensor y = plain(iota(call.graph, count));
  y.bounds = Tensor::Bounds{0, static_cast<double>(count - 1)};
  y.bounds_from = fmt::format("arange({})", count);
  return y;
}

Term build_one_hot(const FunctionCall& call) {
  const Tensor labels = call.term(0).as_tensor() != nullptr ? as_plain(call.tensor(0)) : Tensor{};
  if (!labels.value || labels.dtype() != DType::I32 || labels.rank() == 0 ||
      labels.rank() == Shape::kMaxRank)
    throw GraphError("expects labels [batch], got " +
                     (labels.value
                          ? kind_text(call.tensor(0)) + "; labels are whole numbers by type"
                          : call.term(0).described()));
  const Shape shape = labels.value.shape();
  const std::int64_t classes = call.whole(1, 1);
  expect_labels_within(labels, classes, "classes");
  const Value rows = one_hot(reshape(labels.value, {shape.elements()}), classes);
  std::vector<std::int64_t> sizes(shape.begin(), shape.end());
  sizes.push_back(classes);
  Tensor y = plain(reshape(rows, Shape(sizes)));
  y.bounds = Tensor::Bounds{0, 1};
  return y;
}

Term build_matmul(const FunctionCall& call) {
  const Tensor& a = call.tensor(0);
  const Tensor& b = call.tensor(1);
  expect_real(a);
  expect_real(b);
  const int rank = a.rank();
  if (rank != b.rank() || (rank != 2 && rank != 3) || a.size(rank - 1) != b.size(rank - 2) ||
      (rank == 3 && a.size(0) != b.size(0))) {
    throw GraphError(
        fmt::format("expects [m, k] and [k, n], or [batch, m, k] and [batch, k, n], "
                    "got {} and {}",
                    to_text(a.shape()), to_text(b.shape())));
  }
  const auto [x, y] = aligned(a, b);
  return plain(matmul(x.value, y.value));
}

Term build_reshape(const FunctionCall& call) {
  return reshaped(call.tensor(0), call.shape(1));
}

Term build_flatten(const FunctionCall& call) {
  return flattened(call.tensor(0));
}

}  // namespace

Tensor flattened(const Tensor& x) {
  if (x.rank() == 0) throw GraphError("expects [batch, ...], got one number");
  const std::int64_t rest = x.value.shape().elements() / std::max<std::int64_t>(x.size(0), 1);
  const Shape flat{x.size(0), rest};
  Tensor y = plain(reshape(as_plain(x).value, flat));
  y.made_by = x.made_by;
  y.bounds = x.bounds;
  const Tensor picture = as_channels_last(x);
  if (picture.channels_last) {
    const Shape s = x.shape();
    y.flattened = Tensor::Flattened{reshape(picture.value, flat), Shape{s[1], s[2], s[3]}};
  }
  return y;
}

Tensor reshaped(const Tensor& x, const Shape& shape) {
  const std::int64_t numbers = x.value.shape().elements();
  if (shape.elements() != numbers) {
    throw GraphError(fmt::format("{} needs {} numbers, got {} in {}", to_text(shape),
                                 shape.elements(), numbers, to_text(x.shape())));
  }
  return plain(reshape(as_plain(x).value, shape));
}

Tensor joined_along(const std::vector<Tensor>& xs, int axis) {
  const Tensor& first = xs[0];
  std::vector<Tensor> parts = {first};
  for (std::size_t i = 1; i < xs.size(); ++i) {
    const Tensor& x = xs[i];
    const bool fits =
        x.rank() == first.rank() && x.shape().with(axis, 1) == first.shape().with(axis, 1);
    if (!fits) {
      throw GraphError(fmt::format("expects equal shapes but for axis {}, got {} and {}", axis,
                                   to_text(first.shape()), to_text(x.shape())));
    }
    auto [a, b] = aligned(parts[0], x);
    parts[0] = std::move(a);
    parts.push_back(std::move(b));
  }
  std::vector<Value> values;
  values.reserve(parts.size());
  for (const Tensor& part : parts) values.push_back(aligned(part, parts[0]).first.value);
  return like(parts[0], concat(values, parts[0].engine_axis(axis)));
}

std::vector<FunctionDef> shape_functions() {
  return {
      {.name = "concat",
       .doc = "tensors joined along an axis; the other sizes are equal",
       .parameters = {"xs..."},
       .options = {along_option()},
       .build = build_concat},
      {.name = "slice",
       .doc = "elements from, from + 1, ..., to - 1 along an axis",
       .parameters = {"x", "from", "to"},
       .options = {along_option()},
       .build = build_slice},
      {.name = "reshape",
       .doc = "the same numbers, channels first, in a shape that begins with batch",
       .parameters = {"x", "shape"},
       .build = build_reshape},
      {.name = "flatten",
       .doc = "[batch, numbers of an example], channels first",
       .parameters = {"x"},
       .build = build_flatten},
      {.name = "transpose",
       .doc = "axis i of the result is axis axes[i] of x: transpose(x, 0, 2, 1)",
       .parameters = {"x", "axes..."},
       .build = build_transpose},
      {.name = "unsqueeze",
       .doc = "x with an axis of size 1 put in at a position",
       .parameters = {"x", "axis"},
       .build = build_unsqueeze},
      {.name = "expand",
       .doc = "x with its axes of size 1 stretched to a shape",
       .parameters = {"x", "shape"},
       .build = build_expand},
      {.name = "flip",
       .doc = "x with the order along an axis turned round: over=3 mirrors pictures",
       .parameters = {"x"},
       .options = {along_option()},
       .build = build_flip},
      {.name = "gather",
       .doc = "elements of x at labels [n], in their order, along an axis (batch where not given); "
              "a label beyond the axis takes element 0",
       .parameters = {"x", "labels"},
       .options = {along_option("batch")},
       .build = build_gather},
      {.name = "arange",
       .doc = "labels 0, 1, ..., n - 1; one_hot(arange(n), n) is the identity matrix",
       .parameters = {"n"},
       .build = build_arange},
      {.name = "one_hot",
       .doc = "labels [batch] as [batch, classes] of 0 and 1; [batch, words] as [batch, words, "
              "classes]",
       .parameters = {"labels", "classes"},
       .build = build_one_hot},
      {.name = "matmul",
       .doc = "[m, k] times [k, n], or example by example with a batch axis in front",
       .parameters = {"a", "b"},
       .build = build_matmul},
  };
}

}  // namespace agon
