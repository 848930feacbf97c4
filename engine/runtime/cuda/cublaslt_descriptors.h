#pragma once
#include <cublasLt.h>

#include <cstdint>
#include <string>
#include <utility>

#include "engine/runtime/cuda/matmul_library.h"

namespace agon {

/// What is used of libcublasLt.
struct CublasLtFunctions {
  decltype(&cublasLtGetVersion) version;
  decltype(&cublasLtGetStatusString) status_text;
  decltype(&cublasLtCreate) create;
  decltype(&cublasLtDestroy) destroy;
  decltype(&cublasLtMatmulDescCreate) operation_create;
  decltype(&cublasLtMatmulDescDestroy) operation_destroy;
  decltype(&cublasLtMatmulDescSetAttribute) operation_set;
  decltype(&cublasLtMatrixLayoutCreate) layout_create;
  decltype(&cublasLtMatrixLayoutDestroy) layout_destroy;
  decltype(&cublasLtMatrixLayoutSetAttribute) layout_set;
  decltype(&cublasLtMatmulPreferenceCreate) preference_create;
  decltype(&cublasLtMatmulPreferenceDestroy) preference_destroy;
  decltype(&cublasLtMatmulPreferenceSetAttribute) preference_set;
  decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic;
  decltype(&cublasLtMatmulAlgoConfigGetAttribute) algorithm_get;
  decltype(&cublasLtMatmul) matmul;
};

/// Of libcublasLt.so.13 or 12, opened at the first call; null and why where it is not there.
const CublasLtFunctions* cublaslt_functions(std::string& why);

/// A call that failed; becomes the reason why there is no plan.
struct CublasLtFailed {
  std::string why;
};
/// Throws CublasLtFailed unless `status` is success.
void require(const CublasLtFunctions& functions, cublasStatus_t status, const char* what);

/// A descriptor that is destroyed with its holder.
template <class Descriptor>
class CublasLtHeld {
 public:
  CublasLtHeld(Descriptor made, cublasStatus_t (*destroy)(Descriptor))
      : made_(made), destroy_(destroy) {}
  CublasLtHeld(CublasLtHeld&& other) noexcept
      : made_(std::exchange(other.made_, nullptr)), destroy_(other.destroy_) {}
  CublasLtHeld& operator=(CublasLtHeld&&) = delete;
  ~CublasLtHeld() {
    if (made_ != nullptr) destroy_(made_);
  }
  operator Descriptor() const { return made_; }  // NOLINT: stands for it in calls

 private:
  Descriptor made_;
  cublasStatus_t (*destroy_)(Descriptor);
};
using CublasLtOperation = CublasLtHeld<cublasLtMatmulDesc_t>;
using CublasLtLayout = CublasLtHeld<cublasLtMatrixLayout_t>;
using CublasLtPreference = CublasLtHeld<cublasLtMatmulPreference_t>;

/// How the library multiplies: CUBLAS_COMPUTE_32F, and for TF32 alone CUBLAS_COMPUTE_32F_FAST_TF32.
CublasLtOperation product_operation(const CublasLtFunctions& functions, ProductPrecision precision,
                                    bool transpose_a, bool transpose_b);

/// A row-major [rows, columns] in memory, as the library sees it: column by column, transposed.
CublasLtLayout row_major_layout(const CublasLtFunctions& functions, cudaDataType type,
                                std::int64_t rows, std::int64_t columns, std::int64_t batch,
                                std::int64_t stride);

}  // namespace agon
