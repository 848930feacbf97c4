#pragma once
#include "ops/conv/conv2d.h"

namespace agon {

/// Attributes of `conv2d_bias`, `conv2d_tf32_bias` and `conv2d_bf16_bias`: those of the convolution
/// that each is named after, to which b [1, 1, 1, o] is added, and whether relu comes after that.
struct Conv2dBiasAttrs : Conv2dAttrs {
  bool relu = false;
  static constexpr auto fields() {
    return std::tuple_cat(Conv2dAttrs::fields(), std::tuple{field("relu", &Conv2dBiasAttrs::relu)});
  }
  bool operator==(const Conv2dBiasAttrs&) const = default;
};

}  // namespace agon
