#include <fmt/format.h>

#include "ops/shape/attrs.h"
#include "ops/shape/elements_cuda.h"

namespace agon {

namespace {

DeviceFunction slice_function(const Node& node) {
  const auto& a = node.attrs_as<SliceAttrs>();
  const auto strides = node.in(0).shape().strides();
  std::vector<CopyAxis> axes;
  for (int axis = 0; axis < node.out_type().shape.rank(); ++axis)
    axes.push_back({node.out_type().shape[axis], strides[static_cast<std::size_t>(axis)]});
  return strided_copy(node, axes, a.from * strides[static_cast<std::size_t>(a.axis)]);
}

/// An axis of the input and the zeros around it.
struct PaddedAxis {
  std::int64_t before = 0, size = 1, after = 0;
  std::int64_t padded() const { return before + size + after; }
};

/// Axes without zeros become one with the axis before them.
std::vector<PaddedAxis> padded_axes(const Node& node) {
  const auto& a = node.attrs_as<PadAttrs>();
  const Shape& shape = node.in(0).shape();
  std::vector<PaddedAxis> axes;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto axis = static_cast<std::size_t>(i);
    const bool plain = a.before[axis] == 0 && a.after[axis] == 0;
    if (plain && !axes.empty()) {
      PaddedAxis& outer = axes.back();
      outer = {outer.before * shape[i], outer.size * shape[i], outer.after * shape[i]};
    } else {
      axes.push_back({a.before[axis], shape[i], a.after[axis]});
    }
  }
  if (axes.empty()) axes.emplace_back();
  return axes;
}

DeviceFunction pad_function(const Node& node) {
  std::vector<PaddedAxis> axes = padded_axes(node);
  PaddedAxis& last = axes.back();
  const Unit unit = widest_unit(node.out_type().dtype, {last.before, last.size, last.after});
  last = {last.before / unit.elements, last.size / unit.elements, last.after / unit.elements};
  std::vector<std::int64_t> sizes;
  std::vector<std::string> outside;
  std::string from;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto [before, size, after] = axes[k];
    sizes.push_back(axes[k].padded());
    if (before > 0) outside.push_back(fmt::format("a{} < {}", k, before));
    if (after > 0) outside.push_back(fmt::format("a{} >= {}", k, before + size));
    from = k == 0 ? "" : fmt::format("({}) * {} + ", from, size);
    from += before == 0 ? fmt::format("a{}", k) : fmt::format("a{} - {}", k, before);
  }
  std::string code =
      pointer_to_input(unit, "x", 0) + pointer_to_output(unit, "y") + coordinates(sizes);
  if (!outside.empty()) {
    code += fmt::format("if ({}) {{\n  y[i] = {}{{}};\n  return;\n}}\n", fmt::join(outside, " || "),
                        unit.type);
  }
  code += fmt::format("y[i] = x[{}];\n", from);
  return each_of(node, node.out_type().shape.elements() / unit.elements, code);
}

}  // namespace

void register_slice_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_function(kernels, context, "slice", slice_function);
  add_function(kernels, context, "pad", pad_function);
}

}  // namespace agon
