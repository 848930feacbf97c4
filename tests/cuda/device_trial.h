#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "engine/runtime/cuda/context.h"
#include "tests/cuda/device_cases.h"

namespace agon::op_cases {

using Bytes = std::vector<std::byte>;

/// Memory of a device, emulated or real, between two zones that no kernel may write. The calling
/// thread uses the context; work is put into the default stream.
class DeviceTensor {
 public:
  DeviceTensor(const CudaDriver& driver, std::size_t bytes);
  ~DeviceTensor();
  DeviceTensor(DeviceTensor&& other) noexcept;
  DeviceTensor& operator=(DeviceTensor&&) = delete;

  void fill(int byte);
  void put(const Bytes& contents);
  /// Waits for everything before it. Throws InternalError where a zone was written.
  Bytes contents() const;
  void* data() const;  // 64-byte aligned

 private:
  void copy(CUdeviceptr to, CUdeviceptr from, std::size_t bytes) const;

  const CudaDriver& driver_;
  std::size_t bytes_;
  CUdeviceptr begin_ = 0;  // of the first zone
};

struct TrialResult {
  std::string wrong;  // or ""
  double worst = 0;   // the largest error, as a share of what is allowed
};

/// Runs the kernel on the device of the context, as harness.h says for kernels of the processors:
/// it agrees with the reference; gives the same bits twice, whatever lay in outputs and scratch
/// before, on the emulated device whichever thread and block comes first, and in place where it
/// allows that; writes nothing but outputs and scratch.
TrialResult check_on_device(CudaContext& context, const DeviceCase& c, DeviceCase::Taken& taken);

}  // namespace agon::op_cases
