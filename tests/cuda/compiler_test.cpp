#include "engine/runtime/cuda/compiler.h"

#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "engine/runtime/cuda/device_function.h"

namespace agon {
namespace {

/// The library of this machine, or why there is none.
std::unique_ptr<DeviceCompiler> library(std::string& why) {
  try {
    return nvrtc();
  } catch (const Error& missing) {
    EXPECT_EQ(missing.code(), ExitCode::Unavailable);
    why = missing.what();
    return nullptr;
  }
}

std::string source(const std::string& code) {
  const DeviceFunction function{
      .code = code, .in = {DType::F32, DType::F32}, .out = {DType::F32}, .blocks = 4};
  return std::string(device_prelude()) + function_text(function);
}

const char* const kProduct =
    "  const i64 i = thread_of(blockIdx.x, 256, threadIdx.x);\n"
    "  out0[i] = in0[i] * in1[i] + in1[i];\n";

class NvrtcFor : public testing::TestWithParam<int> {};

TEST_P(NvrtcFor, MakesABinary) {
  std::string why;
  const auto compiler = library(why);
  if (!compiler) GTEST_SKIP() << why;
  const std::string image = compiler->compile(source(kProduct), GetParam());
  EXPECT_EQ(image.substr(0, 4),
            "\x7f"
            "ELF");
}

INSTANTIATE_TEST_SUITE_P(Architectures, NvrtcFor, testing::Values(75, 80, 86, 89, 90, 100, 120));

TEST(Nvrtc, SaysItsVersionAndWhatItIsTold) {
  std::string why;
  const auto compiler = library(why);
  if (!compiler) GTEST_SKIP() << why;
  EXPECT_EQ(compiler->version().substr(0, 7), "nvrtc 1");
  EXPECT_NE(compiler->version().find("--fmad=false"), std::string::npos);
}

TEST(Nvrtc, GivesTextForArchitecturesItDoesNotKnow) {
  std::string why;
  const auto compiler = library(why);
  if (!compiler) GTEST_SKIP() << why;
  EXPECT_NE(compiler->compile(source(kProduct), 999).find(".target sm_"), std::string::npos);
}

TEST(Nvrtc, RefusesArchitecturesOlderThanItKnows) {
  std::string why;
  const auto compiler = library(why);
  if (!compiler) GTEST_SKIP() << why;
  try {
    compiler->compile(source(kProduct), 20);
    FAIL() << "compiled for sm_20";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::Unavailable);
    EXPECT_NE(std::string(error.what()).find("sm_20"), std::string::npos) << error.what();
  }
}

TEST(Nvrtc, RoundsAsWritten) {
  std::string why;
  const auto compiler = library(why);
  if (!compiler) GTEST_SKIP() << why;
  const std::string text = compiler->compile(
      source("  out0[threadIdx.x] = in0[0] * in1[0] + in1[1] / sqrtf(in0[threadIdx.x]);\n"), 999);
  EXPECT_NE(text.find("div.rn.f32"), std::string::npos) << text;
  EXPECT_NE(text.find("sqrt.rn.f32"), std::string::npos) << text;
  EXPECT_EQ(text.find("fma"), std::string::npos) << text;
  EXPECT_EQ(text.find(".ftz"), std::string::npos) << text;
}

TEST(Nvrtc, NamesTheLineOfAMistake) {
  std::string why;
  const auto compiler = library(why);
  if (!compiler) GTEST_SKIP() << why;
  try {
    compiler->compile("void good() {}\nvoid bad() { missing(); }\n", 90);
    FAIL() << "compiled";
  } catch (const InternalError& error) {
    EXPECT_NE(std::string(error.what()).find("agon.cu(2)"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("\"missing\""), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace agon
