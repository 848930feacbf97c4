#pragma once
#include <cstdint>

namespace agon {

/// One transform of F(m, r) applied to both axes, T X T^t, for many X at once: element (i, j) of X
/// is a row of `count` floats. Runs of kPanelColumns floats (ops/gemm/gemm.h) lie `run_stride`
/// apart in the results; equal to kPanelColumns, results are plain rows as well. Rounds the same on
/// every processor.
struct TileRows {
  const float* const* in;  // a row for each element of X
  float* const* out;       // and of the result; results may share a row that nobody reads
  std::int64_t count;
  std::int64_t run_stride;
};
using TileTransform = void (*)(const TileRows& rows);

/// The transforms of F(m, r), n = m + r - 1. Matrices as in tile_matrices.h.
struct TileTransforms {
  TileTransform input;        // bt: n x n pixels to n x n
  TileTransform weights;      // g: r x r taps to n x n
  TileTransform output;       // at: n x n to m x m pixels
  TileTransform output_grad;  // at transposed: m x m to n x n
  TileTransform weight_grad;  // g transposed: n x n to r x r
};

/// For m of 2 and 4, r of 2 and 3; null for others or where the processor has no AVX2.
const TileTransforms* find_tile_transforms(int m, int r);

/// Additions and multiplications of one transform, for each of its channels.
struct TileFlops {
  double input, weights, output, output_grad, weight_grad;
};
TileFlops tile_flops(int m, int r);

}  // namespace agon
