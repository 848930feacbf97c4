#include <fmt/format.h>

#include "ops/resample/resample.h"
#include "ops/shape/elements_cuda.h"

namespace agon {

namespace {

template <class T>
std::string table(std::string_view type, std::string_view name, const std::vector<T>& values,
                  std::string_view form) {
  std::string text = fmt::format("static const {} {}[] = {{", type, name);
  for (std::size_t k = 0; k < values.size(); ++k) {
    text += k % 16 == 0 ? "\n    " : " ";
    text += fmt::format(fmt::runtime(form), values[k]) + ",";
  }
  return text + "};\n";
}

/// A tensor as [outer, rows, inner] to [outer, taps.rows(), inner].
DeviceFunction weighed_rows(const Node& node, std::int64_t axis, const Taps& taps) {
  const Type& in = node.in(0).type();
  std::int64_t inner = 1;
  for (int k = static_cast<int>(axis) + 1; k < in.shape.rank(); ++k) inner *= in.shape[k];
  const bool wide = in.dtype == DType::F64;
  // rounded as the processors' kernel rounds them
  const std::string weights =
      wide ? table("double", "weight", taps.weight, "{:#}")
           : table("float", "weight", std::vector<float>(taps.weight.begin(), taps.weight.end()),
                   "{:#}f");
  return each_of(
      node, node.out_type().shape.elements(),
      table("int", "first", taps.first, "{}") + table("int", "index", taps.index, "{}") + weights +
          constants("Index", {{"kRows", in.shape[static_cast<int>(axis)]},
                              {"kOutRows", taps.rows()},
                              {"kInner", inner}}) +
          R"(const Index row = i / kInner % kOutRows;
const T* x = in0 + (i / kInner / kOutRows * kRows * kInner + i % kInner);
T sum = 0;
for (int t = first[row]; t < first[row + 1]; ++t)
)" +
          fmt::format("  sum = {}(weight[t], x[index[t] * kInner], sum);\nout0[i] = sum;\n",
                      wide ? "fma" : "fmaf"));
}

}  // namespace

void register_resample_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_function(kernels, context, "resample", [](const Node& node) {
    const auto& a = node.attrs_as<ResampleAttrs>();
    const std::int64_t rows = node.in(0).shape()[static_cast<int>(a.axis)];
    return weighed_rows(node, a.axis, taps_of(a, rows, a.size));
  });
  add_function(kernels, context, "resample_grad", [](const Node& node) {
    const auto& a = node.attrs_as<ResampleAttrs>();
    const std::int64_t rows = node.in(0).shape()[static_cast<int>(a.axis)];
    return weighed_rows(node, a.axis, transposed(taps_of(a, a.size, rows), a.size));
  });
}

}  // namespace agon
