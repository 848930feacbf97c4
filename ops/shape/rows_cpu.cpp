#include <algorithm>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/shape/attrs.h"
#include "ops/shape/copy_rows.h"

namespace agon {

namespace {

class GatherKernel final : public Kernel {
 public:
  explicit GatherKernel(const Node& node)
      : table_rows_(node.in(0).shape()[0]),
        rows_(node.out_type().shape[0]),
        bytes_(static_cast<std::int64_t>(node.in(0).type().bytes()) / table_rows_) {}

  void run(const KernelCall& call) override {
    const std::int32_t* labels = call.input<std::int32_t>(1);
    parallel_for(rows_, rows_of_piece(bytes_), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t row = row_of(labels[i], table_rows_);
        copy_row(call.output<char>() + i * bytes_, call.input<char>(0) + row * bytes_, bytes_);
      }
    });
  }

 private:
  std::int64_t table_rows_, rows_, bytes_;
};

/// Split by columns: every sum is taken in the order of the rows.
template <class T>
class ScatterKernel final : public Kernel {
 public:
  explicit ScatterKernel(const Node& node)
      : from_rows_(node.in(0).shape()[0]),
        rows_(node.out_type().shape[0]),
        width_(node.out_type().shape.elements() / rows_) {}

  void run(const KernelCall& call) override {
    const std::int64_t grain = std::max<std::int64_t>(64, 16384 / (rows_ + from_rows_));
    parallel_for(width_, grain, [&](std::int64_t begin, std::int64_t end) {
      const std::int32_t* labels = call.input<std::int32_t>(1);
      T* y = call.output<T>();
      for (std::int64_t r = 0; r < rows_; ++r)
        std::fill(y + r * width_ + begin, y + r * width_ + end, T{0});
      for (std::int64_t i = 0; i < from_rows_; ++i) {
        const T* x = call.input<T>(0) + i * width_;
        T* to = y + row_of(labels[i], rows_) * width_;
        for (std::int64_t j = begin; j < end; ++j) to[j] += x[j];
      }
    });
  }

 private:
  std::int64_t from_rows_, rows_, width_;
};

Candidate scatter_candidate(const Node& node) {
  switch (node.out_type().dtype) {
    case DType::F32:
      return Candidate(std::make_unique<ScatterKernel<float>>(node));
    case DType::F64:
      return Candidate(std::make_unique<ScatterKernel<double>>(node));
    case DType::I32:
      break;
  }
  return Candidate(std::make_unique<ScatterKernel<std::int32_t>>(node));
}

}  // namespace

void register_rows_cpu(KernelRegistry& kernels) {
  kernels.add({"gather_rows", "cpu:gather_rows",
               [](const Node& node) { return Candidate(std::make_unique<GatherKernel>(node)); }});
  kernels.add({"scatter_rows", "cpu:scatter_rows", scatter_candidate});
}

}  // namespace agon
