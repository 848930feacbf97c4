#include "engine/runtime/cuda/driver.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/base/error.h"
#include "engine/runtime/cuda/open.h"

namespace agon {
namespace {

// What the driver's functions answer in these tests.
int version = 13000;
int devices = 1;
CUresult started = CUDA_SUCCESS;

void* find(const std::string& name) {
  static const std::map<std::string, void*> functions = {
      {"cuInit", reinterpret_cast<void*>(+[](unsigned) { return started; })},
      {"cuDriverGetVersion", reinterpret_cast<void*>(+[](int* answer) {
         *answer = version;
         return CUDA_SUCCESS;
       })},
      {"cuDeviceGetCount", reinterpret_cast<void*>(+[](int* answer) {
         *answer = devices;
         return CUDA_SUCCESS;
       })},
      {"cuGetErrorName", reinterpret_cast<void*>(+[](CUresult result, const char** answer) {
         *answer = result == CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ? "CUDA_ERROR_DRIVER" : nullptr;
         return *answer == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
       })},
      {"cuGetErrorString", reinterpret_cast<void*>(+[](CUresult, const char** answer) {
         *answer = "some words";
         return CUDA_SUCCESS;
       })}};
  const auto it = functions.find(name);
  static int other = 0;
  return it == functions.end() ? &other : it->second;
}

class Driver : public testing::Test {
 protected:
  void SetUp() override {
    version = 13000;
    devices = 1;
    started = CUDA_SUCCESS;
  }
  static void expect_unavailable(const std::string& message, const std::string& without = "") {
    try {
      start_driver([&](const char* name) { return name == without ? nullptr : find(name); });
      ADD_FAILURE() << "started";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::Unavailable);
      EXPECT_EQ(error.what(), message);
    }
  }
};

TEST_F(Driver, FindsFunctionsInTheirPresentForm) {
  std::set<std::string> names;
  start_driver([&](const char* name) {
    names.insert(name);
    return find(name);
  });
  for (const char* name :
       {"cuMemAlloc_v2", "cuMemFree_v2", "cuStreamBeginCapture_v2", "cuEventDestroy_v2",
        "cuStreamDestroy_v2", "cuDeviceTotalMem_v2", "cuDevicePrimaryCtxRelease_v2",
        "cuMemGetInfo_v2", "cuGraphInstantiateWithFlags", "cuMemHostAlloc", "cuLaunchKernel"})
    EXPECT_EQ(names.count(name), 1u) << name;
  EXPECT_EQ(names.size() * sizeof(void*), sizeof(CudaDriver)) << "a function is not looked for";
}

TEST_F(Driver, MayNotBeTooOld) {
  version = 12040;
  expect_unavailable("the NVIDIA driver of this machine is for CUDA 12.4; 12.8 or newer is needed");
  expect_unavailable("the NVIDIA driver of this machine is for CUDA 12.4; 12.8 or newer is needed",
                     "cuMemAllocManaged");
  version = 12080;
  start_driver(find);
}

TEST_F(Driver, MustHaveAllFunctions) {
  expect_unavailable("the NVIDIA driver of this machine has no cuMemAlloc_v2", "cuMemAlloc_v2");
}

TEST_F(Driver, MustHaveADevice) {
  const char* none = "this machine has an NVIDIA driver, but no CUDA device that it may use";
  started = CUDA_ERROR_NO_DEVICE;
  expect_unavailable(none);
  started = CUDA_SUCCESS;
  devices = 0;
  expect_unavailable(none);
}

TEST_F(Driver, MustStart) {
  started = CUDA_ERROR_SYSTEM_DRIVER_MISMATCH;
  expect_unavailable("the NVIDIA driver does not start: some words (CUDA_ERROR_DRIVER)");
}

TEST_F(Driver, FailuresAreTheDevicesOrOurs) {
  const CudaDriver driver = start_driver(find);
  check(driver, CUDA_SUCCESS, "nothing");
  for (const CUresult result :
       {CUDA_ERROR_OUT_OF_MEMORY, CUDA_ERROR_DEVICE_UNAVAILABLE, CUDA_ERROR_ECC_UNCORRECTABLE,
        CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, CUDA_ERROR_UNKNOWN}) {
    try {
      check(driver, result, "a call");
      ADD_FAILURE() << result;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::Unavailable) << result;
    }
  }
  for (const CUresult result :
       {CUDA_ERROR_INVALID_VALUE, CUDA_ERROR_ILLEGAL_ADDRESS, CUDA_ERROR_LAUNCH_FAILED})
    EXPECT_THROW(check(driver, result, "a call"), InternalError) << result;
}

TEST_F(Driver, FailuresAreNamed) {
  const CudaDriver driver = start_driver(find);
  const auto words = [&](CUresult result) -> std::string {
    try {
      check(driver, result, "copy of a tensor");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(words(CUDA_ERROR_SYSTEM_DRIVER_MISMATCH),
            "copy of a tensor: some words (CUDA_ERROR_DRIVER)");
  EXPECT_EQ(words(CUDA_ERROR_INVALID_VALUE), "copy of a tensor: CUDA error 1");
}

TEST(OpenCuda, SaysWhatIsMissing) {
  std::string why;
  if (has_cuda(why)) GTEST_SKIP() << "this machine has a CUDA device";
  try {
    open_cuda(0);
    FAIL() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.code()), 69);
    EXPECT_EQ(error.what(), why);
    EXPECT_EQ(why.find('\n'), std::string::npos);
    EXPECT_TRUE(why.find("NVIDIA driver") != std::string::npos ||
                why.find("NVRTC") != std::string::npos)
        << why;
  }
}

}  // namespace
}  // namespace agon
