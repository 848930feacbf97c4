#include "ops/conv/columns_onednn.h"

#include <fmt/format.h>
#include <xmmintrin.h>

#include <algorithm>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/cpu/onednn.h"
#include "engine/runtime/cpu/primitive_sequence.h"
#include "ops/conv/conv2d.h"

namespace agon {

namespace {

/// to[i] += from[i]. Runs are a few dozen floats: wider vectors would not pay.
void add_run(const float* from, std::int64_t count, float* to) {
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    _mm_storeu_ps(to + i, _mm_add_ps(_mm_loadu_ps(to + i), _mm_loadu_ps(from + i)));
  for (; i < count; ++i) to[i] += from[i];
}

/// The largest number of images that divides n and whose columns stay in the cache.
std::int64_t images_at_once(std::int64_t n, std::int64_t columns_of_image) {
  constexpr std::int64_t kElements = std::int64_t{1} << 19;
  std::int64_t images = std::clamp<std::int64_t>(kElements / columns_of_image, 1, n);
  while (n % images != 0) --images;
  return images;
}

class InputGradColumns final : public Kernel {
 public:
  InputGradColumns(const Shape& dy, const Shape& w, const Shape& dx, const Conv2dAttrs& attrs)
      : dy_(dy),
        w_(w),
        dx_(dx),
        attrs_(attrs),
        columns_of_image_(dy[1] * dy[2] * w[1] * w[2] * w[3]),
        images_(images_at_once(dy[0], columns_of_image_)) {}

  /// "" or why oneDNN cannot multiply this fast.
  std::string prepare() {
    const std::int64_t pixels = images_ * dy_[1] * dy_[2];
    const std::int64_t taps = w_[1] * w_[2] * w_[3];
    const auto a = onednn::dense({DType::F32, {pixels, dy_[3]}}, {0, 1});
    const auto b = onednn::dense({DType::F32, {dy_[3], taps}}, {0, 1});
    const auto y = onednn::dense({DType::F32, {pixels, taps}}, {0, 1});
    const dnnl::matmul::primitive_desc matmul(onednn::engine(), a, b, y, onednn::attributes());
    if (onednn::is_reference(matmul.impl_info_str()))
      return fmt::format("only {} here", matmul.impl_info_str());
    const auto in_a = product_.input(0, a), in_b = product_.input(1, b), out = product_.output(y);
    product_.add(dnnl::matmul(matmul), matmul.scratchpad_desc(),
                 {{DNNL_ARG_SRC, in_a}, {DNNL_ARG_WEIGHTS, in_b}, {DNNL_ARG_DST, out}});
    return "";
  }

  std::size_t scratch_bytes() const override { return columns_bytes() + product_.scratch_bytes(); }

  void run(const KernelCall& call) override {
    for (std::int64_t first = 0; first < dy_[0]; first += images_) {
      const void* const in[] = {call.input<float>(0) + first * dy_[1] * dy_[2] * dy_[3],
                                call.in[1]};
      void* const columns[] = {call.scratch};
      product_.run({in, columns, static_cast<std::byte*>(call.scratch) + columns_bytes()});
      const std::int64_t row_elements = dx_[2] * dx_[3] * w_[1];
      const std::int64_t grain = std::max<std::int64_t>(1, (std::int64_t{1} << 14) / row_elements);
      parallel_for(images_ * dx_[1], grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          add_up_row(static_cast<const float*>(call.scratch), row,
                     call.output<float>() + (first * dx_[1] + row) * dx_[2] * dx_[3]);
        }
      });
    }
  }

 private:
  std::size_t columns_bytes() const {
    const auto bytes = static_cast<std::size_t>(images_ * columns_of_image_) * sizeof(float);
    return (bytes + 63) / 64 * 64;
  }

  /// Row `row` (counted through the images at hand) of dx from the columns of every row of dy that
  /// reaches it.
  void add_up_row(const float* columns, std::int64_t row, float* dx) const {
    const std::int64_t image = row / dx_[1], ih = row % dx_[1];
    std::fill_n(dx, dx_[2] * dx_[3], 0.0f);
    for (std::int64_t kh = 0; kh < w_[1]; ++kh) {
      const std::int64_t from_top = ih + attrs_.pad_top - kh;
      if (from_top < 0 || from_top % attrs_.stride_h != 0) continue;
      const std::int64_t oh = from_top / attrs_.stride_h;
      if (oh >= dy_[1]) continue;
      add_kernel_row(
          columns + image * columns_of_image_ + (oh * dy_[2] * w_[1] + kh) * run_length(), dx);
    }
  }

  /// The kw x c contributions of each pixel of one row of dy by one row of the kernel; neighbours
  /// lie kh runs apart.
  void add_kernel_row(const float* columns, float* dx) const {
    const std::int64_t c = dx_[3];
    for (std::int64_t ow = 0; ow < dy_[2]; ++ow) {
      const std::int64_t left = ow * attrs_.stride_w - attrs_.pad_left;
      const std::int64_t begin = std::max<std::int64_t>(left, 0);
      const std::int64_t end = std::min(left + w_[2], dx_[2]);
      if (begin >= end) continue;
      add_run(columns + ow * w_[1] * run_length() + (begin - left) * c, (end - begin) * c,
              dx + begin * c);
    }
  }

  std::int64_t run_length() const { return w_[2] * w_[3]; }

  Shape dy_, w_, dx_;
  Conv2dAttrs attrs_;
  std::int64_t columns_of_image_;
  std::int64_t images_;
  onednn::PrimitiveSequence product_;
};

}  // namespace

Candidate prepare_input_grad_columns(const Node& node) {
  const Type &dy = node.in(0).type(), &dx = node.out_type();
  if (dx.dtype != DType::F32) return Candidate::refused("f32 only");
  if (dx.bytes() == 0 || dy.bytes() == 0) return Candidate::refused("nothing to convolve");
  if (dx.shape[3] > kFewChannels) {
    return Candidate::refused(
        fmt::format("for at most {} channels, got {}", kFewChannels, dx.shape[3]));
  }
  auto kernel = std::make_unique<InputGradColumns>(dy.shape, node.in(1).shape(), dx.shape,
                                                   node.attrs_as<Conv2dAttrs>());
  if (std::string why = kernel->prepare(); !why.empty()) return Candidate::refused(why);
  return kernel;
}

}  // namespace agon
