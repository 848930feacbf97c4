#pragma once
#include <cstdint>
#include <string>

#include "engine/runtime/cuda/generated_kernel.h"

namespace agon {

/// One operand of a product of matrices as text of CUDA C++: where the element of term `k` lies
/// that the result in `row` (of the left operand) or `column` (of the right one) needs. The text
/// may use `batch` too.
struct TileOperand {
  std::string input = {};   // "in0"
  std::string where = {};   // statements that name what `exists` and `index` use
  std::string exists = {};  // where there is an element; else it counts as 0. Empty: everywhere
  std::string index = {};   // its place in the input
  bool along_terms = true;  // neighbours in memory are those of k, else those of the row or column
  /// So many neighbours exist together and begin at a multiple of their number (the greatest common
  /// divisor of all sizes involved): four are read at once where it is a multiple of 4.
  std::int64_t run = 1;
};

/// C[row][column] = sum over k of left(row, k) right(k, column), for each batch. `result_row` is
/// where a row lies in out0, counted in rows of `columns` elements.
struct TileProduct {
  DType dtype = DType::F32;
  std::int64_t batches = 1, rows = 0, columns = 0, terms = 0;
  TileOperand left = {}, right = {};
  std::string per_batch = {};      // statements before anything else, about `batch`
  std::string result_where = {};   // statements that name what the next two use, about `row`
  std::string result_exists = {};  // of a row; empty: always
  std::string result_row = "row";
  bool round_to_bf16 = false;  // operands, to the nearest bfloat16, before they are multiplied
};

/// Tiles in shared memory, each computed by a block of 256 threads; where the results alone do not
/// fill a device, or sums are long, slices of the terms are summed up in scratch memory and joined
/// by a second function. Sums of one slice are float32 (float64) in order of the terms, at most
/// 4096 of them. How it is split hangs on the sizes alone.
GeneratedKernel tile_kernel(const Node& node, const TileProduct& product);

}  // namespace agon
