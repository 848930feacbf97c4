#include "ops/conv/winograd/cost.h"

#include <fmt/format.h>

#include "ops/conv/winograd/blocking.h"
#include "ops/gemm/gemm.h"

namespace agon {

namespace {

// In multiplications of a product at full speed, by measurement of layers from 8 to 512 channels on
// two AVX-512 cores: moving a number through a transform, setting one up for a position, and the
// same for the weights. Transforms are bound by the caches, products are not.
constexpr double kNumber = 15;
constexpr double kPosition = 150;
constexpr double kWeight = 3;
/// oneDNN's gradient of the input takes that much longer than the convolution.
constexpr double kPlainInputGrad = 1.3;

/// Channels as vectors see them.
double whole(std::int64_t channels) {
  return static_cast<double>(winograd::round_up(channels, winograd::kLine));
}

double transform(std::int64_t channels) {
  return kNumber * whole(channels) + kPosition;
}

struct Convolution {
  const Shape &x, &w, &y;
};

Convolution convolution_of(const Node& node, ConvGradient gradient) {
  const Shape &a = node.in(0).shape(), &b = node.in(1).shape(), &out = node.out_type().shape;
  if (gradient == ConvGradient::Input) return {out, b, a};
  if (gradient == ConvGradient::Weight) return {a, out, b};
  return {a, b, out};
}

/// Why no tiles fit, or "".
std::string refusal(const Node& node, const Convolution& conv) {
  const auto& a = node.attrs_as<Conv2dAttrs>();
  if (node.out_type().dtype != DType::F32) return "f32 only";
  if (conv.x.elements() == 0 || conv.w.elements() == 0) return "nothing to convolve";
  if (find_gemm() == nullptr) return "needs a processor with AVX2";
  if (a.stride_h != a.stride_w)
    return fmt::format("for equal strides, got {} x {}", a.stride_h, a.stride_w);
  const std::int64_t high = winograd::divide_up(conv.w[1], a.stride_h);
  const std::int64_t wide = winograd::divide_up(conv.w[2], a.stride_w);
  if (high != wide || high < 2 || high > 3) {
    return fmt::format("for two or three taps in each pixel phase, got {} x {}", high, wide);
  }
  return "";
}

}  // namespace

double cost_by_tiles(const PhaseConvolution& conv, ConvGradient gradient) {
  const auto phases = static_cast<double>(conv.phases());
  const std::int64_t c = conv.x[3], o = conv.y[3];
  TileGrid grid = conv.output_grid();
  double each = 0, plain = static_cast<double>(conv.y.elements() * conv.w[1] * conv.w[2] * c);
  switch (gradient) {
    case ConvGradient::None:
      each = phases * static_cast<double>(c) * whole(o) + phases * transform(c) + transform(o);
      break;
    case ConvGradient::Input:
      each = phases * (static_cast<double>(o) * whole(c) + transform(o) + transform(c));
      grid = conv.input_grad_grid();
      plain *= kPlainInputGrad;
      break;
    case ConvGradient::Weight:
      each = phases * static_cast<double>(o) * whole(c) + phases * transform(c) + transform(o);
      break;
  }
  const double positions = conv.n() * conv.n();
  return positions *
         (static_cast<double>(grid.tiles()) * each +
          kWeight * phases * static_cast<double>(c * o)) /
         plain;
}

std::variant<PhaseConvolution, std::string> choose_tiles(const Node& node, ConvGradient gradient,
                                                         WinogradTiles tiles, double most) {
  const Convolution conv = convolution_of(node, gradient);
  if (std::string why = refusal(node, conv); !why.empty()) return why;
  const auto& attrs = node.attrs_as<Conv2dAttrs>();
  const PhaseConvolution small(conv.x, conv.w, conv.y, attrs, 2);
  const PhaseConvolution large(conv.x, conv.w, conv.y, attrs, 4);
  const double small_cost = cost_by_tiles(small, gradient);
  const double large_cost = cost_by_tiles(large, gradient);
  const bool use_large = tiles == WinogradTiles::Any && large_cost < small_cost;
  const double cost = use_large ? large_cost : small_cost;
  if (cost >= most) return fmt::format("tiles would cost {:.0f} % of the plain sum", 100 * cost);
  return use_large ? large : small;
}

}  // namespace agon
