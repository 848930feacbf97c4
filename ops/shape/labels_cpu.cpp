#include <algorithm>
#include <numeric>

#include "engine/runtime/kernel.h"
#include "ops/shape/attrs.h"

namespace agon {

namespace {

template <class T>
class OneHotKernel final : public Kernel {
 public:
  explicit OneHotKernel(const Node& node)
      : n_(node.in(0).shape()[0]), classes_(node.attrs_as<OneHotAttrs>().classes) {}

  void run(const KernelCall& call) override {
    T* y = call.output<T>();
    std::fill_n(y, n_ * classes_, T{0});
    for (std::int64_t i = 0; i < n_; ++i) {
      const std::int64_t label = call.input<std::int32_t>(0)[i];
      if (label >= 0 && label < classes_) y[i * classes_ + label] = T{1};
    }
  }

 private:
  std::int64_t n_, classes_;
};

class IotaKernel final : public Kernel {
 public:
  explicit IotaKernel(const Node& node) : n_(node.attrs_as<IotaAttrs>().n) {}
  void run(const KernelCall& call) override {
    std::iota(call.output<std::int32_t>(), call.output<std::int32_t>() + n_, 0);
  }

 private:
  std::int64_t n_;
};

Candidate one_hot_candidate(const Node& node) {
  switch (node.out_type().dtype) {
    case DType::F32:
      return Candidate(std::make_unique<OneHotKernel<float>>(node));
    case DType::F64:
      return Candidate(std::make_unique<OneHotKernel<double>>(node));
    case DType::I32:
      break;
  }
  return Candidate(std::make_unique<OneHotKernel<std::int32_t>>(node));
}

}  // namespace

void register_labels_cpu(KernelRegistry& kernels) {
  kernels.add({"one_hot", "cpu:one_hot", one_hot_candidate});
  kernels.add({"iota", "cpu:iota",
               [](const Node& node) { return Candidate(std::make_unique<IotaKernel>(node)); }});
}

}  // namespace agon
