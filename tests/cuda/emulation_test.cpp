#include "tests/cuda/emulation.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <numeric>

namespace agon::emulation {
namespace {

const CudaDriver& d = driver();

void expect_ok(CUresult result) {
  const char* text = "";
  d.error_text(result, &text);
  ASSERT_EQ(result, CUDA_SUCCESS) << text;
}

std::string error_text(CUresult result) {
  const char* text = "";
  d.error_text(result, &text);
  return text;
}

/// One kernel of the text given, its arguments pointers to floats.
class Kernel {
 public:
  explicit Kernel(const std::string& code, int threads = 256)
      : path_(compiler_->compile(
            "#define AGON_DEVICE inline\nextern \"C\" __global__ void __launch_bounds__(" +
                std::to_string(threads) + ")\nf1(const float* in0, float* out0, char* scratch) {" +
                code + "}\n",
            90)) {
    expect_ok(d.module_load(&module_, path_.c_str()));
    expect_ok(d.module_function(&function_, module_, "f1"));
  }
  ~Kernel() { d.module_unload(module_); }
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  CUresult launch(CUdeviceptr in, CUdeviceptr out, unsigned blocks = 1, unsigned threads = 256,
                  CUstream stream = nullptr) {
    CUdeviceptr scratch = 0;
    std::array<void*, 3> arguments{&in, &out, &scratch};
    return d.launch(function_, blocks, 1, 1, threads, 1, 1, 0, stream, arguments.data(), nullptr);
  }

 private:
  std::unique_ptr<DeviceCompiler> compiler_ = compiler();
  std::string path_;
  CUmodule module_ = nullptr;
  CUfunction function_ = nullptr;
};

/// Floats of the device.
class Floats {
 public:
  explicit Floats(std::size_t count) : count_(count) {
    expect_ok(d.allocate(&address, count * sizeof(float)));
  }
  explicit Floats(const std::vector<float>& values) : Floats(values.size()) {
    expect_ok(d.copy_async(address, reinterpret_cast<CUdeviceptr>(values.data()),
                           count_ * sizeof(float), nullptr));
  }
  ~Floats() { d.release(address); }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;

  std::vector<float> values() const {
    std::vector<float> got(count_);
    expect_ok(d.copy_async(reinterpret_cast<CUdeviceptr>(got.data()), address,
                           count_ * sizeof(float), nullptr));
    return got;
  }

  CUdeviceptr address = 0;

 private:
  std::size_t count_;
};

class Emulation : public testing::Test {
 protected:
  Emulation() { d.context_set(reinterpret_cast<CUcontext>(1)); }
  ~Emulation() override {
    set_order(0);
    fail_at(0, CUDA_SUCCESS);
    EXPECT_EQ(left_over(), "");
  }
};

std::vector<float> counted(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

TEST_F(Emulation, RunsEveryThreadOfEveryBlock) {
  Kernel twice("const int i = blockIdx.x * 256 + threadIdx.x; if (i < 600) out0[i] = 2 * in0[i];");
  const Floats in(counted(600)), out(600);
  for (const std::uint64_t seed : {0, 1}) {
    set_order(seed);
    take_counts();
    expect_ok(twice.launch(in.address, out.address, 3));
    EXPECT_EQ(take_counts().kernels, 1);
    const std::vector<float> got = out.values();
    for (std::size_t i = 0; i < got.size(); ++i)
      ASSERT_EQ(got[i], 2 * static_cast<float>(i + 1)) << i;
  }
}

TEST_F(Emulation, ThreadsOfABlockWaitForOneAnother) {
  Kernel sums(R"(
    __shared__ float part[256];
    part[threadIdx.x] = in0[blockIdx.x * 256 + threadIdx.x];
    __syncthreads();
    for (int half = 128; half > 0; half /= 2) {
      if (threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
      __syncthreads();
    }
    if (threadIdx.x == 0) out0[blockIdx.x] = part[0];)");
  const Floats in(counted(512)), out(2);
  for (const std::uint64_t seed : {0, 1}) {
    set_order(seed);
    expect_ok(sums.launch(in.address, out.address, 2));
    EXPECT_EQ(out.values(), (std::vector<float>{32896, 98432}));
  }
}

TEST_F(Emulation, SeesAThreadThatDoesNotWait) {
  Kernel some("if (threadIdx.x < 100) __syncthreads();");
  const Floats in(1), out(1);
  EXPECT_EQ(some.launch(in.address, out.address), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(error_text(CUDA_ERROR_LAUNCH_FAILED),
            "f1: block 0: 156 threads of a block of 256 ended where 100 wait in __syncthreads()");
}

TEST_F(Emulation, SeesWhatIsBesideAnArray) {
  Kernel beyond("__shared__ float part[16]; part[threadIdx.x] = 1; out0[0] = part[0];");
  const Floats in(1), out(1);
  EXPECT_EQ(beyond.launch(in.address, out.address), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(beyond.launch(in.address, out.address, 1, 16), CUDA_SUCCESS);
  Kernel skewed("((float4*)(in0 + 1))->x = 1;");
  EXPECT_EQ(skewed.launch(in.address, out.address, 1, 1), CUDA_ERROR_LAUNCH_FAILED);
  Kernel outside("out0[threadIdx.x] = 1;");
  EXPECT_EQ(outside.launch(in.address, out.address, 1, 1), CUDA_SUCCESS);
  EXPECT_EQ(outside.launch(in.address, out.address, 1, 2), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(error_text(CUDA_ERROR_ILLEGAL_ADDRESS),
            "f1: wrote beside the allocation that argument 1 points to");
  EXPECT_EQ(d.release(out.address), CUDA_ERROR_ILLEGAL_ADDRESS);
}

}  // namespace
}  // namespace agon::emulation
