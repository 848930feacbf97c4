#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "engine/base/error.h"
#include "engine/runtime/cuda/cublaslt_descriptors.h"
#include "engine/runtime/cuda/library_workspace.h"

/// Why the same bits come out again. NVIDIA ("Results Reproducibility" in the cuBLAS manual): "all
/// cuBLAS API routines from a given toolkit version, generate the same bit-wise results at every
/// run when executed on GPUs with the same architecture and the same number of SMs"; with several
/// streams at once that holds for cublasLtMatmul() with a workspace of the user's. An algorithm is
/// chosen once by the heuristics from sizes and device, and kept. Where sums over k are split, the
/// parts are to be joined in a step of their own (CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE and
/// OUTPUT_TYPE); INPLACE only promises that one part is added after the other, not in which order.
namespace agon {

namespace {

constexpr std::uint32_t kJoinedInOrder =
    CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE | CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE;

CublasLtPreference preference(const CublasLtFunctions& f) {
  cublasLtMatmulPreference_t made = nullptr;
  require(f, f.preference_create(&made), "preference");
  CublasLtPreference preference(made, f.preference_destroy);
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
  Plan(const CublasLtFunctions& functions, cublasLtHandle_t handle, const MatmulProblem& p)
      : f_(functions),
        handle_(handle),
        operation_(product_operation(f_, p.precision, p.transpose_b, p.transpose_a)),
        first_(row_major_layout(f_, operand_type(p), p.transpose_b ? p.n : p.k,
                                p.transpose_b ? p.k : p.n, p.batch, p.stride_b)),
        second_(row_major_layout(f_, operand_type(p), p.transpose_a ? p.k : p.m,
                                 p.transpose_a ? p.m : p.k, p.batch, p.stride_a)),
        result_(row_major_layout(f_, CUDA_R_32F, p.m, p.n, p.batch, p.stride_c)) {
    choose();
  }

  std::size_t scratch_bytes() const override { return scratch_for_workspace(workspace_); }

  void run(CUstream stream, std::span<const void* const> operands, void* c,
           void* scratch) override {
    constexpr float kOne = 1, kZero = 0;
    const cublasStatus_t status =
        f_.matmul(handle_, operation_, &kOne, operands[1], first_, operands[0], second_, &kZero, c,
                  result_, c, result_, &algorithm_,
                  workspace_ == 0 ? nullptr : workspace_in(scratch), workspace_, stream);
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
    throw CublasLtFailed{"cuBLASLt has no algorithm for it that gives the same bits again"};
  }

  const CublasLtFunctions& f_;
  cublasLtHandle_t handle_;
  CublasLtOperation operation_;
  CublasLtLayout first_, second_, result_;
  cublasLtMatmulAlgo_t algorithm_{};
  std::size_t workspace_ = 0;
};

class CublasLt final : public MatmulLibrary {
 public:
  explicit CublasLt(const CublasLtFunctions& functions) : f_(functions) {
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
    } catch (const CublasLtFailed& failed) {
      why = failed.why;
      return nullptr;
    }
  }

 private:
  const CublasLtFunctions& f_;
  cublasLtHandle_t handle_ = nullptr;
};

}  // namespace

std::unique_ptr<MatmulLibrary> open_cublaslt(std::string& why) {
  const CublasLtFunctions* const functions = cublaslt_functions(why);
  if (functions == nullptr) return nullptr;
  try {
    return std::make_unique<CublasLt>(*functions);
  } catch (const CublasLtFailed& failed) {
    why = failed.why;
    return nullptr;
  }
}

}  // namespace agon
