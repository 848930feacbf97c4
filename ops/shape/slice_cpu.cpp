#include <cstring>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/shape/attrs.h"
#include "ops/shape/copy_rows.h"

namespace agon {

namespace {

class SliceKernel final : public Kernel {
 public:
  explicit SliceKernel(const Node& node) {
    const auto& a = node.attrs_as<SliceAttrs>();
    const Shape& shape = node.in(0).shape();
    const std::int64_t unit = bytes_along(shape, a.axis, bytes_of(node.out_type().dtype));
    begin_ = a.from * unit;
    row_ = (a.to - a.from) * unit;
    stride_ = shape[static_cast<int>(a.axis)] * unit;
    rows_ = static_cast<std::int64_t>(node.out_type().bytes()) / row_;
  }

  void run(const KernelCall& call) override {
    const char* from = call.input<char>(0) + begin_;
    if (rows_ == 1) return copy_memory(call.out[0], from, static_cast<std::size_t>(row_));
    parallel_for(rows_, rows_of_piece(row_), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r)
        copy_row(call.output<char>() + r * row_, from + r * stride_, row_);
    });
  }

 private:
  std::int64_t begin_ = 0, row_ = 1, stride_ = 1, rows_ = 1;
};

/// The last padded axis and all after it make a row: zeros, elements, zeros, or zeros alone where
/// an outer axis is in its padding.
class PadKernel final : public Kernel {
 public:
  explicit PadKernel(const Node& node) : attrs_(node.attrs_as<PadAttrs>()) {
    shape_ = node.in(0).shape();
    padded_ = node.out_type().shape;
    last_ = shape_.rank() - 1;
    while (last_ > 0 && shape_[last_] == padded_[last_]) --last_;
    if (last_ < 0) {  // a scalar
      in_row_ = out_row_ = static_cast<std::int64_t>(node.out_type().bytes());
      return;
    }
    const std::int64_t unit = bytes_along(shape_, last_, bytes_of(node.out_type().dtype));
    before_ = attrs_.before[static_cast<std::size_t>(last_)] * unit;
    in_row_ = shape_[last_] * unit;
    out_row_ = padded_[last_] * unit;
    rows_ = static_cast<std::int64_t>(node.out_type().bytes()) / out_row_;
  }

  void run(const KernelCall& call) override {
    parallel_for(rows_, rows_of_piece(out_row_), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        char* to = call.output<char>() + r * out_row_;
        const std::int64_t from = source_row(r);
        if (from < 0) {
          std::memset(to, 0, static_cast<std::size_t>(out_row_));
          continue;
        }
        std::memset(to, 0, static_cast<std::size_t>(before_));
        copy_row(to + before_, call.input<char>(0) + from * in_row_, in_row_);
        std::memset(to + before_ + in_row_, 0,
                    static_cast<std::size_t>(out_row_ - before_ - in_row_));
      }
    });
  }

 private:
  /// The input's row that output row `r` holds, or -1.
  std::int64_t source_row(std::int64_t r) const {
    std::int64_t from = 0, scale = 1;
    for (int axis = last_ - 1; axis >= 0; --axis) {
      const std::int64_t i = r % padded_[axis] - attrs_.before[static_cast<std::size_t>(axis)];
      if (i < 0 || i >= shape_[axis]) return -1;
      from += i * scale;
      scale *= shape_[axis];
      r /= padded_[axis];
    }
    return from;
  }

  PadAttrs attrs_;
  Shape shape_, padded_;
  int last_ = 0;
  std::int64_t before_ = 0, in_row_ = 1, out_row_ = 1, rows_ = 1;
};

}  // namespace

void register_slice_cpu(KernelRegistry& kernels) {
  kernels.add({"slice", "cpu:slice",
               [](const Node& node) { return Candidate(std::make_unique<SliceKernel>(node)); }});
  kernels.add({"pad", "cpu:pad",
               [](const Node& node) { return Candidate(std::make_unique<PadKernel>(node)); }});
}

}  // namespace agon
