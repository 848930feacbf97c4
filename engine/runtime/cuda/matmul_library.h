#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/runtime/cuda/driver.h"

namespace agon {

/// How numbers are multiplied: float32; float32 rounded to TF32 (10 bits of fraction) by the
/// library; bf16 operands. Sums are float32 always.
enum class ProductPrecision { F32, Tf32, Bf16 };

/// C[b] = op(A[b]) op(B[b]) for b < batch; row-major, C [m, n] float32. A is [m, k], or [k, m]
/// where transposed; B likewise. Operands are float32, or bf16 (2 bytes) with
/// ProductPrecision::Bf16.
struct MatmulProblem {
  std::int64_t m = 0, n = 0, k = 0, batch = 1;
  std::int64_t stride_a = 0, stride_b = 0, stride_c = 0;  // elements from one product to the next
  bool transpose_a = false, transpose_b = false;
  ProductPrecision precision = ProductPrecision::F32;
};

class MatmulPlan {
 public:
  virtual ~MatmulPlan() = default;
  virtual std::size_t scratch_bytes() const = 0;
  /// Operands: A and B.
  virtual void run(CUstream stream, std::span<const void* const> operands, void* c,
                   void* scratch) = 0;
};

/// cuBLASLt (libcublasLt), opened when first asked for.
class MatmulLibrary {
 public:
  virtual ~MatmulLibrary() = default;
  virtual std::string version() const = 0;
  /// The algorithm that the library's heuristics put first among those that give the same bits
  /// again; null and why where there is none.
  virtual std::unique_ptr<MatmulPlan> plan(const MatmulProblem& problem, std::string& why) = 0;
};
/// Null and why where the library is not there.
std::unique_ptr<MatmulLibrary> open_cublaslt(std::string& why);

}  // namespace agon
