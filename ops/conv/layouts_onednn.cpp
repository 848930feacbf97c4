#include "ops/conv/layouts_onednn.h"

#include "engine/runtime/cpu/onednn.h"

namespace agon {

namespace {
constexpr auto kDirect = dnnl::algorithm::convolution_direct;

dnnl::memory::dims strides(const Conv2dAttrs& a) {
  return {a.stride_h, a.stride_w};
}
dnnl::memory::dims before(const Conv2dAttrs& a) {
  return {a.pad_top, a.pad_left};
}
dnnl::memory::dims after(const Conv2dAttrs& a) {
  return {a.pad_bottom, a.pad_right};
}
}  // namespace

ConvLayouts::ConvLayouts(const Type& x_type, const Type& w_type, const Type& y_type,
                         dnnl::memory::data_type weights)
    : x(onednn::dense(x_type, {0, 3, 1, 2})),
      plain_w(onednn::dense(w_type, {0, 3, 1, 2})),
      w(plain_w.get_dims(), weights, dnnl::memory::format_tag::any),
      y(onednn::dense(y_type, {0, 3, 1, 2})) {}

dnnl::convolution_forward::primitive_desc forward(const ConvLayouts& l, const Conv2dAttrs& a) {
  return {onednn::engine(),
          dnnl::prop_kind::forward_training,
          kDirect,
          l.x,
          l.w,
          l.y,
          strides(a),
          before(a),
          after(a),
          onednn::attributes()};
}

dnnl::convolution_backward_data::primitive_desc backward_data(
    const ConvLayouts& l, const Conv2dAttrs& a,
    const dnnl::convolution_forward::primitive_desc& like) {
  return {onednn::engine(), kDirect,   l.x,      l.w,  l.y,
          strides(a),       before(a), after(a), like, onednn::attributes()};
}

dnnl::convolution_backward_weights::primitive_desc backward_weights(const ConvLayouts& l,
                                                                    const Conv2dAttrs& a) {
  return {onednn::engine(), kDirect,   l.x,      l.w,           l.y,
          strides(a),       before(a), after(a), forward(l, a), onednn::attributes()};
}

}  // namespace agon
