#pragma once
#include "engine/runtime/cpu/onednn.h"

namespace agon {

/// A matrix, or a batch of them, as stored or read transposed.
inline dnnl::memory::desc matrix_operand(const Type& type, bool transposed) {
  if (type.shape.rank() == 2)
    return transposed ? onednn::dense(type, {1, 0}) : onednn::dense(type, {0, 1});
  return transposed ? onednn::dense(type, {0, 2, 1}) : onednn::dense(type, {0, 1, 2});
}

}  // namespace agon
