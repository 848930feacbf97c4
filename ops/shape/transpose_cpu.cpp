#include <xmmintrin.h>

#include <algorithm>
#include <array>
#include <vector>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/shape/attrs.h"
#include "ops/shape/copy_rows.h"

namespace agon {

namespace {

constexpr std::int64_t kBlock = 32;  // a block of 32 x 32 stays in the first cache

/// An output axis: its size, and how far one step along it goes in input and output.
struct Axis {
  std::int64_t size = 1, in = 0, out = 0;
};

/// Output axes of more than one element, outermost first; those that follow each other in the input
/// too are one.
std::vector<Axis> merged_axes(const Node& node) {
  const auto in = node.in(0).shape().strides();
  const Shape& shape = node.out_type().shape;
  const auto& order = node.attrs_as<TransposeAttrs>().axes;
  std::vector<Axis> axes;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 1) continue;
    const Axis axis{shape[i], in[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])],
                    shape.strides()[static_cast<std::size_t>(i)]};
    if (!axes.empty() && axes.back().in == axis.in * axis.size) {
      axes.back() = {axes.back().size * axis.size, axis.in, axis.out};
    } else {
      axes.push_back(axis);
    }
  }
  return axes;
}

struct Offsets {
  std::int64_t in = 0, out = 0;
};

Offsets offsets_of(const std::vector<Axis>& outer, std::int64_t index) {
  Offsets offsets;
  for (auto axis = outer.rbegin(); axis != outer.rend(); ++axis) {
    offsets.in += index % axis->size * axis->in;
    offsets.out += index % axis->size * axis->out;
    index /= axis->size;
  }
  return offsets;
}

std::int64_t product(const std::vector<Axis>& axes) {
  std::int64_t count = 1;
  for (const Axis& axis : axes) count *= axis.size;
  return count;
}

/// The innermost axis stays innermost: rows are copied.
class RowsKernel final : public Kernel {
 public:
  RowsKernel(std::vector<Axis> axes, std::size_t element)
      : outer_(axes.begin(), axes.end() - 1),
        element_(static_cast<std::int64_t>(element)),
        bytes_(axes.back().size * element_),
        rows_(product(outer_)) {}

  void run(const KernelCall& call) override {
    parallel_for(rows_, rows_of_piece(bytes_), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        copy_row(call.output<char>() + r * bytes_,
                 call.input<char>(0) + offsets_of(outer_, r).in * element_, bytes_);
      }
    });
  }

 private:
  std::vector<Axis> outer_;
  std::int64_t element_, bytes_, rows_;
};

/// Four rows of floats, each four further columns, turned: to[j * kBlock + i] = x[i * in + j].
void turn_4x4(const float* x, std::int64_t in, float* to) {
  __m128 a = _mm_loadu_ps(x), b = _mm_loadu_ps(x + in);
  __m128 c = _mm_loadu_ps(x + 2 * in), d = _mm_loadu_ps(x + 3 * in);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_store_ps(to, a);
  _mm_store_ps(to + kBlock, b);
  _mm_store_ps(to + 2 * kBlock, c);
  _mm_store_ps(to + 3 * kBlock, d);
}

void turn_4x4(const double* x, std::int64_t in, double* to) {
  for (std::int64_t i = 0; i < 4; ++i) {
    for (std::int64_t j = 0; j < 4; ++j) to[j * kBlock + i] = x[i * in + j];
  }
}

/// y[j * out + i] = x[i * in + j] for i < rows, j < columns, by way of a block on the stack: whole
/// cache lines are written, also where the rows of y fall into one cache set.
template <class T>
void transpose_block(const T* x, std::int64_t in, T* y, std::int64_t out, std::int64_t rows,
                     std::int64_t columns) {
  alignas(64) std::array<T, kBlock * kBlock> block;
  const std::int64_t rows4 = rows / 4 * 4, columns4 = columns / 4 * 4;
  for (std::int64_t i = 0; i < rows4; i += 4) {
    for (std::int64_t j = 0; j < columns4; j += 4)
      turn_4x4(x + i * in + j, in, block.data() + j * kBlock + i);
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = i < rows4 ? columns4 : 0; j < columns; ++j)
      block[static_cast<std::size_t>(j * kBlock + i)] = x[i * in + j];
  }
  for (std::int64_t j = 0; j < columns; ++j)
    std::copy_n(block.data() + j * kBlock, rows, y + j * out);
}

/// The input's innermost axis and the output's are two: matrices are transposed in blocks.
template <class T>
class BlocksKernel final : public Kernel {
 public:
  explicit BlocksKernel(std::vector<Axis> axes) : inner_(axes.back()) {
    axes.pop_back();
    const auto unit = std::ranges::find(axes, 1, &Axis::in);
    column_ = *unit;
    axes.erase(unit);
    outer_ = std::move(axes);
    across_ = (inner_.size + kBlock - 1) / kBlock;
    down_ = (column_.size + kBlock - 1) / kBlock;
    grain_ = std::max<std::int64_t>(
        1, 16384 / (std::min(inner_.size, kBlock) * std::min(column_.size, kBlock)));
  }

  void run(const KernelCall& call) override {
    parallel_for(product(outer_) * down_ * across_, grain_,
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t b = begin; b < end; ++b)
                     block(call.input<T>(0), call.output<T>(), b);
                 });
  }

 private:
  void block(const T* x, T* y, std::int64_t b) const {
    const std::int64_t j = b % down_ * kBlock;
    const std::int64_t i = b / down_ % across_ * kBlock;
    const Offsets at = offsets_of(outer_, b / across_ / down_);
    transpose_block(x + at.in + i * inner_.in + j, inner_.in, y + at.out + j * column_.out + i,
                    column_.out, std::min(kBlock, inner_.size - i),
                    std::min(kBlock, column_.size - j));
  }

  Axis inner_, column_;
  std::vector<Axis> outer_;
  std::int64_t across_ = 1, down_ = 1, grain_ = 1;
};

Candidate transpose_candidate(const Node& node) {
  const std::size_t element = bytes_of(node.out_type().dtype);
  std::vector<Axis> axes = merged_axes(node);
  if (axes.size() <= 1) return Candidate(copy_kernel(node.out_type().bytes()));
  if (axes.back().in == 1) return Candidate(std::make_unique<RowsKernel>(std::move(axes), element));
  if (element == 4) return Candidate(std::make_unique<BlocksKernel<float>>(std::move(axes)));
  return Candidate(std::make_unique<BlocksKernel<double>>(std::move(axes)));
}

}  // namespace

void register_transpose_cpu(KernelRegistry& kernels) {
  kernels.add({"transpose", "cpu:transpose", transpose_candidate});
}

}  // namespace agon
