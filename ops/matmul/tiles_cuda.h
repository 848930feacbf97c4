#pragma once
#include "engine/runtime/cuda/matmul_library.h"
#include "ops/gemm/tile_text_cuda.h"

namespace agon {

/// A node `matmul`, or a variant of it, as tiles, and as a problem of float32 for cuBLASLt.
TileProduct matmul_tiles(const Node& node);
MatmulProblem matmul_problem(const Node& node);

}  // namespace agon
