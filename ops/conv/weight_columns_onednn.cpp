#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/cpu/primitive_sequence.h"
#include "ops/conv/columns.h"
#include "ops/conv/product_onednn.h"

namespace agon {

namespace {

/// conv2d_weight_grad of stride 1 for few channels of dy. Beside each pixel of x the kh x kw x o
/// gradients it meets are laid out ("columns"); one product with x then sums over the pixels.
class WeightGradByColumns final : public Kernel {
 public:
  WeightGradByColumns(const Shape& x, const Shape& dy, const Shape& dw, const Conv2dAttrs& attrs)
      : x_(x), dy_(dy), dw_(dw), attrs_(attrs), rows_(pieces_at_once(x[0] * x[1], x[2] * taps())) {}

  /// "" or why oneDNN cannot multiply this fast.
  std::string prepare() {
    DenseProduct product{.m = taps(), .k = rows_ * x_[2], .n = x_[3], .transpose_a = true};
    std::string why = append_product(first_, product);
    if (!why.empty()) return why;
    product.add = true;
    return append_product(further_, product);
  }

  std::size_t scratch_bytes() const override {
    return columns_bytes() + line_bytes(dw_.elements()) +
           std::max(first_.scratch_bytes(), further_.scratch_bytes());
  }

  void run(const KernelCall& call) override {
    auto* const scratch = static_cast<std::byte*>(call.scratch);
    auto* const columns = reinterpret_cast<float*>(scratch);
    auto* const mirrored = reinterpret_cast<float*>(scratch + columns_bytes());
    for (std::int64_t row = 0; row < x_[0] * x_[1]; row += rows_) {
      lay_out(call.input<float>(1), row, columns);
      const void* const in[] = {columns, call.input<float>(0) + row * x_[2] * x_[3]};
      void* const out[] = {mirrored};
      (row == 0 ? first_ : further_)
          .run({in, out, scratch + columns_bytes() + line_bytes(dw_.elements())});
    }
    unmirror(mirrored, call.output<float>());
  }

 private:
  std::int64_t run_length() const { return dw_[2] * dw_[0]; }
  std::int64_t taps() const { return dw_[1] * run_length(); }
  std::size_t columns_bytes() const { return line_bytes(rows_ * x_[2] * taps()); }

  /// Columns of the rows at hand, the first of them row `first` of x counted through the images.
  void lay_out(const float* dy, std::int64_t first, float* columns) const {
    const std::int64_t elements = x_[2] * taps();
    const std::int64_t grain = std::max<std::int64_t>(1, (std::int64_t{1} << 14) / elements);
    parallel_for(rows_, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) lay_out_row(dy, first + i, columns + i * elements);
    });
  }

  /// Columns of row `row` of x, counted through the images; the kernel runs backwards, so that what
  /// a pixel meets along one row of dy lies together.
  void lay_out_row(const float* dy, std::int64_t row, float* columns) const {
    const std::int64_t n = row / x_[1], ih = row % x_[1], o = dy_[3];
    for (std::int64_t iw = 0; iw < x_[2]; ++iw) {
      const std::int64_t left = iw + attrs_.pad_left - (dw_[2] - 1);
      const std::int64_t begin = std::clamp<std::int64_t>(-left, 0, dw_[2]);
      const std::int64_t end = std::clamp<std::int64_t>(dy_[2] - left, begin, dw_[2]);
      for (std::int64_t kh = 0; kh < dw_[1]; ++kh, columns += run_length()) {
        const std::int64_t oh = ih + attrs_.pad_top - (dw_[1] - 1) + kh;
        std::fill_n(columns, run_length(), 0.0f);
        if (oh < 0 || oh >= dy_[1] || begin == end) continue;
        const float* from = dy + ((n * dy_[1] + oh) * dy_[2] + left + begin) * o;
        std::memcpy(columns + begin * o, from,
                    static_cast<std::size_t>((end - begin) * o) * sizeof(float));
      }
    }
  }

  /// [kh, kw, o, c], both kernel axes backwards, to [o, kh, kw, c].
  void unmirror(const float* mirrored, float* dw) const {
    const std::int64_t o = dw_[0], area = dw_[1] * dw_[2], c = dw_[3];
    for (std::int64_t filter = 0; filter < o; ++filter) {
      for (std::int64_t tap = 0; tap < area; ++tap)
        dw = std::copy_n(mirrored + ((area - 1 - tap) * o + filter) * c, c, dw);
    }
  }

  Shape x_, dy_, dw_;
  Conv2dAttrs attrs_;
  std::int64_t rows_;  // at once
  onednn::PrimitiveSequence first_;
  onednn::PrimitiveSequence further_;  // adds to what is there
};

}  // namespace

Candidate prepare_weight_grad_columns(const Node& node) {
  const Shape &x = node.in(0).shape(), &dy = node.in(1).shape(), &dw = node.out_type().shape;
  const auto& attrs = node.attrs_as<Conv2dAttrs>();
  if (node.out_type().dtype != DType::F32) return Candidate::refused("f32 only");
  if (x.elements() == 0 || dy.elements() == 0) return Candidate::refused("nothing to convolve");
  if (attrs.stride_h != 1 || attrs.stride_w != 1) {
    return Candidate::refused(
        fmt::format("for stride 1, got {} x {}", attrs.stride_h, attrs.stride_w));
  }
  if (dy[3] > kFewFilters) {
    return Candidate::refused(
        fmt::format("for at most {} channels of dy, got {}", kFewFilters, dy[3]));
  }
  if (x[3] < kDeepChannels) {
    return Candidate::refused(
        fmt::format("for at least {} channels of x, got {}", kDeepChannels, x[3]));
  }
  if (dw[1] * dw[2] == 1) return Candidate::refused("a 1 x 1 kernel is one product already");
  auto kernel = std::make_unique<WeightGradByColumns>(x, dy, dw, attrs);
  if (std::string why = kernel->prepare(); !why.empty()) return Candidate::refused(why);
  return kernel;
}

}  // namespace agon
