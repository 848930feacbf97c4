#include "engine/runtime/cuda/cublaslt_descriptors.h"

#include <fmt/format.h>

#include <array>

#include "engine/runtime/cuda/library.h"

namespace agon {

namespace {

bool find_all(void* library, CublasLtFunctions& f) {
  return find_function(library, "cublasLtGetVersion", f.version) &&
         find_function(library, "cublasLtGetStatusString", f.status_text) &&
         find_function(library, "cublasLtCreate", f.create) &&
         find_function(library, "cublasLtDestroy", f.destroy) &&
         find_function(library, "cublasLtMatmulDescCreate", f.operation_create) &&
         find_function(library, "cublasLtMatmulDescDestroy", f.operation_destroy) &&
         find_function(library, "cublasLtMatmulDescSetAttribute", f.operation_set) &&
         find_function(library, "cublasLtMatrixLayoutCreate", f.layout_create) &&
         find_function(library, "cublasLtMatrixLayoutDestroy", f.layout_destroy) &&
         find_function(library, "cublasLtMatrixLayoutSetAttribute", f.layout_set) &&
         find_function(library, "cublasLtMatmulPreferenceCreate", f.preference_create) &&
         find_function(library, "cublasLtMatmulPreferenceDestroy", f.preference_destroy) &&
         find_function(library, "cublasLtMatmulPreferenceSetAttribute", f.preference_set) &&
         find_function(library, "cublasLtMatmulAlgoGetHeuristic", f.heuristic) &&
         find_function(library, "cublasLtMatmulAlgoConfigGetAttribute", f.algorithm_get) &&
         find_function(library, "cublasLtMatmul", f.matmul);
}

struct Opened {
  CublasLtFunctions functions{};
  bool there = false;
  std::string why;
};

Opened open() {
  static const std::array<std::string, 2> kNames = {"libcublasLt.so.13", "libcublasLt.so.12"};
  Opened opened;
  void* const library = open_library(kNames, opened.why);
  if (library == nullptr) return opened;
  opened.there = find_all(library, opened.functions);
  if (!opened.there) opened.why = "cuBLASLt lacks a function that this program uses";
  return opened;
}

cublasComputeType_t compute_type(ProductPrecision precision) {
  return precision == ProductPrecision::Tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
}

}  // namespace

const CublasLtFunctions* cublaslt_functions(std::string& why) {
  static const Opened opened = open();
  if (!opened.there) why = opened.why;
  return opened.there ? &opened.functions : nullptr;
}

void require(const CublasLtFunctions& f, cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw CublasLtFailed{fmt::format("cuBLASLt: {}: {}", what, f.status_text(status))};
}

CublasLtOperation product_operation(const CublasLtFunctions& f, ProductPrecision precision,
                                    bool transpose_a, bool transpose_b) {
  cublasLtMatmulDesc_t made = nullptr;
  require(f, f.operation_create(&made, compute_type(precision), CUDA_R_32F), "operation");
  CublasLtOperation operation(made, f.operation_destroy);
  const auto set = [&](cublasLtMatmulDescAttributes_t attribute, bool transposed) {
    const std::int32_t value = transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    require(f, f.operation_set(operation, attribute, &value, sizeof value), "transposition");
  };
  set(CUBLASLT_MATMUL_DESC_TRANSA, transpose_a);
  set(CUBLASLT_MATMUL_DESC_TRANSB, transpose_b);
  return operation;
}

CublasLtLayout row_major_layout(const CublasLtFunctions& f, cudaDataType type, std::int64_t rows,
                                std::int64_t columns, std::int64_t batch, std::int64_t stride) {
  cublasLtMatrixLayout_t made = nullptr;
  require(f,
          f.layout_create(&made, type, static_cast<std::uint64_t>(columns),
                          static_cast<std::uint64_t>(rows), columns),
          "layout");
  CublasLtLayout layout(made, f.layout_destroy);
  if (batch > 1) {
    const auto count = static_cast<std::int32_t>(batch);
    require(f, f.layout_set(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count),
            "batch");
    require(
        f,
        f.layout_set(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof stride),
        "stride of a batch");
  }
  return layout;
}

}  // namespace agon
