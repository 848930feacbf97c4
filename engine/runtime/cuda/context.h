#pragma once
#include <memory>
#include <string>

#include "engine/runtime/cuda/driver.h"
#include "engine/runtime/cuda/modules.h"

namespace agon {

class MatmulLibrary;
class ConvolutionLibrary;

/// What a device is.
struct CudaProperties {
  std::string model;
  int architecture = 0;  // 90: compute capability 9.0
  int multiprocessors = 0;
  int driver = 0;  // 13000: CUDA 13.0
  std::size_t memory_bytes = 0;
};

/// What kernels of a device are prepared with, and run on.
class CudaContext {
 public:
  /// Takes device `number` into use. Throws Error(Unavailable) where there is none of that number,
  /// or one too old (below sm_75).
  enum class Libraries { Open, None };
  CudaContext(const CudaDriver& driver, int number, std::unique_ptr<DeviceCompiler> compiler,
              Libraries libraries = Libraries::Open);
  ~CudaContext();
  CudaContext(const CudaContext&) = delete;
  CudaContext& operator=(const CudaContext&) = delete;

  /// Makes the context that of the calling thread.
  void use() const;
  /// For what must not throw and therefore sets it itself.
  CUcontext handle() const { return context_; }

  const CudaDriver& driver;
  const int number;
  const CudaProperties properties;
  DeviceModules& modules() { return *modules_; }
  const DeviceCompiler& compiler() const { return *compiler_; }

  /// cuBLASLt and cuDNN, opened at the first call; null where they are not there, and why.
  MatmulLibrary* matmul_library();
  ConvolutionLibrary* convolution_library();
  const std::string& why_no_matmul_library() const { return why_no_matmul_; }
  const std::string& why_no_convolution_library() const { return why_no_convolution_; }

 private:
  Libraries libraries_;
  CUdevice device_ = 0;
  CUcontext context_ = nullptr;
  std::unique_ptr<DeviceCompiler> compiler_;
  std::unique_ptr<DeviceModules> modules_;
  std::unique_ptr<MatmulLibrary> matmul_;
  std::unique_ptr<ConvolutionLibrary> convolution_;
  std::string why_no_matmul_, why_no_convolution_;
};

}  // namespace agon
