#pragma once
#include "engine/runtime/cpu/lanes.h"
#include "runners/training/device_rates.h"

namespace agon {

/// What a device does at best, measured now: what a step is held against.
struct MachineLimits {
  double gemm_gflops = 0;    // large float32 matrix products
  double copy_gb_per_s = 0;  // a = b + s c over arrays far larger than any cache, read and written
};

/// Of the processors on these lanes, with products of 2048 x 2048. Takes about two seconds and 150
/// MiB.
MachineLimits measure_limits(Lanes& lanes);
/// Of the backend's accelerator, through the kernels that a step has there.
MachineLimits measure_accelerator(Backend& backend, const RateSizes& sizes);

}  // namespace agon
