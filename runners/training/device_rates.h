#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/accelerator.h"
#include "graphs/experiment/training.h"

namespace agon {

class Backend;

/// How fast a device computes.
struct DeviceRates {
  double flops = 1;        // of large float32 matrix products, a second
  double bytes = 1;        // read and written by pointwise work, a second
  double instruction = 0;  // seconds that each takes beside
};

/// Of a training step, all its programs together: each instruction takes as long as its arithmetic
/// or its bytes do, whichever is more.
double estimated_seconds(const TrainingGraphs& training, const DeviceRates& rates);

/// Measured now, by programs of one product, of one pointwise op and of many small instructions;
/// some 100 ms and 200 MB.
DeviceRates measured_rates(Backend& backend, Device device);

/// Of the processors and of an accelerator, in this order: measured once for each machine and
/// number of lanes, then read from $XDG_CACHE_HOME/agon/rates.json (or .cache in the home
/// directory). Uses `accelerator` and gives it back.
std::vector<DeviceRates> device_rates(int lane_count, std::unique_ptr<Accelerator>& accelerator);

}  // namespace agon
