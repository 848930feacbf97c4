#include "graphs/words/spectral_norm.h"

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

constexpr double kEps = 1e-12;

/// The weight with two axes, and which of them has the rows.
struct Matrix {
  Value values;
  int rows = 0;

  Value along(Value vector, int axis) const {
    return reshape(vector, axis == 0 ? Shape{vector.shape().elements(), 1}
                                     : Shape{1, vector.shape().elements()});
  }
  Value beside_rows(Value u) const { return along(u, rows); }
  Value beside_columns(Value v) const { return along(v, 1 - rows); }
};

Matrix matrix_of(Value weight, bool rows_last) {
  const Shape& s = weight.shape();
  if (!rows_last) return {reshape(weight, {s[0], s.elements() / s[0]}), 0};
  const std::int64_t last = s[s.rank() - 1];
  return {reshape(weight, {s.elements() / last, last}), 1};
}

}  // namespace

Value of_length_one(Value x) {
  const Value length = sqrt(sum(x * x));
  return x / max(length, x.graph().constant(kEps, x.dtype()));
}

// Sums of products, not matmul: with `precision: bf16` the vectors stay float32.
SingularVectors power_iteration(Value weight, bool rows_last, Value u) {
  const Matrix w = matrix_of(weight, rows_last);
  const Value v = of_length_one(sum(w.values * w.beside_rows(u), {w.rows}));
  const Value next = of_length_one(sum(w.values * w.beside_columns(v), {1 - w.rows}));
  return {next, v};
}

Value spectrally_normalised(Value weight, bool rows_last, const SingularVectors& vectors) {
  const Matrix w = matrix_of(weight, rows_last);
  const Value u = stop_gradient(vectors.u), v = stop_gradient(vectors.v);
  return weight / sum(w.values * w.beside_rows(u) * w.beside_columns(v));
}

Value weight_of(LayerCall& call, const WeightRequest& request) {
  const std::string& name = request.matrix.weight;
  const Value w = call.parameter(name, request.type, request.file, request.initial);
  if (!request.spectral) return w;
  return spectrally_normalised(w, request.matrix.rows_last,
                               call.singular_vectors(request.matrix, request.type));
}

}  // namespace agon
