#include <algorithm>
#include <utility>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/pool/pool_geometry.h"

namespace agon {

namespace {

/// Rows of the result per piece of work: about 16k elements, below which one core is faster.
std::int64_t rows_per_piece(std::int64_t row_elements) {
  return std::max<std::int64_t>(1,
                                (std::int64_t{1} << 14) / std::max<std::int64_t>(row_elements, 1));
}

/// Offset of pixel (ih, iw) of image n, at channel 0.
std::int64_t pixel(const PoolGeometry& g, std::int64_t n, std::int64_t ih, std::int64_t iw) {
  return ((n * g.h + ih) * g.w + iw) * g.c;
}

/// The element of `values` where x has the first maximum of each window.
void take_row(const PoolGeometry& g, const float* x, const float* values, std::int64_t row,
              float* y) {
  const std::int64_t n = row / g.oh, i = row % g.oh;
  for (std::int64_t j = 0; j < g.ow; ++j) {
    float* taken = y + (row * g.ow + j) * g.c;
    for (std::int64_t c = 0; c < g.c; ++c) {
      std::int64_t best = -1;
      g.for_each_pixel(i, j, [&](std::int64_t ih, std::int64_t iw) {
        const std::int64_t here = pixel(g, n, ih, iw) + c;
        if (best < 0 || exceeds(x[here], x[best])) best = here;
      });
      taken[c] = values[best];
    }
  }
}

void maximum_row(const PoolGeometry& g, const float* x, std::int64_t row, float* y) {
  const std::int64_t n = row / g.oh, i = row % g.oh;
  for (std::int64_t j = 0; j < g.ow; ++j) {
    float* largest = y + (row * g.ow + j) * g.c;
    bool first = true;
    g.for_each_pixel(i, j, [&](std::int64_t ih, std::int64_t iw) {
      const float* here = x + pixel(g, n, ih, iw);
      if (std::exchange(first, false)) {
        std::copy_n(here, g.c, largest);
      } else {
        for (std::int64_t c = 0; c < g.c; ++c)
          largest[c] = exceeds(here[c], largest[c]) ? here[c] : largest[c];
      }
    });
  }
}

void scatter_image(const PoolGeometry& g, const float* x, const float* dy, std::int64_t n,
                   float* dx) {
  std::fill_n(dx + pixel(g, n, 0, 0), g.h * g.w * g.c, 0.0f);
  for (std::int64_t i = 0; i < g.oh; ++i) {
    for (std::int64_t j = 0; j < g.ow; ++j) {
      const float* from = dy + ((n * g.oh + i) * g.ow + j) * g.c;
      for (std::int64_t c = 0; c < g.c; ++c) {
        std::int64_t best = -1;
        g.for_each_pixel(i, j, [&](std::int64_t ih, std::int64_t iw) {
          const std::int64_t here = pixel(g, n, ih, iw) + c;
          if (best < 0 || exceeds(x[here], x[best])) best = here;
        });
        dx[best] += from[c];
      }
    }
  }
}

void average_row(const PoolGeometry& g, const float* x, std::int64_t row, float* y) {
  const float scale = 1.0f / static_cast<float>(g.attrs.kernel_h * g.attrs.kernel_w);
  const std::int64_t n = row / g.oh, i = row % g.oh;
  for (std::int64_t j = 0; j < g.ow; ++j) {
    float* mean = y + (row * g.ow + j) * g.c;
    std::fill_n(mean, g.c, 0.0f);
    g.for_each_pixel(i, j, [&](std::int64_t ih, std::int64_t iw) {
      const float* here = x + pixel(g, n, ih, iw);
      for (std::int64_t c = 0; c < g.c; ++c) mean[c] += here[c];
    });
    for (std::int64_t c = 0; c < g.c; ++c) mean[c] *= scale;
  }
}

void spread_image(const PoolGeometry& g, const float* dy, std::int64_t n, float* dx) {
  const float scale = 1.0f / static_cast<float>(g.attrs.kernel_h * g.attrs.kernel_w);
  std::fill_n(dx + pixel(g, n, 0, 0), g.h * g.w * g.c, 0.0f);
  for (std::int64_t i = 0; i < g.oh; ++i) {
    for (std::int64_t j = 0; j < g.ow; ++j) {
      const float* from = dy + ((n * g.oh + i) * g.ow + j) * g.c;
      g.for_each_pixel(i, j, [&](std::int64_t ih, std::int64_t iw) {
        float* here = dx + pixel(g, n, ih, iw);
        for (std::int64_t c = 0; c < g.c; ++c) here[c] += scale * from[c];
      });
    }
  }
}

/// A loop over pieces of the result: rows of y, or images of x where windows may overlap.
template <class Work>
class PoolKernel final : public Kernel {
 public:
  PoolKernel(PoolGeometry geometry, std::int64_t count, std::int64_t grain, Work work)
      : geometry_(geometry), count_(count), grain_(grain), work_(std::move(work)) {}

  void run(const KernelCall& call) override {
    parallel_for(count_, grain_, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t piece = begin; piece < end; ++piece) work_(geometry_, call, piece);
    });
  }

 private:
  PoolGeometry geometry_;
  std::int64_t count_;
  std::int64_t grain_;
  Work work_;
};

template <class Work>
Candidate by_row(const Node& node, Work work) {
  if (node.out_type().dtype != DType::F32) return Candidate::refused("f32 only");
  const PoolGeometry g(node.in(0).shape(), node.attrs_as<PoolAttrs>());
  return std::make_unique<PoolKernel<Work>>(g, g.n * g.oh, rows_per_piece(g.ow * g.c), work);
}

template <class Work>
Candidate by_image(const Node& node, Work work) {
  if (node.out_type().dtype != DType::F32) return Candidate::refused("f32 only");
  const PoolGeometry g(node.out_type().shape, node.attrs_as<PoolAttrs>());
  return std::make_unique<PoolKernel<Work>>(g, g.n, rows_per_piece(g.h * g.w * g.c), work);
}

}  // namespace

void register_pool_cpu(KernelRegistry& kernels) {
  kernels.add({"max_pool", "cpu:max_pool", [](const Node& node) {
                 return by_row(node, [](const auto& g, const KernelCall& call, std::int64_t row) {
                   maximum_row(g, call.input<float>(0), row, call.output<float>());
                 });
               }});
  kernels.add({"max_pool_gather", "cpu:max_pool_gather", [](const Node& node) {
                 return by_row(node, [](const auto& g, const KernelCall& call, std::int64_t row) {
                   take_row(g, call.input<float>(0), call.input<float>(1), row,
                            call.output<float>());
                 });
               }});
  kernels.add({"max_pool_scatter", "cpu:max_pool_scatter", [](const Node& node) {
                 return by_image(node, [](const auto& g, const KernelCall& call, std::int64_t n) {
                   scatter_image(g, call.input<float>(0), call.input<float>(1), n,
                                 call.output<float>());
                 });
               }});
  kernels.add({"average_pool", "cpu:average_pool", [](const Node& node) {
                 return by_row(node, [](const auto& g, const KernelCall& call, std::int64_t row) {
                   average_row(g, call.input<float>(0), row, call.output<float>());
                 });
               }});
  kernels.add({"average_pool_grad", "cpu:average_pool_grad", [](const Node& node) {
                 return by_image(node, [](const auto& g, const KernelCall& call, std::int64_t n) {
                   spread_image(g, call.input<float>(0), n, call.output<float>());
                 });
               }});
}

}  // namespace agon
