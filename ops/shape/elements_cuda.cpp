#include "ops/shape/elements_cuda.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace agon {

namespace {

constexpr int kThreads = 256;

/// Whether offsets, and numbers of threads beyond the last element, fit 31 bits.
bool is_small(const Node& node) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max() - kThreads;
  const auto fits = [](const Type& type) { return type.shape.elements() <= kMost; };
  return std::ranges::all_of(node.inputs(), fits, &Value::type) &&
         std::ranges::all_of(node.outputs(), fits);
}

/// The sum of the terms, "0" where there are none.
std::string sum_text(const std::vector<std::string>& terms) {
  return terms.empty() ? "0" : fmt::format("{}", fmt::join(terms, " + "));
}

}  // namespace

std::string index_text(const Node& node) {
  return fmt::format("using Index = {};\nusing T = {};\n", is_small(node) ? "u32" : "i64",
                     device_type(node.out_type().dtype));
}

DeviceFunction each_of(const Node& node, std::int64_t count, std::string_view code) {
  DeviceFunction function;
  for (const Value& value : node.inputs()) function.in.push_back(value.type().dtype);
  for (const Type& type : node.outputs()) function.out.push_back(type.dtype);
  function.threads = kThreads;
  function.blocks = blocks_for(count, 1, kThreads);
  if (count == 0) return function;
  const std::string number = is_small(node)
                                 ? fmt::format("blockIdx.x * {} + threadIdx.x", kThreads)
                                 : fmt::format("thread_of(blockIdx.x, {}, threadIdx.x)", kThreads);
  function.code = fmt::format("{}const Index i = {};\nif (i >= {}) return;\n{}", index_text(node),
                              number, count, code);
  return function;
}

std::string coordinates(const std::vector<std::int64_t>& sizes) {
  std::string text;
  std::int64_t inner = 1;
  for (std::size_t k = sizes.size(); k-- > 0; inner *= sizes[k]) {
    const std::string along = inner == 1 ? "i" : fmt::format("i / {}", inner);
    const std::string within = k == 0 ? "" : fmt::format(" % {}", sizes[k]);
    text += fmt::format("const Index a{} = {}{};\n", k, along, within);
  }
  return text;
}

std::string constants(std::string_view type, std::initializer_list<Constant> rows) {
  std::vector<std::string> parts;
  for (const Constant& row : rows) parts.push_back(fmt::format("{} = {}", row.name, row.value));
  return fmt::format("constexpr {} {};\n", type, fmt::join(parts, ", "));
}

Unit widest_unit(DType dtype, const std::vector<std::int64_t>& multiples) {
  const std::int64_t most = 16 / static_cast<std::int64_t>(bytes_of(dtype));
  for (std::int64_t elements = most; elements > 1; elements /= 2) {
    const auto fits = [&](std::int64_t n) { return n % elements == 0; };
    if (std::ranges::all_of(multiples, fits))
      return {fmt::format("{}{}", device_type(dtype), elements), elements};
  }
  return {std::string(device_type(dtype)), 1};
}

std::string pointer_to_input(const Unit& unit, std::string_view name, std::size_t input) {
  return fmt::format("const {0}* {1} = reinterpret_cast<const {0}*>(in{2});\n", unit.type, name,
                     input);
}

std::string pointer_to_output(const Unit& unit, std::string_view name) {
  return fmt::format("{0}* {1} = reinterpret_cast<{0}*>(out0);\n", unit.type, name);
}

std::vector<CopyAxis> merged(const std::vector<CopyAxis>& axes) {
  std::vector<CopyAxis> result;
  for (const CopyAxis& axis : axes) {
    if (axis.size == 1) continue;
    if (!result.empty() && result.back().step == axis.step * axis.size) {
      result.back() = {result.back().size * axis.size, axis.step};
    } else {
      result.push_back(axis);
    }
  }
  return result;
}

DeviceFunction strided_copy(const Node& node, std::vector<CopyAxis> axes, std::int64_t from) {
  axes = merged(axes);
  std::vector<std::int64_t> multiples = {from};
  for (const CopyAxis& axis : axes) multiples.push_back(axis.step);
  const bool in_runs = !axes.empty() && axes.back().step == 1;
  if (in_runs) multiples.back() = axes.back().size;
  const Unit unit = in_runs ? widest_unit(node.out_type().dtype, multiples)
                            : widest_unit(node.out_type().dtype, {1});
  std::vector<std::string> terms;
  std::vector<std::int64_t> sizes;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const bool is_run = in_runs && k + 1 == axes.size();
    if (is_run) axes[k].size /= unit.elements;
    if (!is_run) axes[k].step /= unit.elements;
    sizes.push_back(axes[k].size);
    if (axes[k].step == 1) terms.push_back(fmt::format("a{}", k));
    if (axes[k].step > 1) terms.push_back(fmt::format("a{} * {}", k, axes[k].step));
  }
  if (from != 0) terms.push_back(fmt::format("{}", from / unit.elements));
  return each_of(node, node.out_type().shape.elements() / unit.elements,
                 pointer_to_input(unit, "x", 0) + pointer_to_output(unit, "y") +
                     coordinates(sizes) + fmt::format("y[i] = x[{}];\n", sum_text(terms)));
}

void add_function(KernelRegistry& kernels, CudaContext& context, const char* op,
                  DeviceFunction (*make)(const Node& node)) {
  kernels.add({.op = op,
               .name = fmt::format("cuda:{}", op),
               .prepare =
                   [&context, make](const Node& node) {
                     return generated(context, node, {.functions = {make(node)}});
                   },
               .device = Device::Gpu});
}

}  // namespace agon
