#include "engine/runtime/cpu/onednn.h"
#include "engine/runtime/cpu/primitive_sequence.h"
#include "ops/conv/columns.h"
#include "ops/conv/conv2d.h"
#include "ops/conv/layouts_onednn.h"

namespace agon {

namespace {

using onednn::PrimitiveSequence;

/// Why this node is not for oneDNN, or "".
std::string refusal(const Node& node) {
  if (node.out_type().dtype != DType::F32) return "f32 only";
  if (node.out_type().bytes() == 0 || node.in(0).type().bytes() == 0) return "nothing to convolve";
  return "";
}

Candidate prepare_conv2d(const Node& node) {
  if (const std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  const ConvLayouts layouts(node.in(0).type(), node.in(1).type(), node.out_type());
  const auto conv = forward(layouts, node.attrs_as<Conv2dAttrs>());
  if (std::string why = onednn::refusal_of_slow(conv.impl_info_str()); !why.empty())
    return Candidate::refused(why);

  auto kernel = std::make_unique<PrimitiveSequence>();
  const auto x = kernel->input(0, layouts.x);
  const auto w = kernel->weights_as(kernel->input(1, layouts.plain_w), conv.weights_desc());
  const auto y = kernel->output(layouts.y);
  kernel->add(dnnl::convolution_forward(conv), conv.scratchpad_desc(),
              {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, y}});
  return kernel;
}

Candidate prepare_input_grad(const Node& node) {
  if (const std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  const ConvLayouts layouts(node.out_type(), node.in(1).type(), node.in(0).type());
  const auto& attrs = node.attrs_as<Conv2dAttrs>();
  const auto conv = backward_data(layouts, attrs, forward(layouts, attrs));
  if (std::string why = onednn::refusal_of_slow(conv.impl_info_str()); !why.empty())
    return Candidate::refused(why);

  auto kernel = std::make_unique<PrimitiveSequence>();
  const auto dy = kernel->input(0, layouts.y);
  const auto w = kernel->weights_as(kernel->input(1, layouts.plain_w), conv.weights_desc());
  const auto dx = kernel->output(layouts.x);
  kernel->add(dnnl::convolution_backward_data(conv), conv.scratchpad_desc(),
              {{DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DIFF_SRC, dx}});
  return kernel;
}

Candidate prepare_weight_grad(const Node& node) {
  if (const std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  const ConvLayouts layouts(node.in(0).type(), node.out_type(), node.in(1).type());
  const auto conv = backward_weights(layouts, node.attrs_as<Conv2dAttrs>());
  if (std::string why = onednn::refusal_of_slow(conv.impl_info_str()); !why.empty())
    return Candidate::refused(why);

  auto kernel = std::make_unique<PrimitiveSequence>();
  const auto x = kernel->input(0, layouts.x);
  const auto dy = kernel->input(1, layouts.y);
  const auto plain_dw = kernel->output(layouts.plain_w);
  const auto dw = kernel->weights_for(plain_dw, conv.diff_weights_desc());
  kernel->add(dnnl::convolution_backward_weights(conv), conv.scratchpad_desc(),
              {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_WEIGHTS, dw}});
  kernel->finish_weights(dw, plain_dw);
  return kernel;
}

}  // namespace

void register_conv2d_onednn(KernelRegistry& kernels) {
  kernels.add({.op = "conv2d", .name = "onednn:conv2d", .prepare = prepare_conv2d});
  kernels.add({.op = "conv2d_input_grad",
               .name = "onednn:conv2d_input_grad",
               .prepare = prepare_input_grad});
  kernels.add({.op = "conv2d_weight_grad",
               .name = "onednn:conv2d_weight_grad_columns",
               .prepare = prepare_weight_grad_columns});
  kernels.add({.op = "conv2d_weight_grad",
               .name = "onednn:conv2d_weight_grad",
               .prepare = prepare_weight_grad});
}

}  // namespace agon
