#include "engine/runtime/cuda/context.h"

#include <fmt/format.h>

#include <array>

#include "engine/base/error.h"
#include "engine/runtime/cuda/convolution_library.h"
#include "engine/runtime/cuda/matmul_library.h"

namespace agon {

namespace {

constexpr int kOldestArchitecture = 75;

CUdevice device_of(const CudaDriver& driver, int number) {
  int count = 0;
  check(driver, driver.device_count(&count), "count of CUDA devices");
  if (number < 0 || number >= count) {
    throw Error(ExitCode::Unavailable,
                fmt::format("there is no cuda:{}: this machine has {} CUDA device{}", number, count,
                            count == 1 ? "" : "s"));
  }
  CUdevice device = 0;
  check(driver, driver.device_get(&device, number), fmt::format("look-up of cuda:{}", number));
  return device;
}

int attribute(const CudaDriver& driver, CUdevice device, CUdevice_attribute which) {
  int value = 0;
  check(driver, driver.device_attribute(&value, which, device), "attribute of a CUDA device");
  return value;
}

CudaProperties properties_of(const CudaDriver& driver, int number) {
  const CUdevice device = device_of(driver, number);
  CudaProperties p;
  std::array<char, 256> name{};
  check(driver, driver.device_name(name.data(), static_cast<int>(name.size()) - 1, device),
        "name of a CUDA device");
  p.model = name.data();
  p.architecture = 10 * attribute(driver, device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) +
                   attribute(driver, device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  p.multiprocessors = attribute(driver, device, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  check(driver, driver.driver_version(&p.driver), "version of the CUDA driver");
  check(driver, driver.device_memory(&p.memory_bytes, device), "memory of a CUDA device");
  if (p.architecture < kOldestArchitecture) {
    throw Error(ExitCode::Unavailable,
                fmt::format("cuda:{} ({}) has compute capability {}.{}; {}.{} or newer is needed",
                            number, p.model, p.architecture / 10, p.architecture % 10,
                            kOldestArchitecture / 10, kOldestArchitecture % 10));
  }
  return p;
}

}  // namespace

CudaContext::CudaContext(const CudaDriver& with_driver, int device_number,
                         std::unique_ptr<DeviceCompiler> compiler, Libraries libraries)
    : driver(with_driver),
      number(device_number),
      properties(properties_of(driver, number)),
      libraries_(libraries),
      device_(device_of(driver, number)),
      compiler_(std::move(compiler)),
      modules_(std::make_unique<DeviceModules>(driver, *compiler_, properties.architecture)) {
  check(driver, driver.context_retain(&context_, device_),
        fmt::format("start of cuda:{} ({})", number, properties.model));
  try {
    use();
  } catch (...) {
    driver.context_release(device_);
    throw;
  }
}

CudaContext::~CudaContext() {
  driver.context_set(context_);  // of a lost device nothing can be freed, nor needs to be
  convolution_.reset();
  matmul_.reset();
  modules_.reset();
  driver.context_set(nullptr);
  driver.context_release(device_);
}

void CudaContext::use() const {
  const CUresult result = driver.context_set(context_);
  if (result != CUDA_SUCCESS) check(driver, result, fmt::format("use of cuda:{}", number));
}

MatmulLibrary* CudaContext::matmul_library() {
  if (!matmul_ && why_no_matmul_.empty()) {
    if (libraries_ == Libraries::Open) {
      use();
      matmul_ = open_cublaslt(why_no_matmul_);
    } else {
      why_no_matmul_ = "opened without libraries";
    }
  }
  return matmul_.get();
}

ConvolutionLibrary* CudaContext::convolution_library() {
  if (!convolution_ && why_no_convolution_.empty()) {
    if (libraries_ == Libraries::Open) {
      use();
      convolution_ = open_cudnn(why_no_convolution_);
    } else {
      why_no_convolution_ = "opened without libraries";
    }
  }
  return convolution_.get();
}

}  // namespace agon
