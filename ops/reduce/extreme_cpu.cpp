#include "engine/runtime/cpu/lanes.h"
#include "ops/reduce/extreme.h"
#include "ops/reduce/fold.h"

namespace agon {

namespace {

template <class T, bool largest>
class PositionKernel final : public Kernel {
 public:
  explicit PositionKernel(const Node& node) {
    const Shape& shape = node.in(0).shape();
    const int axis = static_cast<int>(node.attrs_as<AxisAttrs>().axis);
    size_ = shape[axis];
    inner_ = shape.strides()[static_cast<std::size_t>(axis)];
    outer_ = shape.elements() / (size_ * inner_);
  }

  void run(const KernelCall& call) override {
    const std::int64_t each = size_ * inner_;
    const std::int64_t grain = each < 16384 ? 16384 / each : 1;
    parallel_for(outer_, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t o = begin; o < end; ++o)
        find(call.input<T>(0) + o * each, call.output<std::int32_t>() + o * inner_);
    });
  }

 private:
  void find(const T* x, std::int32_t* position) const {
    for (std::int64_t i = 0; i < inner_; ++i) position[i] = 0;
    for (std::int64_t k = 1; k < size_; ++k) {
      for (std::int64_t i = 0; i < inner_; ++i) {
        const T best = x[position[i] * inner_ + i];
        const T v = x[k * inner_ + i];
        if (largest ? v > best : v < best) position[i] = static_cast<std::int32_t>(k);
      }
    }
  }

  std::int64_t outer_ = 1, size_ = 1, inner_ = 1;
};

template <bool largest>
Candidate position_candidate(const Node& node) {
  switch (node.in(0).dtype()) {
    case DType::F32:
      return Candidate(std::make_unique<PositionKernel<float, largest>>(node));
    case DType::F64:
      return Candidate(std::make_unique<PositionKernel<double, largest>>(node));
    case DType::I32:
      break;
  }
  return Candidate(std::make_unique<PositionKernel<std::int32_t, largest>>(node));
}

}  // namespace

void register_extreme_cpu(KernelRegistry& kernels) {
  kernels.add({"reduce_max", "cpu:reduce_max",
               [](const Node& node) { return fold_candidate(node, Fold::Max); }});
  kernels.add({"reduce_max", "plain:reduce_max",
               [](const Node& node) { return plain_fold_candidate(node, Fold::Max); }});
  kernels.add({"argmax", "cpu:argmax", position_candidate<true>});
  kernels.add({"argmin", "cpu:argmin", position_candidate<false>});
}

}  // namespace agon
