#pragma once
#include "engine/runtime/cpu/lanes.h"

namespace agon {

/// What this machine does at best on these lanes, measured now: what a step is held against.
struct MachineLimits {
  double gemm_gflops = 0;    // float32 matrix products of 2048 x 2048
  double copy_gb_per_s = 0;  // a = b + s c over arrays far larger than any cache, read and written
};

/// Takes about two seconds and 150 MiB.
MachineLimits measure_limits(Lanes& lanes);

}  // namespace agon
