#include <cublasLt.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>

#include "engine/base/error.h"
#include "engine/runtime/cuda/library.h"
#include "engine/runtime/cuda/library_workspace.h"
#include "engine/runtime/cuda/matmul_library.h"

/// Why the same bits come out again. NVIDIA ("Results Reproducibility" in the cuBLAS manual): "all
/// cuBLAS API routines from a given toolkit version, generate the same bit-wise results at every
/// run when executed on GPUs with the same architecture and the same number of SMs"; with several
/// streams at once that holds for cublasLtMatmul() with a workspace of the user's. An algorithm is
/// chosen once by the heuristics from sizes and device, and kept. Where sums over k are split, the
/// parts are to be joined in a step of their own (CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE and
/// OUTPUT_TYPE); INPLACE only promises that one part is added after the other, not in which order.
namespace agon {

namespace {

/// What is used of the library.
struct Functions {
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

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(find_function(library, name));
  return function != nullptr;
}

bool find_all(void* library, Functions& f) {
  return find(library, "cublasLtGetVersion", f.version) &&
         find(library, "cublasLtGetStatusString", f.status_text) &&
         find(library, "cublasLtCreate", f.create) && find(library, "cublasLtDestroy", f.destroy) &&
         find(library, "cublasLtMatmulDescCreate", f.operation_create) &&
         find(library, "cublasLtMatmulDescDestroy", f.operation_destroy) &&
         find(library, "cublasLtMatmulDescSetAttribute", f.operation_set) &&
         find(library, "cublasLtMatrixLayoutCreate", f.layout_create) &&
         find(library, "cublasLtMatrixLayoutDestroy", f.layout_destroy) &&
         find(library, "cublasLtMatrixLayoutSetAttribute", f.layout_set) &&
         find(library, "cublasLtMatmulPreferenceCreate", f.preference_create) &&
         find(library, "cublasLtMatmulPreferenceDestroy", f.preference_destroy) &&
         find(library, "cublasLtMatmulPreferenceSetAttribute", f.preference_set) &&
         find(library, "cublasLtMatmulAlgoGetHeuristic", f.heuristic) &&
         find(library, "cublasLtMatmulAlgoConfigGetAttribute", f.algorithm_get) &&
         find(library, "cublasLtMatmul", f.matmul);
}

/// A call that failed; becomes the reason why there is no plan.
struct Failed {
  std::string why;
};

void require(const Functions& f, cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw Failed{fmt::format("cuBLASLt: {}: {}", what, f.status_text(status))};
}

/// A descriptor that is destroyed with its holder.
template <class Descriptor>
class Held {
 public:
  Held(Descriptor made, cublasStatus_t (*destroy)(Descriptor)) : made_(made), destroy_(destroy) {}
  Held(Held&& other) noexcept
      : made_(std::exchange(other.made_, nullptr)), destroy_(other.destroy_) {}
  Held& operator=(Held&&) = delete;
  ~Held() {
    if (made_ != nullptr) destroy_(made_);
  }
  operator Descriptor() const { return made_; }  // NOLINT: stands for it in calls

 private:
  Descriptor made_;
  cublasStatus_t (*destroy_)(Descriptor);
};
using Operation = Held<cublasLtMatmulDesc_t>;
using Layout = Held<cublasLtMatrixLayout_t>;
using Preference = Held<cublasLtMatmulPreference_t>;

cublasComputeType_t compute_type(ProductPrecision precision) {
  return precision == ProductPrecision::Tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
}

Operation operation(const Functions& f, ProductPrecision precision, bool transpose_a,
                    bool transpose_b) {
  cublasLtMatmulDesc_t made = nullptr;
  require(f, f.operation_create(&made, compute_type(precision), CUDA_R_32F), "operation");
  Operation operation(made, f.operation_destroy);
  const auto set = [&](cublasLtMatmulDescAttributes_t attribute, bool transposed) {
    const std::int32_t value = transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    require(f, f.operation_set(operation, attribute, &value, sizeof value), "transposition");
  };
  set(CUBLASLT_MATMUL_DESC_TRANSA, transpose_a);
  set(CUBLASLT_MATMUL_DESC_TRANSB, transpose_b);
  return operation;
}

/// A row-major [rows, columns] in memory, as the library sees it: column by column, transposed.
Layout layout(const Functions& f, cudaDataType type, std::int64_t rows, std::int64_t columns,
              std::int64_t batch, std::int64_t stride) {
  cublasLtMatrixLayout_t made = nullptr;
  require(f,
          f.layout_create(&made, type, static_cast<std::uint64_t>(columns),
                          static_cast<std::uint64_t>(rows), columns),
          "layout");
  Layout layout(made, f.layout_destroy);
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

constexpr std::uint32_t kJoinedInOrder =
    CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE | CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE;

Preference preference(const Functions& f) {
  cublasLtMatmulPreference_t made = nullptr;
  require(f, f.preference_create(&made), "preference");
  Preference preference(made, f.preference_destroy);
  const auto set = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
    require(f, f.preference_set(preference, attribute, &value, sizeof value), "preference");
  };
  constexpr std::uint64_t kMostWorkspace = std::uint64_t{32} << 20;  // NVIDIA's advice for sm_90
  constexpr std::uint32_t kAlignment = 64;                           // of all tensors
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kMostWorkspace);
  set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, kJoinedInOrder);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, kAlignment);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, kAlignment);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, kAlignment);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, kAlignment);
  return preference;
}

/// The library multiplies column-major matrices, and a row-major one is the transposed one column
/// by column. So C^T = op(B)^T op(A)^T: the library's first operand is ours second.
class Plan final : public MatmulPlan {
 public:
  Plan(const Functions& functions, cublasLtHandle_t handle, const MatmulProblem& p)
      : f_(functions),
        handle_(handle),
        operation_(operation(f_, p.precision, p.transpose_b, p.transpose_a)),
        first_(layout(f_, operand_type(p), p.transpose_b ? p.n : p.k, p.transpose_b ? p.k : p.n,
                      p.batch, p.stride_b)),
        second_(layout(f_, operand_type(p), p.transpose_a ? p.k : p.m, p.transpose_a ? p.m : p.k,
                       p.batch, p.stride_a)),
        result_(layout(f_, CUDA_R_32F, p.m, p.n, p.batch, p.stride_c)) {
    choose();
  }

  std::size_t scratch_bytes() const override { return scratch_for_workspace(workspace_); }

  void run(CUstream stream, const void* a, const void* b, void* c, void* scratch) override {
    constexpr float kOne = 1, kZero = 0;
    const cublasStatus_t status = f_.matmul(
        handle_, operation_, &kOne, b, first_, a, second_, &kZero, c, result_, c, result_,
        &algorithm_, workspace_ == 0 ? nullptr : workspace_in(scratch), workspace_, stream);
    if (status != CUBLAS_STATUS_SUCCESS)
      throw InternalError(fmt::format("cublasLtMatmul failed: {}", f_.status_text(status)));
  }

 private:
  static cudaDataType operand_type(const MatmulProblem& p) {
    return p.precision == ProductPrecision::Bf16 ? CUDA_R_16BF : CUDA_R_32F;
  }

  bool gives_same_bits(const cublasLtMatmulAlgo_t& algorithm) const {
    std::uint32_t scheme = CUBLASLT_REDUCTION_SCHEME_NONE;
    std::size_t written = 0;
    require(f_,
            f_.algorithm_get(&algorithm, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, &scheme,
                             sizeof scheme, &written),
            "configuration of an algorithm");
    return (scheme & ~kJoinedInOrder) == 0;
  }

  void choose() {
    std::array<cublasLtMatmulHeuristicResult_t, 16> found{};
    int count = 0;
    require(f_,
            f_.heuristic(handle_, operation_, first_, second_, result_, result_, preference(f_),
                         static_cast<int>(found.size()), found.data(), &count),
            "heuristics");
    for (const auto& result : std::span(found).first(static_cast<std::size_t>(count))) {
      if (result.state != CUBLAS_STATUS_SUCCESS || !gives_same_bits(result.algo)) continue;
      algorithm_ = result.algo;
      workspace_ = result.workspaceSize;
      return;
    }
    throw Failed{"cuBLASLt has no algorithm for it that gives the same bits again"};
  }

  const Functions& f_;
  cublasLtHandle_t handle_;
  Operation operation_;
  Layout first_, second_, result_;
  cublasLtMatmulAlgo_t algorithm_{};
  std::size_t workspace_ = 0;
};

class CublasLt final : public MatmulLibrary {
 public:
  explicit CublasLt(const Functions& functions) : f_(functions) {
    require(f_, f_.create(&handle_), "start");
  }
  CublasLt(const CublasLt&) = delete;
  CublasLt& operator=(const CublasLt&) = delete;
  ~CublasLt() override { f_.destroy(handle_); }

  std::string version() const override {
    const std::size_t v = f_.version();
    return fmt::format("{}.{}.{}", v / 10000, v / 100 % 100, v % 100);
  }

  std::unique_ptr<MatmulPlan> plan(const MatmulProblem& p, std::string& why) override {
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    if (std::max({p.m, p.n, p.k, p.batch}) > kMost) {
      why = "cuBLASLt takes sizes of 32 bits";
      return nullptr;
    }
    try {
      return std::make_unique<Plan>(f_, handle_, p);
    } catch (const Failed& failed) {
      why = failed.why;
      return nullptr;
    }
  }

 private:
  Functions f_;
  cublasLtHandle_t handle_ = nullptr;
};

}  // namespace

std::unique_ptr<MatmulLibrary> open_cublaslt(std::string& why) {
  static const std::array<std::string, 2> kNames = {"libcublasLt.so.13", "libcublasLt.so.12"};
  void* const library = open_library(kNames, why);
  if (library == nullptr) return nullptr;
  Functions functions{};
  if (!find_all(library, functions)) {
    why = "cuBLASLt lacks a function that this program uses";
    return nullptr;
  }
  try {
    return std::make_unique<CublasLt>(functions);
  } catch (const Failed& failed) {
    why = failed.why;
    return nullptr;
  }
}

}  // namespace agon
