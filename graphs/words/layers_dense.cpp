#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/keys/forms.h"
#include "graphs/words/function_tables.h"
#include "graphs/words/layer_tables.h"
#include "graphs/words/spectral_norm.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

struct Dense {
  Whole units;
  bool bias = true;
  bool spectral = false;
};

const Keys<Dense>& dense_keys() {
  static const Keys<Dense> keys =
      Keys<Dense>("dense", "y = x w^T + b: [features] to [units]",
                  {key("units", &Dense::units, "numbers that come out", whole(1)).required(),
                   key("bias", &Dense::bias,
                       "whether b is added, beginning at 0; true where not given", boolean()),
                   key("spectral_norm", &Dense::spectral, kSpectralDoc, boolean())})
          .argument("units");
  return keys;
}

/// One axis of a weight: a row of numbers, or the pixels of a picture [c, h, w], which is kept in
/// the order in which pictures lie.
void add_axis(FileForm& form, std::int64_t size, const std::optional<Shape>& picture) {
  std::vector<std::int64_t> view(form.view.begin(), form.view.end());
  const auto first = static_cast<std::int64_t>(view.size());
  if (picture) {
    view.insert(view.end(), picture->begin(), picture->end());
    form.axes.insert(form.axes.end(), {first + 1, first + 2, first});
  } else {
    view.push_back(size);
    form.axes.push_back(first);
  }
  form.view = Shape(view);
}

/// A tensor that the file has with these sizes, of which each may be a picture's pixels.
FileForm file_of(const std::vector<std::pair<std::int64_t, std::optional<Shape>>>& axes) {
  FileForm form;
  std::vector<std::int64_t> shape;
  for (const auto& [size, picture] : axes) {
    shape.push_back(size);
    add_axis(form, size, picture);
  }
  form.shape = Shape(shape);
  if (form.view == form.shape) form.axes.clear();
  return form;
}

/// What a layer gives where the next makes a picture of it: the numbers lie in memory as the
/// picture will.
Tensor laid_out(Value in_memory, const Shape& picture) {
  const std::int64_t n = in_memory.shape()[0];
  const Tensor as_picture =
      picture_or_plain(reshape(in_memory, {n, picture[1], picture[2], picture[0]}));
  Tensor result;
  result.value = reshape(as_plain(as_picture).value, in_memory.shape());
  result.flattened = Tensor::Flattened{in_memory, picture};
  return result;
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
  std::optional<Shape> picture = call.next_picture();
  if (picture && picture->elements() != units) picture = std::nullopt;  // the next layer refuses it
  const std::optional<Shape> seen =
      x.flattened ? std::optional(x.flattened->picture) : std::nullopt;
  const Value w = weight_of(call, {.type = {x.dtype(), {units, features}},
                                   .file = file_of({{units, picture}, {features, seen}}),
                                   .initial = Initial::by_network(features, units),
                                   .spectral = attributes.spectral,
                                   .matrix = {"weight", false, file_of({{units, picture}}),
                                              file_of({{features, seen}})}});
  const Value in = x.flattened ? x.flattened->in_memory : x.value;
  Value y = matmul(in, w, {.transpose_b = true});
  if (attributes.bias) {
    const Value b = call.parameter("bias", Type{x.dtype(), {units}}, file_of({{units, picture}}),
                                   Initial::constant(0));
    y = y + reshape(b, {1, units});
  }
  if (picture) return laid_out(y, *picture);
  Tensor result;
  result.value = y;
  return result;
}

struct Embedding {
  Whole dimension;
  std::optional<Whole> rows;
  bool spectral = false;
};

const Keys<Embedding>& embedding_keys() {
  static const Keys<Embedding> keys =
      Keys<Embedding>(
          "embedding",
          "row of a learnt table for each label: a label to [dimension], [words] to [words, "
          "dimension]",
          {key("dimension", &Embedding::dimension, "numbers in a row", whole(1)).required(),
           key("rows", &Embedding::rows, "rows of the table; data.classes where not given",
               whole(1)),
           key("spectral_norm", &Embedding::spectral, kSpectralDoc, boolean())})
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
  if (labels.dtype() != DType::I32 || labels.rank() < 1 || labels.rank() > 2) {
    throw GraphError(fmt::format("embedding expects labels, got {}", current_text(call)));
  }
  const std::int64_t rows = table_rows(call, attributes);
  expect_labels_within(labels, rows, "rows of embedding");
  const std::int64_t dimension = attributes.dimension.value(call.scope());
  const Shape shape{rows, dimension};
  const Value w = weight_of(call, {.type = {DType::F32, shape},
                                   .file = {shape, shape, {}},
                                   .initial = Initial::by_network(dimension, rows),
                                   .spectral = attributes.spectral,
                                   .matrix = {.weight = "weight"}});
  const Shape in = labels.value.shape();
  Tensor result;
  result.value = gather_rows(w, reshape(labels.value, {in.elements()}));
  if (in.rank() == 2) result.value = reshape(result.value, {in[0], in[1], dimension});
  return result;
}

}  // namespace

std::vector<LayerDef> dense_layers() {
  const auto units = [](const Dense& attributes, const NumberScope& scope) {
    return std::optional(Shape{attributes.units.value(scope)});
  };
  const auto dimension = [](const Embedding& attributes, const NumberScope& scope) {
    return std::optional(Shape{attributes.dimension.value(scope)});
  };
  return {layer<Dense>("dense", dense_keys(), build_dense, nullptr, units),
          layer<Embedding>("embedding", embedding_keys(), build_embedding, nullptr, dimension)};
}

}  // namespace agon
