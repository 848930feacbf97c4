// Loops as text: how they are split, and what is written.
#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "engine/base/philox.h"
#include "engine/runtime/cuda/compiler.h"
#include "ops/device_loop/loop_functions.h"
#include "ops/device_loop/split.h"

namespace agon {
namespace {

using Is = LoopValue::Is;

/// y = (x - mean) * 2, and the sum of y over `axes`, if there are any.
DeviceLoop centred(const Shape& shape, const Shape& mean, const std::vector<std::int64_t>& axes) {
  DeviceLoop loop{.shape = shape};
  loop.inputs = {{{"in0"}, shape}, {{"in1"}, mean}};
  loop.values = {{.is = Is::Input, .input = 0},
                 {.is = Is::Input, .input = 1},
                 {.is = Is::Number, .number = 2},
                 {.op = "sub", .operands = {0, 1}},
                 {.op = "mul", .operands = {3, 2}}};
  loop.stores = {{4, {"out0"}}};
  if (!axes.empty()) loop.folds = {{Fold::Sum, 4, axes, {"out1"}}};
  return loop;
}

std::vector<DeviceFunction> functions_of(const DeviceLoop& loop) {
  const std::vector<DType> out(1 + loop.folds.size(), DType::F32);
  return loop_functions(loop, {{DType::F32, DType::F32}, out}).functions;
}

TEST(DeviceLoop, ReadsAsAPersonWouldWriteIt) {
  const auto functions = functions_of(centred({64, 32}, {1, 32}, {}));
  ASSERT_EQ(functions.size(), 1u);
  EXPECT_EQ(functions[0].blocks, 2);
  EXPECT_EQ(functions[0].threads, 256);
  EXPECT_EQ(functions[0].code, R"(  const u32 i = (blockIdx.x * 256 + threadIdx.x) * 4;
  const Four v0 = four_at(in0 + i);
  const Four v1 = four_at(in1 + i % 32);
  Four y0;
  for (u32 k = 0; k < 4; ++k) {
    const float v3 = v0.at[k] - v1.at[k];
    const float v4 = v3 * 2.0f;
    y0.at[k] = v4;
  }
  put_four(out0 + i, y0);
)");
}

TEST(DeviceLoop, ReadsWhatDoesNotChangeBeforeItGoesAlong) {
  const auto functions = functions_of(centred({3, 500}, {3, 1}, {1}));
  ASSERT_EQ(functions.size(), 1u);
  EXPECT_EQ(functions[0].blocks, 1);
  EXPECT_EQ(functions[0].threads, 96);
  EXPECT_EQ(functions[0].code, R"(  __shared__ float s0[96];
  const u32 lane = threadIdx.x % 32;
  const u32 o = threadIdx.x / 32;
  float t0[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  const float v1 = in1[o];
  for (u32 r = lane * 4; r < 500; r += 128) {
    const u32 i = o * 500 + r;
    const Four v0 = four_at(in0 + i);
    Four y0;
    for (u32 k = 0; k < 4; ++k) {
      const float v3 = v0.at[k] - v1;
      const float v4 = v3 * 2.0f;
      t0[k] += v4;
      y0.at[k] = v4;
    }
    put_four(out0 + i, y0);
  }
  s0[threadIdx.x] = (t0[0] + t0[1]) + (t0[2] + t0[3]);
  sum_lanes<96, 32, 1, 1>(s0, threadIdx.x, lane);
  if (lane == 0) {
    out1[o] = s0[threadIdx.x];
  }
)");
}

TEST(DeviceLoop, LongFoldsAreJoinedByASecondFunction) {
  EXPECT_EQ(functions_of(centred({100000}, {1}, {0})).size(), 2u);
  EXPECT_EQ(functions_of(centred({64, 64, 64}, {1, 1, 64}, {0, 1})).size(), 2u);
  EXPECT_EQ(functions_of(centred({64, 1000}, {1, 1}, {1})).size(), 1u);
  EXPECT_EQ(functions_of(centred({6, 7, 8, 9}, {1, 1, 1, 1}, {0, 2})).size(), 3u) << "apart";
}

TEST(DeviceLoop, CountsInSixtyFourBitsWhereItMust) {
  const Shape large{1 << 16, 1 << 16};
  const auto functions = functions_of(centred(large, {1, 1 << 16}, {0}));
  EXPECT_NE(functions[0].code.find("const u64 i = r * 65536 + c;"), std::string::npos)
      << functions[0].code;
  EXPECT_EQ(functions_of(centred({1 << 15, 1 << 15}, {1, 1}, {}))[0].code.find("u64"),
            std::string::npos);
}

TEST(DeviceLoop, NothingIsDoneForNoElements) {
  EXPECT_EQ(functions_of(centred({0, 5}, {1, 5}, {})).size(), 0u);
  EXPECT_EQ(functions_of(centred({5, 0}, {5, 1}, {0})).size(), 0u);
}

TEST(DeviceLoop, SplitsCoverEverything) {
  RandomStream random(1, "splits");
  const auto size = [&] {
    const std::uint32_t bits = random.below(12);
    return std::int64_t{1} + random.below(1u << bits) + (random.below(8) == 0 ? 60000 : 0);
  };
  for (int trial = 0; trial < 20000; ++trial) {
    const FoldForm form{size(), size(), random.below(3) == 0 ? 1 : size()};
    const bool may_chunk = random.below(4) > 0;
    const LoopSplit s = split_of(form, true, random.below(2) == 0, may_chunk);
    ASSERT_GE(s.tiles * s.across, s.places());
    ASSERT_LT((s.tiles - 1) * s.across, s.places());
    ASSERT_GE(s.chunks * s.chunk_units(), s.units());
    ASSERT_LT((s.chunks - 1) * s.chunk_units(), s.units()) << "an empty chunk";
    ASSERT_LE(s.threads(), 256);
    ASSERT_GE(s.threads(), 1);
    ASSERT_LE(may_chunk ? s.steps : 0, kMostSteps);
    ASSERT_LE(s.chunks, may_chunk ? s.chunks : 1);
    ASSERT_EQ((s.rows ? form.reduced : form.inner) % s.unit, 0);
  }
}

TEST(DeviceLoop, FourNeighboursAreReadAtOnce) {
  std::unique_ptr<DeviceCompiler> compiler;
  try {
    compiler = nvrtc();
  } catch (const Error& missing) {
    GTEST_SKIP() << missing.what();
  }
  for (const auto& axes : std::vector<std::vector<std::int64_t>>{{}, {0}, {1}}) {
    std::string source(device_prelude());
    for (const DeviceFunction& f : functions_of(centred({4096, 64}, {1, 64}, axes)))
      source += function_text(f);
    const std::string text = compiler->compile(source, 999);
    EXPECT_NE(text.find("ld.global.v4"), std::string::npos) << text;
    EXPECT_NE(text.find("st.global.v4"), std::string::npos) << text;
    EXPECT_EQ(text.find(".local"), std::string::npos) << "the four lie in memory: " << text;
  }
  std::string source(device_prelude());
  for (const DeviceFunction& f : functions_of(centred({1 << 16, 1 << 16}, {1, 1 << 16}, {0})))
    source += function_text(f);
  EXPECT_NO_THROW(compiler->compile(source, 90));
}

}  // namespace
}  // namespace agon
