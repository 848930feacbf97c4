#include <fmt/format.h>

#include "ops/shape/attrs.h"
#include "ops/shape/elements_cuda.h"

namespace agon {

namespace {

/// Row r of the output is row r of each input, one after another.
DeviceFunction concat_function(const Node& node) {
  const auto axis = node.attrs_as<ConcatAttrs>().axis;
  std::vector<std::int64_t> widths;
  std::int64_t row = 0;
  for (const Value& x : node.inputs()) {
    widths.push_back(x.shape()[static_cast<int>(axis)] *
                     x.shape().strides()[static_cast<std::size_t>(axis)]);
    row += widths.back();
  }
  const Unit unit = widest_unit(node.out_type().dtype, widths);
  const std::int64_t count = node.out_type().shape.elements() / unit.elements;
  std::string code = pointer_to_output(unit, "y") +
                     fmt::format("const Index c = i % {0}, r = i / {0};\n", row / unit.elements);
  std::int64_t from = 0;
  for (std::size_t k = 0; k < widths.size(); ++k) {
    const std::int64_t width = widths[k] / unit.elements;
    if (width == 0) continue;
    code += fmt::format(
        "if (c < {0}) {{\n  y[i] = reinterpret_cast<const {1}*>(in{2})[r * {3} + c - {4}];\n"
        "  return;\n}}\n",
        from + width, unit.type, k, width, from);
    from += width;
  }
  return each_of(node, count, code);
}

}  // namespace

void register_concat_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_function(kernels, context, "concat", concat_function);
}

}  // namespace agon
