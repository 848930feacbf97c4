#include <algorithm>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/pool/upsample.h"

namespace agon {

namespace {

class Upsample final : public Kernel {
 public:
  Upsample(const Shape& x, std::int64_t factor)
      : rows_(x[0] * x[1]), width_(x[2]), channels_(x[3]), factor_(factor) {}

  void run(const KernelCall& call) override {
    const std::int64_t out_row = width_ * factor_ * channels_;
    const std::int64_t elements = std::max<std::int64_t>(out_row * factor_, 1);
    const std::int64_t grain = std::max<std::int64_t>(1, (std::int64_t{1} << 14) / elements);
    parallel_for(rows_, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        repeat_row(call.input<float>(0) + row * width_ * channels_,
                   call.output<float>() + row * factor_ * out_row);
      }
    });
  }

 private:
  void repeat_row(const float* x, float* y) const {
    float* to = y;
    for (std::int64_t j = 0; j < width_; ++j) {
      for (std::int64_t copy = 0; copy < factor_; ++copy)
        to = std::copy_n(x + j * channels_, channels_, to);
    }
    const std::int64_t row = to - y;
    for (std::int64_t copy = 1; copy < factor_; ++copy) to = std::copy_n(y, row, to);
  }

  std::int64_t rows_, width_, channels_, factor_;
};

}  // namespace

void register_upsample_cpu(KernelRegistry& kernels) {
  kernels.add({"upsample", "cpu:upsample", [](const Node& node) -> Candidate {
                 if (node.out_type().dtype != DType::F32) return Candidate::refused("f32 only");
                 return std::make_unique<Upsample>(node.in(0).shape(),
                                                   node.attrs_as<UpsampleAttrs>().factor);
               }});
}

}  // namespace agon
