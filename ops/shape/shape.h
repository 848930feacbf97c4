#pragma once
#include <vector>

#include "engine/ir/graph.h"

namespace agon {

/// Same elements in row-major order, other sizes.
Value reshape(Value x, const Shape& shape);
/// Output axis i is input axis axes[i].
Value transpose(Value x, std::vector<std::int64_t> axes);
/// Stretches axes of size 1 (equal rank), or a scalar, to `shape`. Op `broadcast`.
Value broadcast(Value x, const Shape& shape);
Value concat(std::vector<Value> xs, std::int64_t axis);
/// [from, to) along one axis.
Value slice(Value x, std::int64_t axis, std::int64_t from, std::int64_t to);
/// Zeros before and after along each axis (one entry an axis).
Value pad(Value x, std::vector<std::int64_t> before, std::vector<std::int64_t> after);
/// Op `gather_rows`: table [rows, ...], labels i32 [n] -> [n, ...]. Labels outside [0, rows) are an
/// error of the reader, here they read row 0 (never outside memory). Differentiates into
/// scatter_rows and back.
Value gather_rows(Value table, Value labels);
/// Op `scatter_rows`: x [n, ...], labels i32 [n] -> [rows, ...], rows of equal label summed in
/// order.
Value scatter_rows(Value x, Value labels, std::int64_t rows);
/// i32 [n] -> [n, classes] of 0 and 1.
Value one_hot(Value labels, std::int64_t classes, DType dtype = DType::F32);
/// 0, 1, 2, ... as i32 [n]; for rows and columns of sample grids.
Value iota(Graph& graph, std::int64_t n);

}  // namespace agon
