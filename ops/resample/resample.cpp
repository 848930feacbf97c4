#include "ops/resample/resample.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {

void check_attrs(const Type& in, const ResampleAttrs& a) {
  if (!is_floating(in.dtype)) throw GraphError("expects floating values, got " + to_text(in));
  if (a.axis < 0 || a.axis >= in.shape.rank())
    throw GraphError(fmt::format("expects an axis of {}, got {}", to_text(in.shape), a.axis));
  if (a.size < 1) throw GraphError(fmt::format("expects a size of at least 1, got {}", a.size));
  if (a.before < 0)
    throw GraphError(fmt::format("expects `before` of at least 0, got {}", a.before));
}

Type resized(const Type& in, const ResampleAttrs& a) {
  return Type{in.dtype, in.shape.with(static_cast<int>(a.axis), a.size)};
}

std::int64_t along(const Shape& shape, const ResampleAttrs& a) {
  return shape[static_cast<int>(a.axis)];
}

std::vector<Type> forward_type(std::span<const Type> in, const ResampleAttrs& a) {
  check_attrs(in[0], a);
  taps_of(a, along(in[0].shape, a), a.size);  // refuses what does not fit
  return {resized(in[0], a)};
}

std::vector<Type> backward_type(std::span<const Type> in, const ResampleAttrs& a) {
  check_attrs(in[0], a);
  taps_of(a, a.size, along(in[0].shape, a));
  return {resized(in[0], a)};
}

ResampleAttrs with_size(ResampleAttrs a, std::int64_t size) {
  a.size = size;
  return a;
}

/// Calls visit(element of the larger side's row j, element of the other side's row i, a[j, i]).
template <class Visit>
void for_each_tap(const Taps& taps, const Shape& of_rows, const Shape& of_columns, int axis,
                  Visit visit) {
  for_each_index(of_rows, [&](const auto& at) {
    const auto j = static_cast<std::size_t>(at[static_cast<std::size_t>(axis)]);
    auto other = at;
    for (auto t = static_cast<std::size_t>(taps.first[j]);
         t < static_cast<std::size_t>(taps.first[j + 1]); ++t) {
      other[static_cast<std::size_t>(axis)] = taps.index[t];
      visit(offset_of(of_rows, at), offset_of(of_columns, other), taps.weight[t]);
    }
  });
}

/// A product and a sum for each number of the map that is not 0, along every line.
double flops_of(const Taps& taps, const Node& node) {
  const Shape& from = node.in(0).shape();
  const std::int64_t lines = from.elements() / along(from, node.attrs_as<ResampleAttrs>());
  return 2 * static_cast<double>(taps.weight.size()) * static_cast<double>(lines);
}

double forward_flops(const Node& node) {
  const auto& a = node.attrs_as<ResampleAttrs>();
  return flops_of(taps_of(a, along(node.in(0).shape(), a), a.size), node);
}

double backward_flops(const Node& node) {
  const auto& a = node.attrs_as<ResampleAttrs>();
  return flops_of(taps_of(a, a.size, along(node.in(0).shape(), a)), node);
}

void forward_reference(const ReferenceCall& call, const ResampleAttrs& a) {
  const NdArray& x = *call.in[0];
  NdArray& y = call.out[0];
  for_each_tap(taps_of(a, along(x.type.shape, a), a.size), y.type.shape, x.type.shape,
               static_cast<int>(a.axis),
               [&](std::int64_t j, std::int64_t i, double w) { y[j] += w * x[i]; });
}

void backward_reference(const ReferenceCall& call, const ResampleAttrs& a) {
  const NdArray& dy = *call.in[0];
  NdArray& dx = call.out[0];
  for_each_tap(taps_of(a, a.size, along(dy.type.shape, a)), dy.type.shape, dx.type.shape,
               static_cast<int>(a.axis),
               [&](std::int64_t j, std::int64_t i, double w) { dx[i] += w * dy[j]; });
}

}  // namespace

Value resample(Value x, const ResampleAttrs& attrs) {
  return x.graph().add("resample", {x}, attrs);
}

Value resample_grad(Value dy, const ResampleAttrs& attrs) {
  return dy.graph().add("resample_grad", {dy}, attrs);
}

void register_resample(OpRegistry& ops) {
  ops.add(Op<ResampleAttrs>{
      .name = "resample",
      .doc = "y[j] = sum over i of a[j, i] x[i] along the axis, few of them by `rule`: nearest, "
             "bilinear, bicubic, area, binomial, reflect, replicate",
      .inputs = {"x"},
      .infer = forward_type,
      .gradient =
          [](Grad& g, const ResampleAttrs& a) {
            g.set(0, resample_grad(g.out_grad(), with_size(a, along(g.in(0).shape(), a))));
          },
      .reference = forward_reference,
      .flops = forward_flops});
  ops.add(Op<ResampleAttrs>{
      .name = "resample_grad",
      .doc = "the transpose of resample: dx[i] = sum over j of a[j, i] dy[j], `size` of them",
      .inputs = {"dy"},
      .infer = backward_type,
      .gradient =
          [](Grad& g, const ResampleAttrs& a) {
            g.set(0, resample(g.out_grad(), with_size(a, along(g.in(0).shape(), a))));
          },
      .reference = backward_reference,
      .flops = backward_flops});
}

}  // namespace agon
