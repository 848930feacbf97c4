#include "ops/conv/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/runtime/cpu/lanes.h"
#include "ops/conv/column_sum.h"
#include "ops/conv/conv2d.h"
#include "ops/gemm/gemm.h"

namespace agon {

namespace {

/// Most rows of a kernel that add to one row.
constexpr std::int64_t kMostRows = 16;

std::size_t line_bytes(std::int64_t floats) {
  return (static_cast<std::size_t>(floats) * sizeof(float) + 63) / 64 * 64;
}

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return a >= 0 ? (a + b - 1) / b : -(-a / b);
}

/// A transposed convolution `from` [n, h, w, c] -> `to` [n, h, w, c'] for kernels kh x kw.
struct ColumnsGeometry {
  Shape from, to;
  std::int64_t kh, kw;
  Conv2dAttrs attrs;

  /// Floats that one row of the kernel adds to at once.
  std::int64_t run() const { return kw * to[3]; }
  std::int64_t taps() const { return kh * run(); }

  /// The first row of `from` that reaches row `row` of `to` or a later one.
  std::int64_t first_source(std::int64_t row) const {
    return std::clamp<std::int64_t>(ceil_div(row + attrs.pad_top - kh + 1, attrs.stride_h), 0,
                                    from[1]);
  }
  /// One past the last that reaches row `row` or an earlier one.
  std::int64_t end_of_sources(std::int64_t row) const {
    const std::int64_t top = row + attrs.pad_top;
    return top < 0 ? 0 : std::min(top / attrs.stride_h + 1, from[1]);
  }

  ColumnSum::Geometry sum() const {
    return {from[2], taps(), run(), attrs.stride_w * to[3], attrs.pad_left * to[3], to[2] * to[3]};
  }
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
      : g_(geometry), mirrored_(mirrored), sum_(geometry.sum()), lanes_(lane_count()) {
    band_ = rows_of_a_band();
    for (std::int64_t row = 0; row < g_.to[1]; row += band_) {
      const std::int64_t last = std::min(row + band_, g_.to[1]) - 1;
      sources_ = std::max(sources_, g_.end_of_sources(last) - g_.first_source(row));
    }
  }

  std::size_t scratch_bytes() const override {
    return mirrored_bytes() + static_cast<std::size_t>(lanes_) * lane_bytes();
  }

  KernelFacts facts() const override {
    if (!mirrored_) return {};
    const std::size_t bytes = static_cast<std::size_t>(mirrored_->elements()) * sizeof(float);
    return {.layout = "bcda", .weight_reorders = 1, .reordered_bytes = bytes};
  }

  void run(const KernelCall& call) override {
    auto* const scratch = static_cast<std::byte*>(call.scratch);
    const float* w = call.input<float>(1);
    if (mirrored_) {
      mirror_weights(w, *mirrored_, reinterpret_cast<float*>(scratch));
      w = reinterpret_cast<float*>(scratch);
    }
    const std::int64_t bands = (g_.to[1] + band_ - 1) / band_;
    parallel_for(g_.from[0] * bands, grain(), [&](std::int64_t begin, std::int64_t end) {
      auto* const columns =
          reinterpret_cast<float*>(scratch + mirrored_bytes() + current_lane() * lane_bytes());
      for (std::int64_t task = begin; task < end; ++task)
        transpose_band(call, w, task / bands, task % bands * band_, columns);
    });
  }

 private:
  /// Rows of `to` whose columns stay in the second cache beside what they are made of; but not so
  /// few that the columns made twice, for rows near two bands, cost more than that saves.
  std::int64_t rows_of_a_band() const {
    constexpr std::int64_t kFloats = std::int64_t{1} << 16;
    const std::int64_t sources = kFloats / (g_.from[2] * g_.taps());
    return std::clamp<std::int64_t>(sources * g_.attrs.stride_h, 4 * g_.kh,
                                    std::max(4 * g_.kh, g_.to[1]));
  }
  /// Bands in one piece of work: enough of them to be worth another processor.
  std::int64_t grain() const {
    constexpr std::int64_t kProducts = std::int64_t{1} << 19;
    const std::int64_t products = sources_ * g_.from[2] * g_.taps() * g_.from[3];
    return std::max<std::int64_t>(1, kProducts / std::max<std::int64_t>(1, products));
  }
  std::size_t lane_bytes() const { return line_bytes(sources_ * g_.from[2] * g_.taps()); }
  std::size_t mirrored_bytes() const { return mirrored_ ? line_bytes(mirrored_->elements()) : 0; }

  /// Rows [row, row + band_) of picture `image`.
  void transpose_band(const KernelCall& call, const float* w, std::int64_t image, std::int64_t row,
                      float* columns) const {
    const std::int64_t end = std::min(row + band_, g_.to[1]);
    const std::int64_t first = g_.first_source(row);
    const std::int64_t sources = std::max<std::int64_t>(0, g_.end_of_sources(end - 1) - first);
    const std::int64_t width = g_.from[2], channels = g_.from[3];
    const float* const from =
        call.input<float>(0) + (image * g_.from[1] + first) * width * channels;
    if (sources > 0) {
      gemm_->multiply({sources * width, g_.taps(), channels}, GemmLeft::rows(from, channels),
                      GemmRight::rows(w, g_.taps()), {columns, g_.taps()}, false);
    }
    float* to = call.output<float>() + (image * g_.to[1] + row) * sum_.row();
    for (; row < end; ++row, to += sum_.row()) add_up_row(columns, first, row, to);
  }

  /// Row `row` of a picture from the columns of every row that reaches it, those at hand beginning
  /// with row `first`.
  void add_up_row(const float* columns, std::int64_t first, std::int64_t row, float* to) const {
    const float* rows[kMostRows];
    std::int64_t count = 0;
    const std::int64_t top = row + g_.attrs.pad_top;
    for (std::int64_t oh = g_.first_source(row); oh < g_.end_of_sources(row); ++oh) {
      const std::int64_t kh = top - oh * g_.attrs.stride_h;
      rows[count++] = columns + (oh - first) * g_.from[2] * g_.taps() + kh * g_.run();
    }
    sum_.add_up(rows, count, to);
  }

  ColumnsGeometry g_;
  std::optional<Shape> mirrored_;
  ColumnSum sum_;
  int lanes_;
  std::int64_t band_ = 1;     // rows of `to` in a task
  std::int64_t sources_ = 0;  // rows of `from` that reach them, at most
  const GemmFunctions* gemm_ = find_gemm();
};

/// Why not for this node, or "".
std::string refusal(const Node& node) {
  const Type &from = node.in(0).type(), &to = node.out_type();
  const auto& attrs = node.attrs_as<Conv2dAttrs>();
  if (to.dtype != DType::F32) return "f32 only";
  if (to.bytes() == 0 || from.bytes() == 0) return "nothing to convolve";
  if (find_gemm() == nullptr || !ColumnSum::available()) return "needs AVX2";
  const bool strided = attrs.stride_h * attrs.stride_w > 1;
  const std::int64_t few = strided ? kFewStridedChannels : kFewChannels;
  if (to.shape[3] > few) return fmt::format("for at most {} channels, got {}", few, to.shape[3]);
  if (!strided && from.shape[3] < kDeepChannels) {
    return fmt::format("for stride 1 sums over at least {} channels, got {}", kDeepChannels,
                       from.shape[3]);
  }
  return "";
}

Candidate prepared(const ColumnsGeometry& geometry, std::optional<Shape> mirrored) {
  if (ceil_div(geometry.kh, geometry.attrs.stride_h) > kMostRows)
    return Candidate::refused(fmt::format("kernel height {} is too large", geometry.kh));
  return std::make_unique<TransposedByColumns>(geometry, mirrored);
}

}  // namespace

Candidate prepare_input_grad_columns(const Node& node) {
  if (std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  const Shape& w = node.in(1).shape();
  return prepared(
      {node.in(0).shape(), node.out_type().shape, w[1], w[2], node.attrs_as<Conv2dAttrs>()},
      std::nullopt);
}

Candidate prepare_conv2d_columns(const Node& node) {
  if (std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
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
