#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "graphs/experiment/checks.h"
#include "ops/conv/conv2d.h"

namespace agon {

namespace {

/// The largest kernel that is looked at tap by tap.
constexpr std::int64_t kLargestKernel = 1024;
/// More than any machine holds.
constexpr double kTooManyBytes = 1024.0 * 1024 * 1024 * 1024;
constexpr std::size_t kLongestChain = 16;

/// Taps of a kernel along one axis that meet one of `size` pixels in one of `windows` windows.
std::int64_t acting_taps(std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                         std::int64_t size, std::int64_t windows) {
  std::int64_t acting = 0;
  for (std::int64_t tap = 0; tap < kernel; ++tap) {
    const std::int64_t first =
        tap >= padding ? 0 : (padding - tap + stride - 1) / stride;  // window it is inside of first
    if (first < windows && first * stride - padding + tap < size) ++acting;
  }
  return acting;
}

std::string map_text(const Shape& picture) {
  return fmt::format("{}x{}", picture[1], picture[2]);
}

struct Taps {
  std::int64_t all = 0;
  std::int64_t acting = 0;
};

/// In a transposed convolution windows and pixels change places.
Taps taps_of(const Node& node) {
  const auto& a = node.attrs_as<Conv2dAttrs>();
  const bool forward = node.is("conv2d");
  const Shape& w = node.in(1).shape();
  const Shape& pixels = forward ? node.in(0).shape() : node.out_type().shape;
  const Shape& windows = forward ? node.out_type().shape : node.in(0).shape();
  return {w[1] * w[2], acting_taps(w[1], a.stride_h, a.pad_top, pixels[1], windows[1]) *
                           acting_taps(w[2], a.stride_w, a.pad_left, pixels[2], windows[2])};
}

/// Returns how many weights never act.
std::int64_t check_taps(const LayerReport& row, const Node& node, Diagnostics& diagnostics) {
  const Shape& w = node.in(1).shape();
  if (w[1] > kLargestKernel || w[2] > kLargestKernel) return 0;
  const Taps taps = taps_of(node);
  const std::int64_t lost = taps.all - taps.acting;
  if (lost == 0) return 0;
  const bool forward = node.is("conv2d");
  const Shape& map = forward ? node.in(0).shape() : node.out_type().shape;
  diagnostics.warning(
      row.origin,
      fmt::format("{} of {} kernel taps meet only padding{} a {} map; a smaller kernel does the "
                  "same",
                  lost, taps.all, forward ? " on" : ", which is cut off", map_text(map)));
  return node.in(1).shape().elements() / taps.all * lost;
}

void check_stride(const LayerReport& row, const Node& node, Diagnostics& diagnostics) {
  const auto& a = node.attrs_as<Conv2dAttrs>();
  const Shape& x = node.in(0).shape();
  const std::int64_t stride = std::max(a.stride_h, a.stride_w);
  if (!node.is("conv2d") || stride == 1 || x[1] != 1 || x[2] != 1) return;
  diagnostics.warning(row.origin, fmt::format("stride {} does nothing on a 1x1 map", stride));
}

/// "28 -> 55 -> 109", the heights (or, without pictures, the sizes) a network goes through.
std::string chain_of(const Network& network, const LayerReport& last) {
  std::vector<std::string> sizes;
  for (const LayerReport& row : network.report) {
    if (row.shape.rank() == 3) {
      const std::string size = std::to_string(row.shape[1]);
      if (sizes.empty() || sizes.back() != size) sizes.push_back(size);
    }
  }
  if (sizes.size() < 2 || last.shape.rank() != 3) return "";
  if (sizes.size() > kLongestChain) {
    sizes.erase(sizes.begin() + kLongestChain / 2, sizes.end() - kLongestChain / 2);
    sizes.insert(sizes.begin() + kLongestChain / 2, "...");
  }
  return fmt::format("; heights {}{}{}", joined(sizes, " -> "), last.arithmetic.empty() ? "" : "; ",
                     last.arithmetic);
}

double numbers_in(const Shape& shape) {
  double product = 1;
  for (const std::int64_t size : shape) product *= static_cast<double>(size);
  return product;
}

}  // namespace

std::int64_t check_layer(const LayerReport& row, std::span<const std::unique_ptr<Node>> nodes,
                         Diagnostics& diagnostics) {
  std::int64_t never = 0;
  for (const std::unique_ptr<Node>& node : nodes) {
    if (!node->is("conv2d") && !node->is("conv2d_input_grad")) continue;
    never += check_taps(row, *node, diagnostics);
    check_stride(row, *node, diagnostics);
  }
  return never;
}

void check_sizes(const Network& network, std::int64_t batch, Diagnostics& diagnostics) {
  const LayerReport* largest = nullptr;
  for (const LayerReport& row : network.report) {
    const double weights = static_cast<double>(row.parameters) * sizeof(float);
    if (weights > kTooManyBytes) {
      diagnostics.error(row.origin,
                        fmt::format("{} parameters need {}, more than any machine has",
                                    thousands_text(row.parameters), bytes_text(weights)));
      return;
    }
    if (largest == nullptr || numbers_in(row.shape) > numbers_in(largest->shape)) largest = &row;
  }
  if (largest == nullptr) return;
  const double bytes = numbers_in(largest->shape) * static_cast<double>(batch) * sizeof(float);
  if (bytes <= kTooManyBytes) return;
  diagnostics.error(
      largest->origin,
      fmt::format("output {} needs {} at batch {}, more than any machine has{}",
                  to_text(largest->shape), bytes_text(bytes), batch, chain_of(network, *largest)));
}

std::string enlarging_advice(const Network& maker, const Shape& expected, const Shape& got) {
  if (expected.rank() != 3 || got.rank() != 3 || got[1] >= expected[1]) return "";
  std::int64_t height = maker.inputs().empty() || maker.inputs()[0].shape.rank() != 3
                            ? 0
                            : maker.inputs()[0].shape[1];
  bool convolves = false;
  bool enlarges = false;
  bool reshapes = false;  // and no layer makes a picture of a picture
  for (const LayerReport& row : maker.report) {
    convolves = convolves || row.word == "conv";
    if (row.shape.rank() != 3) continue;
    reshapes = row.word == "reshape" || (reshapes && row.shape[1] == height);
    enlarges = enlarges || row.shape[1] > height;
    height = row.shape[1];
  }
  std::int64_t begin = expected[1];
  int doublings = 0;
  while (begin % 2 == 0 && begin > 4) {
    begin /= 2;
    ++doublings;
  }
  const std::string up = "conv_transpose: {filters: n, kernel: 4, stride: 2, padding: 1}";
  if (convolves && !enlarges) {
    return fmt::format(
        "; conv never enlarges: begin with dense and reshape: [n, {}, {}], then {} "
        "{} times, which doubles {} to {}",
        begin, begin, up, doublings, begin, expected[1]);
  }
  if (reshapes && !convolves)
    return fmt::format("; dense: {} and reshape: {} make that", expected.elements(),
                       to_text(expected));
  const std::int64_t factor = expected[1] / got[1];
  if (got[1] * factor != expected[1] || got[2] * factor != expected[2] ||
      (factor & (factor - 1)) != 0)
    return "";
  return fmt::format("; {} doubles: {} more", up, std::lround(std::log2(factor)));
}

}  // namespace agon
