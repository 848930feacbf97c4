#pragma once
#include <cstdint>
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

/// Of what is measured with: square matrices, and an array that no cache holds.
struct RateSizes {
  std::int64_t side = 768;
  std::int64_t numbers = std::int64_t{1} << 24;
};
/// Measured now, by programs of one product, of one pointwise op and of many small instructions: of
/// the backend's accelerator where it has one, else of the processors.
DeviceRates measured_rates(Backend& backend, const RateSizes& sizes);

/// Of the processors and of an accelerator, in this order: measured once for each machine and
/// number of lanes, then read from $XDG_CACHE_HOME/agon/rates.json (or .cache in the home
/// directory). Uses `accelerator` and gives it back.
std::vector<DeviceRates> device_rates(int lane_count, std::unique_ptr<Accelerator>& accelerator);

}  // namespace agon
