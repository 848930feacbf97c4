#pragma once
#include <string>
#include <vector>

#include "graphs/words/layer_tables.h"

/// What words over pictures do, as layers and as functions. All throw GraphError without the word,
/// which layers and functions put in front.
namespace agon {

/// Pixels of a side. Beyond it the weights of a resampling have no room, and what is multiplied
/// with a side no 64 bits.
inline constexpr std::int64_t kLongestSide = 1 << 20;
/// The largest size, kernel, stride or border that can be written.
inline constexpr std::int64_t kLargestExtent = 1 << 14;

/// Throws GraphError for more than kLargestExtent.
std::int64_t checked_extent(std::int64_t n);
/// Throws GraphError for a picture with a side beyond kLongestSide.
void expect_sides(const Tensor& x);

/// [batch, channels, height, width], kept channels-last, and how a message shows it.
struct PictureTensor {
  Tensor x;
  std::string text;
};

/// The current value of a layer, for `work`; GraphErrors get the word in front.
Tensor with_picture(LayerCall& call, const std::string& word,
                    const std::function<Tensor(const PictureTensor& picture)>& work);
/// Argument 0 of a function. Throws GraphError "expects [batch, channels, height, width], got
/// [64]".
PictureTensor picture_argument(const FunctionCall& call);

/// Ways to choose new pixels: nearest, bilinear, bicubic, area.
const std::vector<std::string>& resize_rules();

/// Another height and width; `by` is one of resize_rules() (ops/resample says which pixels count).
Tensor resized(const PictureTensor& picture, const Extents& size, const std::string& by);
Tensor upsampled(const PictureTensor& picture, std::int64_t factor, const std::string& by);
/// Binomial weights of `kernel` (odd) pixels along rows and columns, zeros around.
Tensor blurred(const PictureTensor& picture, std::int64_t kernel);
/// `sizes`: n on each side, [rows, columns] or [top, bottom, left, right]; `mode`: zeros, reflect
/// or replicate.
Tensor padded(const PictureTensor& picture, const std::vector<std::int64_t>& sizes,
              const std::string& mode);
/// [channels factor^2, h, w] to [channels, h factor, w factor] in PyTorch's order, and back.
Tensor depth_to_space(const PictureTensor& picture, std::int64_t factor);
Tensor space_to_depth(const PictureTensor& picture, std::int64_t factor);

struct PoolWindows {
  Extents kernel;
  Extents stride;
  Extents padding;
  bool ceil = false;
};
Tensor max_pooled(const PictureTensor& picture, const PoolWindows& windows);
Tensor average_pooled(const PictureTensor& picture, const PoolWindows& windows);

}  // namespace agon
