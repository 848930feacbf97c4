#pragma once
#include <dnnl.hpp>

#include "engine/ir/type.h"
#include "ops/conv/conv2d.h"

namespace agon {

/// A convolution of x and w with result y, whichever of them is computed, as oneDNN is asked for
/// it: pictures as they lie, weights `w` as the primitive likes.
struct ConvLayouts {
  dnnl::memory::desc x, plain_w, w, y;

  ConvLayouts(const Type& x_type, const Type& w_type, const Type& y_type,
              dnnl::memory::data_type weights = dnnl::memory::data_type::f32);
};

dnnl::convolution_forward::primitive_desc forward(const ConvLayouts& l, const Conv2dAttrs& a);
/// `like`: the forward convolution of the same data types.
dnnl::convolution_backward_data::primitive_desc backward_data(
    const ConvLayouts& l, const Conv2dAttrs& a,
    const dnnl::convolution_forward::primitive_desc& like);
dnnl::convolution_backward_weights::primitive_desc backward_weights(const ConvLayouts& l,
                                                                    const Conv2dAttrs& a);

}  // namespace agon
