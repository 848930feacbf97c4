#include "ops/pool/pool_geometry.h"
#include "ops/shape/elements_cuda.h"

namespace agon {

namespace {

std::string geometry_text(const PoolGeometry& g) {
  const PoolAttrs& a = g.attrs;
  const bool inside = a.pad_top == 0 && a.pad_left == 0 &&
                      (g.oh - 1) * a.stride_h + a.kernel_h <= g.h &&
                      (g.ow - 1) * a.stride_w + a.kernel_w <= g.w;
  return constants("int", {{"kHeight", g.h}, {"kWidth", g.w}, {"kChannels", g.c}}) +
         constants("int", {{"kOutHeight", g.oh}, {"kOutWidth", g.ow}}) +
         constants("int", {{"kKernelHeight", a.kernel_h}, {"kKernelWidth", a.kernel_w}}) +
         constants("int", {{"kStrideHeight", a.stride_h}, {"kStrideWidth", a.stride_w}}) +
         constants("int", {{"kPadTop", a.pad_top}, {"kPadLeft", a.pad_left}}) +
         constants("bool", {{"kAllInside", inside}});
}

/// `begin`, then `at_pixel` for each pixel of the window of result i, row by row: number p q in the
/// window, element `at` of the picture; then `end`.
DeviceFunction over_window(const Node& node, const char* begin, const char* at_pixel,
                           const char* end) {
  const PoolGeometry g(node.in(0).shape(), node.attrs_as<PoolAttrs>());
  return each_of(node, g.y_shape().elements(), geometry_text(g) + begin + R"(
const Index c = i % kChannels, n = i / kChannels / kOutWidth / kOutHeight;
const int row = i / kChannels / kOutWidth % kOutHeight, column = i / kChannels % kOutWidth;
for (int p = 0; p < kKernelHeight; ++p) {
  for (int q = 0; q < kKernelWidth; ++q) {
    const int h = row * kStrideHeight - kPadTop + p, w = column * kStrideWidth - kPadLeft + q;
    if (!kAllInside && (h < 0 || h >= kHeight || w < 0 || w >= kWidth)) continue;
    const Index at = ((n * kHeight + h) * kWidth + w) * kChannels + c;
)" + at_pixel + "  }\n}\n" + end);
}

/// `end` may use the first maximum of the window: `largest`, `place` in the window, element `best`.
DeviceFunction over_maximum(const Node& node, const char* end) {
  return over_window(node, "T largest = 0;\nint place = -1;\nIndex best = 0;",
                     R"(    const T v = in0[at];
    if (place < 0 || v > largest || (v != v && largest == largest)) {
      largest = v;
      place = p * kKernelWidth + q;
      best = at;
    }
)",
                     end);
}

/// The sum of `at_window` over the windows that hold pixel i, row by row: (row, column) of the
/// results, element `at` there, in which the pixel has number `place`.
DeviceFunction over_windows(const Node& node, const Shape& x, const char* at_window) {
  const PoolGeometry g(x, node.attrs_as<PoolAttrs>());
  return each_of(node, x.elements(),
                 geometry_text(g) +
                     R"(const Index c = i % kChannels, n = i / kChannels / kWidth / kHeight;
const int h = static_cast<int>(i / kChannels / kWidth % kHeight) + kPadTop;
const int w = static_cast<int>(i / kChannels % kWidth) + kPadLeft;
const int first_row = max(0, (h - kKernelHeight + kStrideHeight) / kStrideHeight);
const int first_column = max(0, (w - kKernelWidth + kStrideWidth) / kStrideWidth);
const int last_row = min(h / kStrideHeight, kOutHeight - 1);
const int last_column = min(w / kStrideWidth, kOutWidth - 1);
T sum = 0;
for (int row = first_row; row <= last_row; ++row) {
  for (int column = first_column; column <= last_column; ++column) {
    const Index at = ((n * kOutHeight + row) * kOutWidth + column) * kChannels + c;
    const int place = (h - row * kStrideHeight) * kKernelWidth + w - column * kStrideWidth;
)" + at_window + "  }\n}\nout0[i] = sum;\n");
}

DeviceFunction max_pool_function(const Node& node) {
  return over_maximum(node, "out0[i] = largest;\n");
}

DeviceFunction gather_function(const Node& node) {
  return over_maximum(node, "out0[i] = in1[best];\n");
}

/// First where each window has its maximum, then what each pixel gets from its windows.
GeneratedKernel scatter_kernel(const Node& node) {
  const auto windows = static_cast<std::size_t>(node.in(1).shape().elements());
  return {.functions = {over_maximum(node, "reinterpret_cast<int*>(scratch)[i] = place;\n"),
                        over_windows(node, node.in(0).shape(),
                                     "    if (reinterpret_cast<const int*>(scratch)[at] == place) "
                                     "sum += in1[at];\n")},
          .scratch_bytes = windows * sizeof(std::int32_t)};
}

DeviceFunction average_function(const Node& node) {
  return over_window(node, "T sum = 0;", "    sum += in0[at];\n",
                     "constexpr T kScale = T(1) / T(kKernelHeight * kKernelWidth);\n"
                     "out0[i] = sum * kScale;\n");
}

DeviceFunction average_grad_function(const Node& node) {
  return over_windows(node, node.out_type().shape,
                      "    constexpr T kScale = T(1) / T(kKernelHeight * kKernelWidth);\n"
                      "    sum += in0[at] * kScale;\n");
}

}  // namespace

void register_pool_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_function(kernels, context, "max_pool", max_pool_function);
  add_function(kernels, context, "max_pool_gather", gather_function);
  add_function(kernels, context, "average_pool", average_function);
  add_function(kernels, context, "average_pool_grad", average_grad_function);
  kernels.add(
      {.op = "max_pool_scatter",
       .name = "cuda:max_pool_scatter",
       .prepare =
           [&context](const Node& node) { return generated(context, node, scatter_kernel(node)); },
       .device = Device::Gpu});
}

}  // namespace agon
