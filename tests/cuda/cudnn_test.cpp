#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "engine/runtime/cuda/cudnn_convolution.h"

namespace agon {
namespace {

using Wanted = ConvolutionProblem::Wanted;
using Then = ConvolutionProblem::Then;

/// A device as cuDNN 9.8 and newer write one down (CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION), so
/// that plans can be made where it is not: an H100.
constexpr std::string_view kH100 = R"({"deviceName": "NVIDIA H100 80GB HBM3", "deviceVer": 900,
  "driverVer": 13000, "cudaDeviceId": 0, "pciDeviceId": 0, "multiProcessorCount": 132,
  "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64], "warpSize": 32,
  "regsPerBlock": 65536, "maxRegistersPerSM": 65536, "maxCtasPerSM": 32,
  "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 2048, "maxSharedMemoryPerBlock": 49152,
  "maxSharedMemoryPerBlockOptin": 232448, "reservedSharedMemoryPerBlock": 1024,
  "smClockRateKHz": 1980000, "memClockRateKHz": 2619000, "l2CacheSize": 52428800,
  "totalGlobalMem": 85520809984, "isTccDriver": 0, "supportCoopLaunch": 1})";

ConvolutionProblem problem(Wanted wanted, std::int64_t batch, std::int64_t in, std::int64_t size,
                           std::int64_t out, std::int64_t kernel, std::int64_t stride,
                           std::int64_t before, std::int64_t after) {
  const std::int64_t out_size = (size + before + after - kernel) / stride + 1;
  return {.wanted = wanted,
          .batch = batch,
          .in = in,
          .height = size,
          .width = size,
          .out = out,
          .out_height = out_size,
          .out_width = out_size,
          .kernel_height = kernel,
          .kernel_width = kernel,
          .stride_y = stride,
          .stride_x = stride,
          .pad_top = before,
          .pad_left = before,
          .pad_bottom = after,
          .pad_right = after};
}

/// Layers of the shipped experiments and one with TensorFlow's padding.
std::vector<ConvolutionProblem> layers() {
  std::vector<ConvolutionProblem> made;
  for (const Wanted wanted : {Wanted::Output, Wanted::InputGradient, Wanted::WeightGradient}) {
    made.push_back(problem(wanted, 64, 3, 64, 64, 4, 2, 1, 1));
    made.push_back(problem(wanted, 64, 64, 16, 128, 4, 2, 1, 1));
    made.push_back(problem(wanted, 64, 1, 28, 32, 5, 2, 2, 2));
    made.push_back(problem(wanted, 16, 512, 4, 1, 4, 1, 0, 0));
    made.push_back(problem(wanted, 4, 32, 16, 32, 3, 2, 0, 1));
  }
  return made;
}

class Cudnn : public testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    functions_ = cudnn_functions(why);
    if (functions_ == nullptr) GTEST_SKIP() << why;
  }

  /// Null where this version cannot read the description.
  const CudnnDescriptor* h100() {
    try {
      properties_.emplace(*functions_, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
      properties_->set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, std::span<const char>(kH100));
      properties_->finalize();
      return &*properties_;
    } catch (const CudnnFailed& failed) {
      why_no_h100_ = failed.why;
      return nullptr;
    }
  }

  const CudnnFunctions* functions_ = nullptr;
  std::optional<CudnnDescriptor> properties_;
  std::string why_no_h100_;
};

bool noted(const CudnnChoice& choice, cudnnBackendNumericalNote_t note) {
  return std::ranges::count(choice.numerics, note) > 0;
}

TEST_F(Cudnn, ConvolutionsAreGraphsWithoutADevice) {
  for (const ConvolutionProblem& layer : layers()) {
    try {
      EXPECT_EQ(convolution_graph(*functions_, {}, layer).parts.size(), 6U);
    } catch (const CudnnFailed& failed) {
      ADD_FAILURE() << failed.why;
    }
  }
}

TEST_F(Cudnn, SizesThatContradictOneAnotherAreRefusedInItsWords) {
  for (const Wanted wanted : {Wanted::Output, Wanted::InputGradient, Wanted::WeightGradient}) {
    ConvolutionProblem wrong = problem(wanted, 64, 64, 16, 128, 4, 2, 1, 1);
    wrong.out_width += 1;
    try {
      convolution_graph(*functions_, {}, wrong);
      ADD_FAILURE() << "nothing was refused";
    } catch (const CudnnFailed& failed) {
      EXPECT_TRUE(failed.why.starts_with("cuDNN: descriptor: CUDNN_STATUS_BAD_PARAM"))
          << failed.why;
    }
  }
}

TEST_F(Cudnn, AnH100HasPlansForEveryLayerInFloat32) {
  const CudnnDevice device{.properties = h100()};
  if (device.properties == nullptr) GTEST_SKIP() << why_no_h100_;
  for (const ConvolutionProblem& layer : layers()) {
    try {
      const CudnnGraph graph = convolution_graph(*functions_, device, layer);
      int planned = 0;
      for (const CudnnChoice& choice :
           proposed_engines(*functions_, device, graph, Then::Nothing)) {
        if (choice.compiles_code()) continue;  // that needs the driver
        if (!engine_refusal(choice, ProductPrecision::F32).empty()) continue;
        EXPECT_FALSE(noted(choice, CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC));
        EXPECT_FALSE(noted(choice, CUDNN_NUMERICAL_NOTE_TENSOR_CORE));
        const CudnnDescriptor plan = execution_plan(*functions_, device, choice);
        EXPECT_GE(plan.value<std::int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE), 0);
        ++planned;
      }
      EXPECT_GE(planned, 1);
    } catch (const CudnnFailed& failed) {
      ADD_FAILURE() << failed.why;
    }
  }
}

TEST_F(Cudnn, OnlyWhereItIsAskedForTF32IsMultiplied) {
  const CudnnDevice device{.properties = h100()};
  if (device.properties == nullptr) GTEST_SKIP() << why_no_h100_;
  const ConvolutionProblem layer = problem(Wanted::Output, 64, 64, 16, 128, 4, 2, 1, 1);
  const CudnnGraph graph = convolution_graph(*functions_, device, layer);
  int tensor_cores = 0;
  for (const CudnnChoice& choice : proposed_engines(*functions_, device, graph, Then::Nothing)) {
    if (!noted(choice, CUDNN_NUMERICAL_NOTE_TENSOR_CORE)) continue;
    EXPECT_EQ(engine_refusal(choice, ProductPrecision::F32), "multiplies TF32");
    if (engine_refusal(choice, ProductPrecision::Tf32).empty()) ++tensor_cores;
  }
  EXPECT_GE(tensor_cores, 1);
}

/// One kernel for a convolution, its bias and relu, without code that is compiled for it: there is
/// one for either precision, and it multiplies TF32 where that was asked for alone.
TEST_F(Cudnn, BiasAndReluAreDoneWithTheConvolution) {
  const CudnnDevice device{.properties = h100()};
  if (device.properties == nullptr) GTEST_SKIP() << why_no_h100_;
  for (const Then then : {Then::Bias, Then::BiasAndRelu}) {
    for (ConvolutionProblem layer : layers()) {
      if (layer.wanted != Wanted::Output) continue;
      layer.then = then;
      try {
        const CudnnGraph graph = convolution_graph(*functions_, device, layer);
        int plain = 0, tensor_cores = 0;
        for (const CudnnChoice& choice : proposed_engines(*functions_, device, graph, then)) {
          EXPECT_FALSE(choice.compiles_code());
          if (!engine_refusal(choice, ProductPrecision::Tf32).empty()) continue;
          const bool tf32 = noted(choice, CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
          EXPECT_EQ(engine_refusal(choice, ProductPrecision::F32), tf32 ? "multiplies TF32" : "");
          int& kind = tf32 ? tensor_cores : plain;
          if (kind++ > 0) continue;
          execution_plan(*functions_, device, choice);
        }
        EXPECT_GE(plain, 1);
        EXPECT_GE(tensor_cores, 1);
      } catch (const CudnnFailed& failed) {
        ADD_FAILURE() << failed.why;
      }
    }
  }
}

TEST(CudnnEngines, AreRefusedByWhatIsNotedOfThem) {
  std::string why;
  const CudnnFunctions* const functions = cudnn_functions(why);
  if (functions == nullptr) GTEST_SKIP() << why;
  const auto refusal = [&](cudnnBackendNumericalNote_t note, ProductPrecision precision) {
    return engine_refusal({.engine = {*functions, CUDNN_BACKEND_ENGINE_DESCRIPTOR},
                           .configuration = {*functions, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR},
                           .numerics = {CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP, note},
                           .behavior = {}},
                          precision);
  };
  for (const ProductPrecision any : {ProductPrecision::F32, ProductPrecision::Tf32}) {
    EXPECT_EQ(refusal(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC, any),
              "may give other bits in each run");
    EXPECT_EQ(refusal(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS, any),
              "rounds its operands to 16 bits");
    EXPECT_EQ(refusal(CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION, any), "adds up in 16 bits");
    EXPECT_EQ(refusal(CUDNN_NUMERICAL_NOTE_WINOGRAD, any),
              "has several times the errors of plain sums");
    EXPECT_EQ(refusal(CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP, any), "");
  }
}

TEST(CudnnEngines, WithoutADeviceTheLibrarySaysSo) {
  std::string why;
  if (cudnn_functions(why) == nullptr) GTEST_SKIP() << why;
  if (open_cudnn(why) != nullptr) GTEST_SKIP() << "there is a device";
  EXPECT_TRUE(why.starts_with("cuDNN: start: CUDNN_STATUS_")) << why;
}

}  // namespace
}  // namespace agon
