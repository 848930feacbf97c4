#include "ops/pool/pool.h"

#include <algorithm>

#include "engine/ir/op_def.h"
#include "ops/pool/pool_geometry.h"

namespace agon {

Value max_pool(Value x, PoolAttrs attrs) {
  return x.graph().add("max_pool", {x}, attrs);
}

Value max_pool_scatter(Value x, Value dy, PoolAttrs attrs) {
  return x.graph().add("max_pool_scatter", {x, dy}, attrs);
}

Value max_pool_gather(Value x, Value v, PoolAttrs attrs) {
  return x.graph().add("max_pool_gather", {x, v}, attrs);
}

Value average_pool(Value x, PoolAttrs attrs) {
  return x.graph().add("average_pool", {x}, attrs);
}

Value average_pool_grad(Value dy, PoolAttrs attrs) {
  return dy.graph().add("average_pool_grad", {dy}, attrs);
}

namespace {

/// A window outside the picture has no maximum, and an average of nothing but padding.
void expect_windows_on_picture(const WindowAxis& axis, std::int64_t size, std::int64_t count) {
  if (axis.pad_before >= axis.kernel) {
    throw GraphError(fmt::format("expects padding below the kernel {} {}, got {}", axis.name,
                                 axis.kernel, axis.pad_before));
  }
  const std::int64_t last = (count - 1) * axis.stride - axis.pad_before;
  if (last >= size) {
    throw GraphError(
        fmt::format("the last window along {} starts at {}, expects below {}: less "
                    "padding at the end",
                    axis.name, last, size));
  }
}

PoolGeometry checked_geometry(const Shape& x, const PoolAttrs& a) {
  const PoolGeometry g(x, a);
  expect_windows_on_picture(PoolGeometry::rows(a), g.h, g.oh);
  expect_windows_on_picture(PoolGeometry::columns(a), g.w, g.ow);
  return g;
}

PoolGeometry geometry_of_x(std::span<const Type> in, const PoolAttrs& a) {
  expect_rank4("x", "[n, h, w, c]", in[0]);
  expect_one_floating_type(in);
  if (a.size_h != 0 || a.size_w != 0)
    throw GraphError(fmt::format("expects size 0 x 0, got {} x {}", a.size_h, a.size_w));
  return checked_geometry(in[0].shape, a);
}

void expect_shape(std::string_view input, const Shape& expected, const Type& type) {
  if (type.shape != expected) {
    throw GraphError(
        fmt::format("expects {} {}, got {}", input, to_text(expected), to_text(type.shape)));
  }
}

PoolAttrs sized(PoolAttrs a, std::int64_t h, std::int64_t w) {
  a.size_h = h;
  a.size_w = w;
  return a;
}

/// Calls visit(offset in x, offset in y) for every window and channel with the window's first
/// maximum.
template <class Visit>
void for_each_maximum(const NdArray& x, const PoolAttrs& a, Visit visit) {
  const PoolGeometry g(x.type.shape, a);
  const Shape x_shape = g.x_shape(), y_shape = g.y_shape();
  for_each_index(y_shape, [&](const auto& at) {
    std::int64_t best = -1;
    g.for_each_pixel(at[1], at[2], [&](std::int64_t ih, std::int64_t iw) {
      const std::int64_t here = offset_of(x_shape, {at[0], ih, iw, at[3]});
      if (best < 0 || exceeds(x[here], x[best])) best = here;
    });
    visit(best, offset_of(y_shape, at));
  });
}

/// Calls visit(offset in x, offset in y) for every pixel of every window.
template <class Visit>
void for_each_pair(const PoolGeometry& g, Visit visit) {
  const Shape x_shape = g.x_shape(), y_shape = g.y_shape();
  for_each_index(y_shape, [&](const auto& at) {
    g.for_each_pixel(at[1], at[2], [&](std::int64_t ih, std::int64_t iw) {
      visit(offset_of(x_shape, {at[0], ih, iw, at[3]}), offset_of(y_shape, at));
    });
  });
}

double area(const PoolAttrs& a) {
  return static_cast<double>(a.kernel_h * a.kernel_w);
}

double window_flops(const Node& node) {
  const auto& a = node.attrs_as<PoolAttrs>();
  const std::int64_t windows =
      std::min(node.in(0).shape().elements(), node.out_type().shape.elements());
  return area(a) * static_cast<double>(windows);
}

Op<PoolAttrs> max_pool_op() {
  return {
      .name = "max_pool",
      .doc = "the largest x of each window",
      .inputs = {"x"},
      .infer = [](std::span<const Type> in, const PoolAttrs& a) -> std::vector<Type> {
        return {Type{in[0].dtype, geometry_of_x(in, a).y_shape()}};
      },
      .gradient = [](Grad& g,
                     const PoolAttrs& a) { g.set(0, max_pool_scatter(g.in(0), g.out_grad(), a)); },
      .reference =
          [](const ReferenceCall& call, const PoolAttrs& a) {
            const NdArray& x = *call.in[0];
            for_each_maximum(x, a, [&](auto ix, auto iy) { call.out[0][iy] = x[ix]; });
          },
      .flops = window_flops};
}

Op<PoolAttrs> max_pool_scatter_op() {
  return {.name = "max_pool_scatter",
          .doc = "dy added where x has the first maximum of each window, 0 elsewhere",
          .inputs = {"x", "dy"},
          .infer = [](std::span<const Type> in, const PoolAttrs& a) -> std::vector<Type> {
            expect_shape("dy", geometry_of_x(in, a).y_shape(), in[1]);
            return {in[0]};
          },
          .gradient =
              [](Grad& g, const PoolAttrs& a) {
                if (g.wants(1)) g.set(1, max_pool_gather(g.in(0), g.out_grad(), a));
              },
          .reference =
              [](const ReferenceCall& call, const PoolAttrs& a) {
                const NdArray& dy = *call.in[1];
                for_each_maximum(*call.in[0], a,
                                 [&](auto ix, auto iy) { call.out[0][ix] += dy[iy]; });
              },
          .flops = window_flops};
}

Op<PoolAttrs> max_pool_gather_op() {
  return {.name = "max_pool_gather",
          .doc = "v where x has the first maximum of each window",
          .inputs = {"x", "v"},
          .infer = [](std::span<const Type> in, const PoolAttrs& a) -> std::vector<Type> {
            const Shape y = geometry_of_x(in, a).y_shape();
            expect_shape("v", in[0].shape, in[1]);
            return {Type{in[0].dtype, y}};
          },
          .gradient =
              [](Grad& g, const PoolAttrs& a) {
                if (g.wants(1)) g.set(1, max_pool_scatter(g.in(0), g.out_grad(), a));
              },
          .reference =
              [](const ReferenceCall& call, const PoolAttrs& a) {
                const NdArray& v = *call.in[1];
                for_each_maximum(*call.in[0], a,
                                 [&](auto ix, auto iy) { call.out[0][iy] = v[ix]; });
              },
          .flops = window_flops};
}

Op<PoolAttrs> average_pool_op() {
  return {.name = "average_pool",
          .doc = "the sum of each window, padding counted as 0, over kernel_h kernel_w",
          .inputs = {"x"},
          .infer = [](std::span<const Type> in, const PoolAttrs& a) -> std::vector<Type> {
            return {Type{in[0].dtype, geometry_of_x(in, a).y_shape()}};
          },
          .gradient =
              [](Grad& g, const PoolAttrs& a) {
                const Shape& x = g.in(0).shape();
                g.set(0, average_pool_grad(g.out_grad(), sized(a, x[1], x[2])));
              },
          .reference =
              [](const ReferenceCall& call, const PoolAttrs& a) {
                const NdArray& x = *call.in[0];
                for_each_pair(PoolGeometry(x.type.shape, a),
                              [&](auto ix, auto iy) { call.out[0][iy] += x[ix] / area(a); });
              },
          .flops = window_flops};
}

Op<PoolAttrs> average_pool_grad_op() {
  return {
      .name = "average_pool_grad",
      .doc =
          "the transpose of average_pool: dy / (kernel_h kernel_w) added to each pixel of "
          "its window in a picture of size_h x size_w",
      .inputs = {"dy"},
      .infer = [](std::span<const Type> in, const PoolAttrs& a) -> std::vector<Type> {
        expect_rank4("dy", "[n, oh, ow, c]", in[0]);
        expect_one_floating_type(in);
        const Shape& dy = in[0].shape;
        PoolGeometry::rows(a).check_count(a.size_h, dy[1]);
        PoolGeometry::columns(a).check_count(a.size_w, dy[2]);
        const Shape x{dy[0], a.size_h, a.size_w, dy[3]};
        checked_geometry(x, a);
        return {Type{in[0].dtype, x}};
      },
      .gradient = [](Grad& g,
                     const PoolAttrs& a) { g.set(0, average_pool(g.out_grad(), sized(a, 0, 0))); },
      .reference =
          [](const ReferenceCall& call, const PoolAttrs& a) {
            const NdArray& dy = *call.in[0];
            for_each_pair(PoolGeometry(call.out[0].type.shape, a),
                          [&](auto ix, auto iy) { call.out[0][ix] += dy[iy] / area(a); });
          },
      .flops = window_flops};
}

}  // namespace

void register_pool(OpRegistry& ops) {
  ops.add(max_pool_op());
  ops.add(max_pool_scatter_op());
  ops.add(max_pool_gather_op());
  ops.add(average_pool_op());
  ops.add(average_pool_grad_op());
}

}  // namespace agon
