#include <fmt/format.h>

#include "ops/reduce/extreme.h"
#include "ops/reduce/fold_cuda.h"

namespace agon {

namespace {

/// A thread for each result goes along the axis.
Candidate position_kernel(CudaContext& context, const Node& node, bool largest) {
  const Shape& shape = node.in(0).shape();
  const auto axis = static_cast<int>(node.attrs_as<AxisAttrs>().axis);
  const std::int64_t size = shape[axis];
  const std::int64_t inner = shape.strides()[static_cast<std::size_t>(axis)];
  const std::int64_t results = node.out_type().shape.elements();
  if (results == 0) return generated(context, node, {});
  const std::string begin = inner == 1
                                ? fmt::format("q * {}", size)
                                : fmt::format("q / {0} * {1} + q % {0}", inner, size * inner);
  DeviceFunction function{.code = {}, .in = {node.in(0).dtype()}, .out = {DType::I32}};
  function.blocks = blocks_for(results, 1, function.threads);
  function.code =
      fmt::format(R"(  const u64 q = thread_of(blockIdx.x, {threads}, threadIdx.x);
  if (q >= {results}) return;
  const {type}* const x = in0 + {begin};
  {type} best = x[0];
  int position = 0;
  for (int k = 1; k < {size}; ++k) {{
    const {type} v = x[{k}];
    if (v {sign} best) {{
      best = v;
      position = k;
    }}
  }}
  out0[q] = position;
)",
                  fmt::arg("threads", function.threads), fmt::arg("results", results),
                  fmt::arg("type", device_type(node.in(0).dtype())), fmt::arg("begin", begin),
                  fmt::arg("k", inner == 1 ? "k" : fmt::format("k * {}LL", inner)),
                  fmt::arg("size", size), fmt::arg("sign", largest ? '>' : '<'));
  return generated(context, node, {.functions = {std::move(function)}});
}

void add_position(KernelRegistry& kernels, CudaContext& context, const char* op, bool largest) {
  kernels.add({.op = op,
               .name = std::string("cuda:") + op,
               .prepare = [&context,
                           largest](const Node& n) { return position_kernel(context, n, largest); },
               .device = Device::Gpu});
}

}  // namespace

void register_extreme_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_fold_cuda(kernels, context, "reduce_max", Fold::Max);
  add_position(kernels, context, "argmax", true);
  add_position(kernels, context, "argmin", false);
}

}  // namespace agon
