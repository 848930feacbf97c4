#include <fmt/format.h>

#include <algorithm>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/gemm/dots.h"
#include "ops/gemm/gemm.h"
#include "ops/matmul/geometry.h"
#include "ops/matmul/matmul.h"

namespace agon {

namespace {

constexpr std::int64_t rounded_up(std::int64_t n, std::int64_t step) {
  return (n + step - 1) / step * step;
}

/// How many of `count` rows or columns of the result a piece of work takes, in multiples of `step`:
/// by additions, and by what is read of the larger operand, which at small batches costs more.
std::int64_t grain(const MatmulGeometry& g, std::int64_t count, std::int64_t step) {
  constexpr double kPiece = 1.5e6;        // flops: some microseconds
  constexpr double kFlopsOfElement = 32;  // in the time that one is read from the third cache
  const auto m = static_cast<double>(g.m), n = static_cast<double>(g.n),
             k = static_cast<double>(g.k);
  const double work = 2 * m * n * k + kFlopsOfElement * std::max({m * k, k * n, m * n});
  const auto pieces = static_cast<std::int64_t>(work / kPiece) + 1;
  return rounded_up((count + pieces - 1) / pieces, step);
}

/// x W^T along k, for few rows of one of the two.
class FewRows : public Kernel {
 public:
  FewRows(DotsFunction dots, const MatmulGeometry& g) : dots_(dots), g_(g) {}
  void run(const KernelCall& call) override {
    const float* x = call.input<float>(0);
    const float* w = call.input<float>(1);
    float* y = call.output<float>();
    if (g_.n == 1) {  // x takes the place of the weights, whose rows are many
      parallel_for(g_.m, grain(g_, g_.m, 4), [&](std::int64_t begin, std::int64_t end) {
        dots_({1, end - begin, g_.k, w, g_.k, x + begin * g_.k, g_.k, y + begin, g_.m});
      });
    } else if (g_.m > g_.n) {
      parallel_for(g_.m, grain(g_, g_.m, 4), [&](std::int64_t begin, std::int64_t end) {
        dots_({end - begin, g_.n, g_.k, x + begin * g_.k, g_.k, w, g_.k, y + begin * g_.n, g_.n});
      });
    } else {
      parallel_for(g_.n, grain(g_, g_.n, 4), [&](std::int64_t begin, std::int64_t end) {
        dots_({g_.m, end - begin, g_.k, x, g_.k, w + begin * g_.k, g_.k, y + begin, g_.n});
      });
    }
  }

 private:
  DotsFunction dots_;
  MatmulGeometry g_;
};

class Product : public Kernel {
 public:
  Product(const GemmFunctions& gemm, const MatmulGeometry& g) : gemm_(gemm), g_(g) {}

 protected:
  const GemmFunctions& gemm_;
  MatmulGeometry g_;
};

/// y = x W^T as (W x^T)^T: W is read as stored, x and y, which are small, are transposed.
class ForwardOfSmallBatch : public Product {
 public:
  using Product::Product;
  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(packed_right_floats(g_.k, g_.m) + g_.n * stride()) * 4;
  }
  void run(const KernelCall& call) override {
    const float* x = call.input<float>(0);
    const float* w = call.input<float>(1);
    float* y = call.output<float>();
    float* panels = static_cast<float*>(call.scratch);
    float* columns = panels + packed_right_floats(g_.k, g_.m);
    gemm_.pack_right(g_.k, g_.m, x, g_.k, true, panels);
    parallel_for(g_.n, grain(g_, g_.n, kPanelRows), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; row += kBlock) {
        const std::int64_t rows = std::min(end - row, kBlock);
        float* tile = columns + row * stride();
        gemm_.multiply({rows, g_.m, g_.k}, GemmLeft::rows(w + row * g_.k, g_.k),
                       GemmRight::packed(panels, g_.k), {tile, stride()}, false);
        gemm_.transpose(rows, g_.m, tile, stride(), y + row, g_.n);
      }
    });
  }

 private:
  static constexpr std::int64_t kBlock = 4 * kPanelRows;
  std::int64_t stride() const { return rounded_up(g_.m, 16); }
};

/// dx = dy W.
class InputGrad : public Product {
 public:
  using Product::Product;
  void run(const KernelCall& call) override {
    const float* dy = call.input<float>(0);
    const float* w = call.input<float>(1);
    float* dx = call.output<float>();
    parallel_for(g_.n, grain(g_, g_.n, 2 * kPanelColumns),
                 [&](std::int64_t begin, std::int64_t end) {
                   gemm_.multiply({g_.m, end - begin, g_.k}, GemmLeft::rows(dy, g_.k),
                                  GemmRight::rows(w + begin, g_.n), {dx + begin, g_.n}, false);
                 });
  }
};

/// dW = dy^T x, a few whole rows after the other, so that they are written in order.
class WeightGrad : public Product {
 public:
  using Product::Product;
  void run(const KernelCall& call) override {
    const float* dy = call.input<float>(0);
    const float* x = call.input<float>(1);
    float* dw = call.output<float>();
    parallel_for(g_.m, grain(g_, g_.m, kPanelRows), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; row += kPanelRows) {
        gemm_.multiply({std::min(end - row, kPanelRows), g_.n, g_.k},
                       GemmLeft::columns(dy + row, g_.m), GemmRight::rows(x, g_.n),
                       {dw + row * g_.n, g_.n}, false);
      }
    });
  }
};

// Where the kernels above were measured faster than oneDNN's.
constexpr std::int64_t kFew = 8;      // rows or columns that dot products are for
constexpr std::int64_t kVector = 16;  // a batch that fills a vector
constexpr std::int64_t kShort = 64;   // terms below which adding up lanes costs more than products
constexpr std::int64_t kForwardBatch = 32, kInputGradBatch = 256, kWeightGradBatch = 8;
constexpr std::int64_t kNarrow = 32;  // weights that stay in the first cache while written

Candidate refuse_batch(std::int64_t most, std::int64_t batch) {
  return Candidate::refused(fmt::format("for batches of at most {}, got {}", most, batch));
}

Candidate prepare_own(const Node& node) {
  if (node.out_type().dtype != DType::F32) return Candidate::refused("f32 only");
  if (node.out_type().bytes() == 0 || node.in(0).type().bytes() == 0)
    return Candidate::refused("nothing to multiply");
  const GemmFunctions* gemm = find_gemm();
  if (gemm == nullptr) return Candidate::refused("needs a processor with AVX2");
  const auto& attrs = node.attrs_as<MatmulAttrs>();
  const MatmulGeometry g(node.in(0).shape(), node.in(1).shape(), attrs);
  if (node.in(0).shape().rank() != 2) return Candidate::refused("for one product, got a batch");
  if (attrs.transpose_a && attrs.transpose_b)
    return Candidate::refused("for one operand transposed at most, got both");
  if (attrs.transpose_b) {
    if (std::min(g.m, g.n) <= kFew || (g.m < kVector && g.k >= kShort))
      return std::make_unique<FewRows>(find_dots(), g);
    if (g.m > kForwardBatch) return refuse_batch(kForwardBatch, g.m);
    return std::make_unique<ForwardOfSmallBatch>(*gemm, g);
  }
  if (attrs.transpose_a) {
    if (g.k > kWeightGradBatch && std::min(g.m, g.n) > kNarrow)
      return refuse_batch(kWeightGradBatch, g.k);
    return std::make_unique<WeightGrad>(*gemm, g);
  }
  if (g.m > kInputGradBatch && g.k > kFew) return refuse_batch(kInputGradBatch, g.m);
  return std::make_unique<InputGrad>(*gemm, g);
}

}  // namespace

void register_matmul_own(KernelRegistry& kernels) {
  kernels.add({.op = "matmul", .name = "own:matmul", .prepare = prepare_own});
}

}  // namespace agon
