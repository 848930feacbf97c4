#include "ops/conv/columns_onednn.h"

#include <fmt/format.h>
#include <xmmintrin.h>

#include <algorithm>
#include <optional>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/cpu/primitive_sequence.h"
#include "ops/conv/conv2d.h"
#include "ops/conv/product_onednn.h"

namespace agon {

namespace {

/// to[i] += from[i]. Runs are a few dozen floats: wider vectors would not pay.
void add_run(const float* from, std::int64_t count, float* to) {
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    _mm_storeu_ps(to + i, _mm_add_ps(_mm_loadu_ps(to + i), _mm_loadu_ps(from + i)));
  for (; i < count; ++i) to[i] += from[i];
}

/// A transposed convolution `from` [n, h, w, c] -> `to` [n, h, w, c'] for kernels kh x kw.
struct ColumnsGeometry {
  Shape from, to;
  std::int64_t kh, kw;
  Conv2dAttrs attrs;

  /// Floats that one row of the kernel adds to at once.
  std::int64_t run() const { return kw * to[3]; }
  std::int64_t taps() const { return kh * run(); }
  std::int64_t columns_of_image() const { return from[1] * from[2] * taps(); }
};

/// w [o, kh, kw, c] read backwards along both kernel axes, as [c, kh, kw, o]: a convolution of
/// stride 1 is a transposed convolution with this kernel.
void mirror_weights(const float* w, const Shape& shape, float* mirrored) {
  const std::int64_t o = shape[0], taps = shape[1] * shape[2], c = shape[3];
  for (std::int64_t channel = 0; channel < c; ++channel) {
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      for (std::int64_t filter = 0; filter < o; ++filter)
        *mirrored++ = w[(filter * taps + taps - 1 - tap) * c + channel];
    }
  }
}

class TransposedByColumns final : public Kernel {
 public:
  /// `mirrored` is the shape of weights to be mirrored first; none if they are as wanted.
  TransposedByColumns(const ColumnsGeometry& geometry, std::optional<Shape> mirrored)
      : g_(geometry),
        mirrored_(mirrored),
        images_(pieces_at_once(g_.from[0], g_.columns_of_image())) {}

  /// "" or why oneDNN cannot multiply this fast.
  std::string prepare() {
    return append_product(
        product_, {.m = images_ * g_.from[1] * g_.from[2], .k = g_.from[3], .n = g_.taps()});
  }

  std::size_t scratch_bytes() const override {
    return columns_bytes() + mirrored_bytes() + product_.scratch_bytes();
  }

  void run(const KernelCall& call) override {
    auto* const columns = static_cast<float*>(call.scratch);
    auto* const mirrored =
        reinterpret_cast<float*>(static_cast<std::byte*>(call.scratch) + columns_bytes());
    if (mirrored_) mirror_weights(call.input<float>(1), *mirrored_, mirrored);
    const void* const weights = mirrored_ ? mirrored : call.in[1];
    for (std::int64_t first = 0; first < g_.from[0]; first += images_) {
      const void* const in[] = {call.input<float>(0) + first * g_.from[1] * g_.from[2] * g_.from[3],
                                weights};
      void* const out[] = {columns};
      product_.run({in, out, reinterpret_cast<std::byte*>(mirrored) + mirrored_bytes()});
      add_up(columns, call.output<float>() + first * g_.to[1] * g_.to[2] * g_.to[3]);
    }
  }

 private:
  std::size_t columns_bytes() const { return line_bytes(images_ * g_.columns_of_image()); }
  std::size_t mirrored_bytes() const { return mirrored_ ? line_bytes(mirrored_->elements()) : 0; }

  /// The rows of the images at hand, from their columns.
  void add_up(const float* columns, float* to) const {
    const std::int64_t row_elements = g_.to[2] * g_.to[3];
    const std::int64_t grain =
        std::max<std::int64_t>(1, (std::int64_t{1} << 14) / (row_elements * g_.kh));
    parallel_for(images_ * g_.to[1], grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row)
        add_up_row(columns, row, to + row * row_elements);
    });
  }

  /// Row `row`, counted through the images, from the columns of every row that reaches it.
  void add_up_row(const float* columns, std::int64_t row, float* to) const {
    const std::int64_t image = row / g_.to[1], ih = row % g_.to[1];
    std::fill_n(to, g_.to[2] * g_.to[3], 0.0f);
    for (std::int64_t kh = 0; kh < g_.kh; ++kh) {
      const std::int64_t from_top = ih + g_.attrs.pad_top - kh;
      if (from_top < 0 || from_top % g_.attrs.stride_h != 0) continue;
      const std::int64_t oh = from_top / g_.attrs.stride_h;
      if (oh >= g_.from[1]) continue;
      add_kernel_row(
          columns + image * g_.columns_of_image() + (oh * g_.from[2] * g_.kh + kh) * g_.run(), to);
    }
  }

  /// What each pixel of one row adds through one row of the kernel; neighbours lie kh runs apart.
  void add_kernel_row(const float* columns, float* to) const {
    const std::int64_t c = g_.to[3];
    for (std::int64_t ow = 0; ow < g_.from[2]; ++ow) {
      const std::int64_t left = ow * g_.attrs.stride_w - g_.attrs.pad_left;
      const std::int64_t begin = std::max<std::int64_t>(left, 0);
      const std::int64_t end = std::min(left + g_.kw, g_.to[2]);
      if (begin >= end) continue;
      add_run(columns + ow * g_.taps() + (begin - left) * c, (end - begin) * c, to + begin * c);
    }
  }

  ColumnsGeometry g_;
  std::optional<Shape> mirrored_;
  std::int64_t images_;
  onednn::PrimitiveSequence product_;
};

/// Why not for this node, or "". `few`: most channels of the result.
std::string refusal(const Node& node, std::int64_t few) {
  const Type &from = node.in(0).type(), &to = node.out_type();
  const auto& attrs = node.attrs_as<Conv2dAttrs>();
  if (to.dtype != DType::F32) return "f32 only";
  if (to.bytes() == 0 || from.bytes() == 0) return "nothing to convolve";
  if (to.shape[3] > few) return fmt::format("for at most {} channels, got {}", few, to.shape[3]);
  if (attrs.stride_h * attrs.stride_w == 1 && from.shape[3] < kDeepChannels) {
    return fmt::format("for stride 1 sums over at least {} channels, got {}", kDeepChannels,
                       from.shape[3]);
  }
  return "";
}

Candidate prepared(const ColumnsGeometry& geometry, std::optional<Shape> mirrored) {
  auto kernel = std::make_unique<TransposedByColumns>(geometry, mirrored);
  if (std::string why = kernel->prepare(); !why.empty()) return Candidate::refused(why);
  return kernel;
}

}  // namespace

Candidate prepare_input_grad_columns(const Node& node) {
  if (std::string why = refusal(node, kFewGradChannels); !why.empty())
    return Candidate::refused(why);
  const Shape& w = node.in(1).shape();
  return prepared(
      {node.in(0).shape(), node.out_type().shape, w[1], w[2], node.attrs_as<Conv2dAttrs>()},
      std::nullopt);
}

Candidate prepare_conv2d_columns(const Node& node) {
  if (std::string why = refusal(node, kFewChannels); !why.empty()) return Candidate::refused(why);
  Conv2dAttrs attrs = node.attrs_as<Conv2dAttrs>();
  if (attrs.stride_h != 1 || attrs.stride_w != 1) {
    return Candidate::refused(
        fmt::format("for stride 1, got {} x {}", attrs.stride_h, attrs.stride_w));
  }
  const Shape& w = node.in(1).shape();
  if (w[1] * w[2] == 1) return Candidate::refused("a 1 x 1 kernel is one product already");
  attrs.pad_top = w[1] - 1 - attrs.pad_top;
  attrs.pad_left = w[2] - 1 - attrs.pad_left;
  return prepared({node.in(0).shape(), node.out_type().shape, w[1], w[2], attrs}, w);
}

}  // namespace agon
