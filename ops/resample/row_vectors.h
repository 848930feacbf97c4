#pragma once
#include <cstdint>

namespace agon {

/// y[c] = sum over t < taps of weight[t] x[index[t] columns + c] for c < columns; 0 without taps.
using WeighRows = void (*)(const float* x, const std::int64_t* index, const float* weight,
                           std::int64_t taps, std::int64_t columns, float* y);

/// For this machine; null without AVX2.
WeighRows find_weigh_rows();

}  // namespace agon
