#pragma once
#include "engine/runtime/cuda/context.h"
#include "engine/runtime/cuda/convolution_library.h"
#include "engine/runtime/cuda/matmul_library.h"
#include "engine/runtime/kernel.h"

namespace agon {

/// The node by cuBLASLt or cuDNN, of its inputs in their order; refused with the library's
/// reason. With ProductPrecision::Bf16 the first two, float32, are rounded into scratch memory
/// first: for cuBLASLt to bfloat16; for cuDNN to float32 numbers that are such, which TF32
/// multiplies exactly, since it has no engine of bfloat16 operands with float32 results but what
/// compiles code for seconds.
Candidate library_product(CudaContext& context, const Node& node, const MatmulProblem& problem);
Candidate library_product(CudaContext& context, const Node& node,
                          const ConvolutionProblem& problem);

/// The same by a library that need not be the context's.
Candidate product_by(MatmulLibrary& library, CudaContext& context, const Node& node,
                     const MatmulProblem& problem);
Candidate product_by(ConvolutionLibrary& library, CudaContext& context, const Node& node,
                     const ConvolutionProblem& problem);

}  // namespace agon
