#include <algorithm>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/resample/resample.h"
#include "ops/resample/row_vectors.h"

namespace agon {

namespace {

/// A tensor as [outer, rows, inner] to [outer, taps.rows(), inner].
class Resample final : public Kernel {
 public:
  Resample(const Shape& in, std::int64_t axis, const Taps& taps)
      : rows_(in[static_cast<int>(axis)]), first_(taps.first), index_(taps.index) {
    for (int i = 0; i < axis; ++i) outer_ *= in[i];
    for (int i = static_cast<int>(axis) + 1; i < in.rank(); ++i) inner_ *= in[i];
    for (const double weight : taps.weight) weight_.push_back(static_cast<float>(weight));
  }

  void run(const KernelCall& call) override {
    const auto out = static_cast<std::int64_t>(first_.size()) - 1;
    const auto taps = static_cast<std::int64_t>(index_.size());
    const std::int64_t work = inner_ * std::max<std::int64_t>(taps / out, 1);
    const std::int64_t grain = std::max<std::int64_t>(1, (std::int64_t{1} << 14) / work);
    parallel_for(outer_ * out, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r)
        one_row(call.input<float>(0) + r / out * rows_ * inner_, static_cast<std::size_t>(r % out),
                call.output<float>() + r * inner_);
    });
  }

 private:
  void one_row(const float* x, std::size_t j, float* y) const {
    const auto begin = static_cast<std::size_t>(first_[j]);
    weigh_(x, index_.data() + begin, weight_.data() + begin, first_[j + 1] - first_[j], inner_, y);
  }

  WeighRows weigh_ = find_weigh_rows();
  std::int64_t outer_ = 1, rows_, inner_ = 1;
  std::vector<std::int64_t> first_, index_;
  std::vector<float> weight_;
};

Candidate prepared(const Node& node, bool transpose) {
  if (node.out_type().dtype != DType::F32) return Candidate::refused("f32 only");
  if (find_weigh_rows() == nullptr) return Candidate::refused("needs a processor with AVX2");
  const auto& a = node.attrs_as<ResampleAttrs>();
  const Shape& in = node.in(0).shape();
  const std::int64_t rows = in[static_cast<int>(a.axis)];
  const Taps taps =
      transpose ? transposed(taps_of(a, a.size, rows), a.size) : taps_of(a, rows, a.size);
  return std::make_unique<Resample>(in, a.axis, taps);
}

}  // namespace

void register_resample_cpu(KernelRegistry& kernels) {
  kernels.add({"resample", "cpu:resample", [](const Node& node) { return prepared(node, false); }});
  kernels.add({"resample_grad", "cpu:resample_grad",
               [](const Node& node) { return prepared(node, true); }});
}

}  // namespace agon
