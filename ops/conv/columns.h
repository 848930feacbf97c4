#pragma once
#include "engine/runtime/kernel.h"
#include "ops/conv/conv2d.h"

namespace agon {

/// Most channels of a result for which columns are made. Other kernels leave vectors of 16 partly
/// empty there: measured against oneDNN's, input gradients of stride 2 are 2 to 12 times as fast up
/// to 4 channels, 2.6 at 8, 1.5 at 16, 1.1 at 32; of stride 1, and convolutions, 3 to 6 times up to
/// 4 channels, 1.5 at 8, 1.1 at 12, no faster at 16.
inline constexpr std::int64_t kFewStridedChannels = 16;
inline constexpr std::int64_t kFewChannels = 12;
/// The same of dy for weight gradients by columns.
inline constexpr std::int64_t kFewFilters = 4;
/// With stride 1, adding up costs more than the product saves below this many channels summed over.
inline constexpr std::int64_t kDeepChannels = 16;

/// conv2d_input_grad for pictures of few channels: one matrix product gives for every pixel of dy
/// its kh x kw x c contributions ("columns"), which are then added up row by row of dx. A task is a
/// band of rows of one picture, whose columns stay in the second cache.
Candidate prepare_input_grad_columns(const Node& node);
/// conv2d of stride 1 to few channels the same way, with the kernel mirrored. A 1 x 1 kernel is
/// refused: it is one product already.
Candidate prepare_conv2d_columns(const Node& node);
/// conv2d_weight_grad of such a convolution: the gradients each pixel meets, times the pixels.
Candidate prepare_weight_grad_columns(const Node& node);

}  // namespace agon
