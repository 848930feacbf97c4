#pragma once
#include <cstdint>

namespace agon {

/// Y = A B^T of float32 matrices in rows, as dot products along k: for one or a few rows, where a
/// tile of Gemm would be mostly empty. Serial. y[i, j] = sum over k of a[i, k] b[j, k] in sixteen
/// sums, k mod 16 apart, added as a tree, whatever the processor and the block of Y asked for.
struct DotsCall {
  std::int64_t m, n, k;
  const float* a;  // [m, k], rows a_stride floats apart
  std::int64_t a_stride;
  const float* b;  // [n, k], read once while the rows of A are few
  std::int64_t b_stride;
  float* y;  // [m, n]
  std::int64_t y_stride;
};
using DotsFunction = void (*)(const DotsCall& call);

/// Null where the processor has no AVX2.
DotsFunction find_dots();

}  // namespace agon
