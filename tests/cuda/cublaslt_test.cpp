// What cuBLASLt is told of a product: descriptors, which need no device.
#include <gtest/gtest.h>

#include <array>

#include "engine/runtime/cuda/cublaslt_descriptors.h"
#include "engine/runtime/cuda/library.h"

namespace agon {
namespace {

class CublasLtDescriptors : public testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    functions_ = cublaslt_functions(why);
    if (functions_ == nullptr) GTEST_SKIP() << why;
    static const std::array<std::string, 2> kNames = {"libcublasLt.so.13", "libcublasLt.so.12"};
    read_ = reinterpret_cast<decltype(read_)>(
        find_function(open_library(kNames, why), "cublasLtMatmulDescGetAttribute"));
    ASSERT_NE(read_, nullptr);
  }

  std::int32_t attribute(const CublasLtOperation& operation,
                         cublasLtMatmulDescAttributes_t attribute) {
    std::int32_t value = -1;
    std::size_t written = 0;
    EXPECT_EQ(read_(operation, attribute, &value, sizeof value, &written), CUBLAS_STATUS_SUCCESS);
    return value;
  }

  const CublasLtFunctions* functions_ = nullptr;
  decltype(&cublasLtMatmulDescGetAttribute) read_ = nullptr;
};

TEST_F(CublasLtDescriptors, OnlyWhereItIsAskedForTF32IsMultiplied) {
  const auto compute_type = [&](ProductPrecision precision) {
    return attribute(product_operation(*functions_, precision, false, false),
                     CUBLASLT_MATMUL_DESC_COMPUTE_TYPE);
  };
  EXPECT_EQ(compute_type(ProductPrecision::F32), CUBLAS_COMPUTE_32F);
  EXPECT_EQ(compute_type(ProductPrecision::Tf32), CUBLAS_COMPUTE_32F_FAST_TF32);
  EXPECT_EQ(compute_type(ProductPrecision::Bf16), CUBLAS_COMPUTE_32F);
}

TEST_F(CublasLtDescriptors, NumbersAreScaledAndAddedInFloat32) {
  const CublasLtOperation operation =
      product_operation(*functions_, ProductPrecision::Tf32, true, false);
  EXPECT_EQ(attribute(operation, CUBLASLT_MATMUL_DESC_SCALE_TYPE), CUDA_R_32F);
  EXPECT_EQ(attribute(operation, CUBLASLT_MATMUL_DESC_TRANSA), CUBLAS_OP_T);
  EXPECT_EQ(attribute(operation, CUBLASLT_MATMUL_DESC_TRANSB), CUBLAS_OP_N);
}

}  // namespace
}  // namespace agon
