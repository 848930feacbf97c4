#include <algorithm>
#include <chrono>
#include <dnnl.hpp>
#include <vector>

#include "engine/runtime/variables.h"
#include "runners/bench/machine_limits.h"

namespace agon {

namespace {

constexpr double kSecondsEach = 0.5;
constexpr int kFewestRuns = 5;

/// Seconds of the fastest of at least kFewestRuns runs in at least kSecondsEach.
template <class Work>
double fastest(Lanes& lanes, Work work) {
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;
  double best = 0;
  const auto start = Clock::now();
  for (int run = 0; run < kFewestRuns || Seconds(Clock::now() - start).count() < kSecondsEach;
       ++run) {
    const auto begin = Clock::now();
    lanes.run(work);
    const double seconds = Seconds(Clock::now() - begin).count();
    best = run == 0 ? seconds : std::min(best, seconds);
  }
  return best;
}

double measure_gemm(Lanes& lanes) {
  constexpr dnnl_dim_t kSize = 2048;
  std::vector<float> a(kSize * kSize, 0.5f), b(kSize * kSize, 0.25f), c(kSize * kSize);
  const double seconds = fastest(lanes, [&] {
    dnnl::sgemm('N', 'N', kSize, kSize, kSize, 1, a.data(), kSize, b.data(), kSize, 0, c.data(),
                kSize);
  });
  return 2.0 * kSize * kSize * kSize / seconds / 1e9;
}

double measure_copy(Lanes& lanes) {
  constexpr std::int64_t kCount = std::int64_t{12} << 20;
  constexpr std::int64_t kPiece = std::int64_t{1} << 16;
  constexpr std::size_t kBytes = kCount * sizeof(float);
  const Buffer to(kBytes), x(kBytes), y(kBytes);
  const auto* in_x = static_cast<const float*>(x.data());
  const auto* in_y = static_cast<const float*>(y.data());
  auto* out = static_cast<float*>(to.data());
  const double seconds = fastest(lanes, [&] {
    parallel_for(kCount, kPiece, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) out[i] = in_x[i] + 0.5f * in_y[i];
    });
  });
  return 3.0 * static_cast<double>(kBytes) / seconds / 1e9;
}

}  // namespace

MachineLimits measure_limits(Lanes& lanes) {
  return {measure_gemm(lanes), measure_copy(lanes)};
}

}  // namespace agon
