#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/keys/forms.h"
#include "graphs/words/layer_tables.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

struct Dense {
  Whole units;
  bool bias = true;
};

const Keys<Dense>& dense_keys() {
  static const Keys<Dense> keys =
      Keys<Dense>("dense", "y = x w^T + b: [features] to [units]",
                  {key("units", &Dense::units, "numbers that come out", whole(1)).required(),
                   key("bias", &Dense::bias,
                       "whether b is added, beginning at 0; true where not given", boolean())})
          .argument("units");
  return keys;
}

/// The weight as the file has it, [units, features]; after a flattened picture it is kept in the
/// order in which the picture lies.
FileForm dense_file(std::int64_t units, const Tensor& x) {
  const Shape shape{units, x.size(1)};
  if (!x.flattened) return {shape, shape, {}};
  const Shape& p = x.flattened->picture;
  return {shape, {units, p[0], p[1], p[2]}, {0, 2, 3, 1}};
}

Tensor build_dense(LayerCall& call, const Dense& attributes) {
  const Tensor& x = call.current();
  expect_real_current(call, "dense");
  if (x.rank() != 2) {
    throw GraphError(fmt::format("dense expects [features], got {}{}", current_text(call),
                                 x.rank() > 2 ? "; flatten first" : ""));
  }
  const std::int64_t units = attributes.units.value(call.scope());
  const std::int64_t features = x.size(1);
  const Value w = call.parameter("weight", Type{x.dtype(), {units, features}}, dense_file(units, x),
                                 Initial::by_network(features, units));
  const Value in = x.flattened ? x.flattened->in_memory : x.value;
  Value y = matmul(in, w, {.transpose_b = true});
  if (attributes.bias) {
    const Value b = channel_parameter(call, "bias", units, Initial::constant(0));
    y = y + reshape(b, {1, units});
  }
  Tensor result;
  result.value = y;
  return result;
}

struct Embedding {
  Whole dimension;
  std::optional<Whole> rows;
};

const Keys<Embedding>& embedding_keys() {
  static const Keys<Embedding> keys =
      Keys<Embedding>(
          "embedding", "row of a learnt table for each label: labels to [dimension]",
          {key("dimension", &Embedding::dimension, "numbers in a row", whole(1)).required(),
           key("rows", &Embedding::rows, "rows of the table; data.classes where not given",
               whole(1))})
          .argument("dimension");
  return keys;
}

std::int64_t table_rows(LayerCall& call, const Embedding& attributes) {
  if (attributes.rows) return attributes.rows->value(call.scope());
  const auto classes = call.scope().find("data.classes");
  if (!classes || *classes < 1) {
    throw GraphError("embedding expects `rows`, since the data has no classes to count");
  }
  return static_cast<std::int64_t>(*classes);
}

Tensor build_embedding(LayerCall& call, const Embedding& attributes) {
  const Tensor& labels = call.current();
  if (labels.dtype() != DType::I32 || labels.rank() != 1) {
    throw GraphError(fmt::format("embedding expects labels, got {}", current_text(call)));
  }
  const std::int64_t rows = table_rows(call, attributes);
  const std::int64_t dimension = attributes.dimension.value(call.scope());
  const Shape shape{rows, dimension};
  const Value w = call.parameter("weight", Type{DType::F32, shape}, {shape, shape, {}},
                                 Initial::by_network(dimension, rows));
  Tensor result;
  result.value = gather_rows(w, labels.value);
  return result;
}

}  // namespace

std::vector<LayerDef> dense_layers() {
  return {layer<Dense>("dense", dense_keys(), build_dense),
          layer<Embedding>("embedding", embedding_keys(), build_embedding)};
}

}  // namespace agon
