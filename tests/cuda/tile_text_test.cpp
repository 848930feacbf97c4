#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "engine/runtime/cuda/compiler.h"
#include "ops/gemm/tile_text_cuda.h"
#include "ops/matmul/matmul.h"
#include "ops/matmul/tiles_cuda.h"
#include "tests/ops/harness_checks.h"

namespace agon {
namespace {

class TileText : public testing::Test {
 protected:
  GeneratedKernel matmul_of(std::int64_t m, std::int64_t k, std::int64_t n) {
    const Value a = graph_.input(fmt::format("a{}", ++made_), {DType::F32, {m, k}}),
                b = graph_.input(fmt::format("b{}", made_), {DType::F32, {k, n}});
    const Node& node = *matmul(a, b).node;
    return tile_kernel(node, matmul_tiles(node));
  }
  static bool says(const GeneratedKernel& kernel, const std::string& words) {
    return kernel.functions.at(0).code.find(words) != std::string::npos;
  }

  Graph graph_{op_cases::all_ops()};
  int made_ = 0;
};

TEST_F(TileText, ManyResultsAreNotSplit) {
  const GeneratedKernel kernel = matmul_of(2048, 500, 2048);
  ASSERT_EQ(kernel.functions.size(), 1U);
  EXPECT_EQ(kernel.scratch_bytes, 0U);
  EXPECT_EQ(kernel.functions[0].blocks, 16 * 16);  // of 128 x 128
}

TEST_F(TileText, FewResultsOfLongSumsAreSplitAndJoined) {
  const GeneratedKernel kernel = matmul_of(64, 6400, 64);
  ASSERT_EQ(kernel.functions.size(), 2U);
  EXPECT_EQ(kernel.functions[0].blocks, 100);  // slices of 64 terms
  EXPECT_EQ(kernel.scratch_bytes, 100U * 64 * 64 * 4);
}

TEST_F(TileText, NoSumIsLongerThan4096Terms) {
  const GeneratedKernel kernel = matmul_of(2048, 5000, 2048);
  EXPECT_EQ(kernel.functions.size(), 2U);
  EXPECT_TRUE(says(kernel, "kSlices = 2, kSliceTerms = 2504;"));
}

TEST_F(TileText, WhereThereIsNothingToAddZerosAreWritten) {
  EXPECT_EQ(matmul_of(3, 0, 4).functions.size(), 1U);
}

TEST_F(TileText, WhereThereAreNoResultsNothingIsLaunched) {
  EXPECT_TRUE(matmul_of(0, 5, 4).functions.empty());
}

TEST_F(TileText, LargeTensorsAreCountedIn64Bits) {
  EXPECT_TRUE(says(matmul_of(64, 64, 64), "using index = int;"));
  const GeneratedKernel kernel = matmul_of(70000, 40000, 64);
  EXPECT_TRUE(says(kernel, "using index = i64;"));
  std::string source(device_prelude());
  for (const DeviceFunction& function : kernel.functions) source += function_text(function);
  try {
    const auto compiler = nvrtc();
    EXPECT_NO_THROW(compiler->compile(source, 90));
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
}

}  // namespace
}  // namespace agon
