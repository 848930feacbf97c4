#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "ops/shape/attrs.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

void expect_labels(const Type& labels) {
  if (labels.dtype != DType::I32 || labels.shape.rank() != 1)
    throw GraphError("expects labels i32[n], got " + to_text(labels));
}

void expect_rows(const Shape& shape) {
  if (shape.rank() == 0) throw GraphError("expects [rows, ...], got a scalar");
}

std::vector<Type> gather_type(std::span<const Type> in, const NoAttrs&) {
  expect_rows(in[0].shape);
  expect_labels(in[1]);
  return {Type{in[0].dtype, in[0].shape.with(0, in[1].shape[0])}};
}

void gather_reference(const ReferenceCall& call, const NoAttrs&) {
  const NdArray& table = *call.in[0];
  const NdArray& labels = *call.in[1];
  const std::int64_t rows = table.type.shape[0], width = table.size() / rows;
  for (std::int64_t i = 0; i < labels.size(); ++i) {
    const std::int64_t row = row_of(static_cast<std::int64_t>(labels[i]), rows);
    for (std::int64_t j = 0; j < width; ++j) call.out[0][i * width + j] = table[row * width + j];
  }
}

std::vector<Type> scatter_type(std::span<const Type> in, const ScatterAttrs& a) {
  expect_rows(in[0].shape);
  expect_labels(in[1]);
  if (in[0].shape[0] != in[1].shape[0]) {
    throw GraphError(
        fmt::format("expects one label a row, got {} and {}", to_text(in[0]), to_text(in[1])));
  }
  if (a.rows < 1) throw GraphError(fmt::format("expects at least 1 rows, got {}", a.rows));
  return {Type{in[0].dtype, in[0].shape.with(0, a.rows)}};
}

void scatter_reference(const ReferenceCall& call, const ScatterAttrs& a) {
  const NdArray& x = *call.in[0];
  const NdArray& labels = *call.in[1];
  const std::int64_t width = call.out[0].size() / a.rows;
  for (std::int64_t i = 0; i < labels.size(); ++i) {
    const std::int64_t row = row_of(static_cast<std::int64_t>(labels[i]), a.rows);
    for (std::int64_t j = 0; j < width; ++j) call.out[0][row * width + j] += x[i * width + j];
  }
}

}  // namespace

void register_rows(OpRegistry& ops) {
  ops.add(Op<>{.name = "gather_rows",
               .doc = "y[i] = table[labels[i]]; labels outside read row 0",
               .inputs = {"table", "labels"},
               .infer = gather_type,
               .gradient =
                   [](Grad& g, const NoAttrs&) {
                     g.set(0, scatter_rows(g.out_grad(), g.in(1), g.in(0).shape()[0]));
                   },
               .reference = gather_reference});
  ops.add(Op<ScatterAttrs>{
      .name = "scatter_rows",
      .doc = "y[r] = the sum of the x[i] with labels[i] = r, in order; labels outside count as 0",
      .inputs = {"x", "labels"},
      .infer = scatter_type,
      .gradient = [](Grad& g,
                     const ScatterAttrs&) { g.set(0, gather_rows(g.out_grad(), g.in(1))); },
      .reference = scatter_reference,
      .flops = [](const Node& n) { return static_cast<double>(n.in(0).shape().elements()); }});
}

Value gather_rows(Value table, Value labels) {
  return table.graph().add("gather_rows", {table, labels});
}

Value scatter_rows(Value x, Value labels, std::int64_t rows) {
  return x.graph().add("scatter_rows", {x, labels}, ScatterAttrs{rows});
}

}  // namespace agon
