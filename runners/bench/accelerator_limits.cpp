#include "runners/bench/machine_limits.h"

namespace agon {

MachineLimits measure_accelerator(Backend& backend, const RateSizes& sizes) {
  const DeviceRates rates = measured_rates(backend, sizes);
  return {rates.flops / 1e9, rates.bytes / 1e9};
}

}  // namespace agon
