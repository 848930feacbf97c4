#include "ops/conv/conv2d.h"

#include "engine/ir/op_def.h"
#include "ops/conv/window.h"

namespace agon {

Value conv2d(Value x, Value w, Conv2dAttrs attrs) {
  return x.graph().add("conv2d", {x, w}, attrs);
}

Value conv2d_input_grad(Value dy, Value w, Conv2dAttrs attrs) {
  return dy.graph().add("conv2d_input_grad", {dy, w}, attrs);
}

Value conv2d_weight_grad(Value x, Value dy, Conv2dAttrs attrs) {
  return x.graph().add("conv2d_weight_grad", {x, dy}, attrs);
}

namespace {

WindowAxis height(const Conv2dAttrs& a, std::int64_t kernel) {
  return {"height", a.stride_h, a.pad_top, a.pad_bottom, kernel};
}

WindowAxis width(const Conv2dAttrs& a, std::int64_t kernel) {
  return {"width", a.stride_w, a.pad_left, a.pad_right, kernel};
}

Conv2dAttrs sized(Conv2dAttrs a, std::int64_t h, std::int64_t w) {
  a.size_h = h;
  a.size_w = w;
  return a;
}

std::vector<Type> infer_conv2d(std::span<const Type> in, const Conv2dAttrs& a) {
  expect_rank4("x", "[n, h, w, c]", in[0]);
  expect_rank4("w", "[o, kh, kw, c]", in[1]);
  expect_one_floating_type(in);
  const Shape &x = in[0].shape, &w = in[1].shape;
  if (x[3] != w[3])
    throw GraphError(fmt::format("expects {} input channels (from w), got {}", w[3], x[3]));
  if (a.size_h != 0 || a.size_w != 0)
    throw GraphError(fmt::format("expects size 0 x 0, got {} x {}", a.size_h, a.size_w));
  return {Type{in[0].dtype, Shape{x[0], height(a, w[1]).checked_windows(x[1]),
                                  width(a, w[2]).checked_windows(x[2]), w[0]}}};
}

std::vector<Type> infer_input_grad(std::span<const Type> in, const Conv2dAttrs& a) {
  expect_rank4("dy", "[n, oh, ow, o]", in[0]);
  expect_rank4("w", "[o, kh, kw, c]", in[1]);
  expect_one_floating_type(in);
  const Shape &dy = in[0].shape, &w = in[1].shape;
  if (dy[3] != w[0])
    throw GraphError(fmt::format("expects {} channels of dy (from w), got {}", w[0], dy[3]));
  height(a, w[1]).check_count(a.size_h, dy[1]);
  width(a, w[2]).check_count(a.size_w, dy[2]);
  return {Type{in[0].dtype, Shape{dy[0], a.size_h, a.size_w, w[3]}}};
}

std::vector<Type> infer_weight_grad(std::span<const Type> in, const Conv2dAttrs& a) {
  expect_rank4("x", "[n, h, w, c]", in[0]);
  expect_rank4("dy", "[n, oh, ow, o]", in[1]);
  expect_one_floating_type(in);
  const Shape &x = in[0].shape, &dy = in[1].shape;
  if (x[0] != dy[0])
    throw GraphError(fmt::format("expects dy of {} examples (from x), got {}", x[0], dy[0]));
  height(a, a.size_h).check_count(x[1], dy[1]);
  width(a, a.size_w).check_count(x[2], dy[2]);
  return {Type{in[0].dtype, Shape{dy[3], a.size_h, a.size_w, x[3]}}};
}

/// Calls visit(x offset, w offset, y offset) for every product of the convolution of x and w.
template <class Visit>
void for_each_product(const Shape& x, const Shape& w, const Shape& y, const Conv2dAttrs& a,
                      Visit visit) {
  for_each_index(y, [&](const auto& at) {
    const std::int64_t n = at[0], oh = at[1], ow = at[2], o = at[3];
    for (std::int64_t kh = 0; kh < w[1]; ++kh) {
      const std::int64_t ih = oh * a.stride_h - a.pad_top + kh;
      if (ih < 0 || ih >= x[1]) continue;
      for (std::int64_t kw = 0; kw < w[2]; ++kw) {
        const std::int64_t iw = ow * a.stride_w - a.pad_left + kw;
        if (iw < 0 || iw >= x[2]) continue;
        const std::int64_t x_row = offset_of(x, {n, ih, iw, 0});
        const std::int64_t w_row = offset_of(w, {o, kh, kw, 0});
        const std::int64_t y_at = offset_of(y, at);
        for (std::int64_t c = 0; c < x[3]; ++c) visit(x_row + c, w_row + c, y_at);
      }
    }
  });
}

double flops(const Shape& dy, const Shape& w) {
  return 2.0 * static_cast<double>(dy.elements()) * static_cast<double>(w[1] * w[2] * w[3]);
}

Op<Conv2dAttrs> conv2d_op() {
  return {
      .name = "conv2d",
      .doc =
          "y[n, i, j, o] = sum over p, q, c of x[n, i stride_h - pad_top + p, "
          "j stride_w - pad_left + q, c] w[o, p, q, c]",
      .inputs = {"x", "w"},
      .infer = infer_conv2d,
      .gradient =
          [](Grad& g, const Conv2dAttrs& a) {
            const Value x = g.in(0), w = g.in(1), dy = g.out_grad();
            if (g.wants(0))
              g.set(0, conv2d_input_grad(dy, w, sized(a, x.shape()[1], x.shape()[2])));
            if (g.wants(1))
              g.set(1, conv2d_weight_grad(x, dy, sized(a, w.shape()[1], w.shape()[2])));
          },
      .reference =
          [](const ReferenceCall& call, const Conv2dAttrs& a) {
            const NdArray &x = *call.in[0], &w = *call.in[1];
            NdArray& y = call.out[0];
            for_each_product(x.type.shape, w.type.shape, y.type.shape, a,
                             [&](auto ix, auto iw, auto iy) { y[iy] += x[ix] * w[iw]; });
          },
      .flops = [](const Node& node) { return flops(node.out_type().shape, node.in(1).shape()); }};
}

Op<Conv2dAttrs> input_grad_op() {
  return {.name = "conv2d_input_grad",
          .doc =
              "the gradient of conv2d with respect to x, of size_h x size_w; also the transposed "
              "convolution of dy",
          .inputs = {"dy", "w"},
          .infer = infer_input_grad,
          .gradient =
              [](Grad& g, const Conv2dAttrs& a) {
                const Value dy = g.in(0), w = g.in(1), dx = g.out_grad();
                if (g.wants(0)) g.set(0, conv2d(dx, w, sized(a, 0, 0)));
                if (g.wants(1))
                  g.set(1, conv2d_weight_grad(dx, dy, sized(a, w.shape()[1], w.shape()[2])));
              },
          .reference =
              [](const ReferenceCall& call, const Conv2dAttrs& a) {
                const NdArray &dy = *call.in[0], &w = *call.in[1];
                NdArray& dx = call.out[0];
                for_each_product(dx.type.shape, w.type.shape, dy.type.shape, a,
                                 [&](auto ix, auto iw, auto iy) { dx[ix] += dy[iy] * w[iw]; });
              },
          .flops = [](const Node& node) { return flops(node.in(0).shape(), node.in(1).shape()); }};
}

Op<Conv2dAttrs> weight_grad_op() {
  return {
      .name = "conv2d_weight_grad",
      .doc = "the gradient of conv2d with respect to w, of kernel size_h x size_w",
      .inputs = {"x", "dy"},
      .infer = infer_weight_grad,
      .gradient =
          [](Grad& g, const Conv2dAttrs& a) {
            const Value x = g.in(0), dy = g.in(1), dw = g.out_grad();
            if (g.wants(0))
              g.set(0, conv2d_input_grad(dy, dw, sized(a, x.shape()[1], x.shape()[2])));
            if (g.wants(1)) g.set(1, conv2d(x, dw, sized(a, 0, 0)));
          },
      .reference =
          [](const ReferenceCall& call, const Conv2dAttrs& a) {
            const NdArray &x = *call.in[0], &dy = *call.in[1];
            NdArray& dw = call.out[0];
            for_each_product(x.type.shape, dw.type.shape, dy.type.shape, a,
                             [&](auto ix, auto iw, auto iy) { dw[iw] += x[ix] * dy[iy]; });
          },
      .flops = [](const Node& node) { return flops(node.in(1).shape(), node.out_type().shape); }};
}

}  // namespace

void register_conv2d(OpRegistry& ops) {
  ops.add(conv2d_op());
  ops.add(input_grad_op());
  ops.add(weight_grad_op());
}

}  // namespace agon
