#pragma once
#include <cstdint>

namespace agon {

/// Rows of a result that are cheapest together, and columns of a packed panel of B, the same on
/// every processor.
inline constexpr std::int64_t kPanelRows = 12;
inline constexpr std::int64_t kPanelColumns = 32;

/// The m x k operand A: element (i, k) lies at data[i * row + k * step], where row or step is 1.
struct GemmLeft {
  const float* data;
  std::int64_t row, step;

  /// Stored [m, k], `stride` >= k floats from row to row.
  static GemmLeft rows(const float* data, std::int64_t stride) { return {data, stride, 1}; }
  /// Stored [k, m], `stride` >= m floats from one k to the next.
  static GemmLeft columns(const float* data, std::int64_t stride) { return {data, 1, stride}; }
};

/// The k x n operand B: element (k, j) lies at
///   data[j / kPanelColumns * panel + k * step + j % kPanelColumns].
struct GemmRight {
  const float* data;
  std::int64_t step, panel;

  /// Stored [k, n], `stride` >= n floats from row to row.
  static GemmRight rows(const float* data, std::int64_t stride) {
    return {data, stride, kPanelColumns};
  }
  /// Panels [n / kPanelColumns rounded up][k][kPanelColumns]; what lies beyond column n is never
  /// read.
  static GemmRight packed(const float* data, std::int64_t k) {
    return {data, kPanelColumns, kPanelColumns * k};
  }
};

/// The m x n result, `stride` >= n floats from row to row. It overlaps neither operand.
struct GemmResult {
  float* data;
  std::int64_t stride;
};

struct GemmSize {
  std::int64_t m, n, k;
};

/// Floats of a packed operand.
constexpr std::int64_t packed_right_floats(std::int64_t k, std::int64_t n) {
  return (n + kPanelColumns - 1) / kPanelColumns * kPanelColumns * k;
}

/// Serial float32 matrix products; callers split the work (by size alone) and may give any block of
/// a larger product, since an element's bits are those of
///   c = accumulate ? C : 0;  for k = 0, 1, ...: c = fma(a[k], b[k], c)
/// whatever the layout, the block and the processor; where k is above 4096, each 256 terms are
/// summed up so from 0 and then added to c. Nothing is allocated; nothing need be aligned.
/// B is fastest at k up to about 512 packed, or read as stored where its rows are short.
struct GemmFunctions {
  /// C = A B, or C += A B. k = 0 gives zeros.
  void (*multiply)(const GemmSize& size, const GemmLeft& a, const GemmRight& b, const GemmResult& c,
                   bool accumulate);
  /// Panels of B for GemmRight::packed, from B stored [k, n] or, transposed, [n, k].
  void (*pack_right)(std::int64_t k, std::int64_t n, const float* b, std::int64_t stride,
                     bool transposed, float* panels);
  /// to[j, i] = from[i, j] of `rows` x `columns`; strides in floats.
  void (*transpose)(std::int64_t rows, std::int64_t columns, const float* from,
                    std::int64_t from_stride, float* to, std::int64_t to_stride);
};

/// Null where the processor has no AVX2.
const GemmFunctions* find_gemm();

}  // namespace agon
