#include "engine/runtime/cuda/open.h"

#include "engine/base/error.h"
#include "engine/runtime/cuda/accelerator.h"

namespace agon {

std::unique_ptr<Accelerator> open_cuda(int number) {
  const CudaDriver& driver = cuda_driver();
  int version = 0;
  check(driver, driver.driver_version(&version), "version of the CUDA driver");
  std::unique_ptr<DeviceCompiler> compiler = nvrtc(version);
  const std::filesystem::path folder = kept_folder();
  if (!folder.empty()) compiler = kept(std::move(compiler), folder);
  return cuda_accelerator(std::make_unique<CudaContext>(driver, number, std::move(compiler)));
}

std::unique_ptr<Accelerator> cuda_accelerator(std::unique_ptr<CudaContext> context) {
  return std::make_unique<CudaAccelerator>(std::move(context));
}

bool has_cuda(std::string& why) {
  try {
    cuda_driver();
    nvrtc();
    return true;
  } catch (const std::exception& failure) {
    why = failure.what();
    return false;
  }
}

CudaContext& cuda_context(Accelerator& accelerator) {
  auto* cuda = dynamic_cast<CudaAccelerator*>(&accelerator);
  if (cuda == nullptr) throw InternalError(accelerator.name() + " is no CUDA device");
  return cuda->context();
}

}  // namespace agon
