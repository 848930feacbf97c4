#include <algorithm>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/pool/pool_geometry.h"
#include "ops/pool/window_vectors.h"

namespace agon {

namespace {

/// One window: its pixels in the picture, where they begin in x, and which pixel of y is theirs.
struct Window {
  PixelBlock block;
  std::int64_t x;
  std::int64_t y;
};

/// Calls visit(window) for every window of row `row` of y, counted through the images.
template <class Visit>
void for_each_window(const PoolGeometry& g, std::int64_t row, Visit visit) {
  const PoolAttrs& a = g.attrs;
  const std::int64_t n = row / g.oh;
  const std::int64_t above = row % g.oh * a.stride_h - a.pad_top;
  const std::int64_t top = std::max<std::int64_t>(above, 0);
  const std::int64_t bottom = std::min(above + a.kernel_h, g.h);
  for (std::int64_t j = 0; j < g.ow; ++j) {
    const std::int64_t before = j * a.stride_w - a.pad_left;
    const std::int64_t left = std::max<std::int64_t>(before, 0);
    const std::int64_t right = std::min(before + a.kernel_w, g.w);
    visit(Window{{bottom - top, right - left, g.w * g.c, g.c},
                 ((n * g.h + top) * g.w + left) * g.c,
                 (row * g.ow + j) * g.c});
  }
}

/// About 16k elements a piece: below that one core is faster.
std::int64_t grain_of(std::int64_t elements) {
  return std::max<std::int64_t>(1, (std::int64_t{1} << 14) / std::max<std::int64_t>(elements, 1));
}

float average_scale(const PoolAttrs& a) {
  return 1.0f / static_cast<float>(a.kernel_h * a.kernel_w);
}

/// Windows fill y; rows of y are independent.
template <class Work>
class FillResult final : public Kernel {
 public:
  FillResult(const PoolGeometry& geometry, Work work) : geometry_(geometry), work_(work) {}

  void run(const KernelCall& call) override {
    const PoolGeometry& g = geometry_;
    parallel_for(g.n * g.oh, grain_of(g.ow * g.c), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row)
        for_each_window(g, row, [&](const Window& window) { work_(g.attrs, call, window); });
    });
  }

 private:
  PoolGeometry geometry_;
  Work work_;
};

/// Windows add to dx, where they may overlap; images are independent.
template <class Work>
class AddToPicture final : public Kernel {
 public:
  AddToPicture(const PoolGeometry& geometry, Work work) : geometry_(geometry), work_(work) {}

  void run(const KernelCall& call) override {
    const PoolGeometry& g = geometry_;
    const std::int64_t image = g.h * g.w * g.c;
    parallel_for(g.n, grain_of(image), [&](std::int64_t begin, std::int64_t end) {
      std::fill(call.output<float>() + begin * image, call.output<float>() + end * image, 0.0f);
      for (std::int64_t row = begin * g.oh; row < end * g.oh; ++row)
        for_each_window(g, row, [&](const Window& window) { work_(g.attrs, call, window); });
    });
  }

 private:
  PoolGeometry geometry_;
  Work work_;
};

/// `x` is the shape of the picture. Work is called with (attrs, call, window).
template <template <class> class Form, class Work>
Candidate prepare(const Node& node, const Shape& x, Work work) {
  if (node.out_type().dtype != DType::F32) return Candidate::refused("f32 only");
  if (window_functions() == nullptr) return Candidate::refused("needs AVX2");
  const PoolGeometry geometry(x, node.attrs_as<PoolAttrs>());
  return std::make_unique<Form<Work>>(geometry, work);
}

Candidate prepare_max_pool(const Node& node) {
  return prepare<FillResult>(
      node, node.in(0).shape(),
      [f = window_functions()](const PoolAttrs&, const KernelCall& call, const Window& w) {
        f->maximum(w.block, call.input<float>(0) + w.x, call.output<float>() + w.y);
      });
}

Candidate prepare_gather(const Node& node) {
  return prepare<FillResult>(
      node, node.in(0).shape(),
      [f = window_functions()](const PoolAttrs&, const KernelCall& call, const Window& w) {
        f->take(w.block, call.input<float>(0) + w.x, call.input<float>(1) + w.x,
                call.output<float>() + w.y);
      });
}

Candidate prepare_scatter(const Node& node) {
  return prepare<AddToPicture>(
      node, node.in(0).shape(),
      [f = window_functions()](const PoolAttrs&, const KernelCall& call, const Window& w) {
        f->scatter(w.block, call.input<float>(0) + w.x, call.input<float>(1) + w.y,
                   call.output<float>() + w.x);
      });
}

Candidate prepare_average(const Node& node) {
  return prepare<FillResult>(
      node, node.in(0).shape(),
      [f = window_functions()](const PoolAttrs& a, const KernelCall& call, const Window& w) {
        f->average(w.block, call.input<float>(0) + w.x, average_scale(a),
                   call.output<float>() + w.y);
      });
}

Candidate prepare_average_grad(const Node& node) {
  return prepare<AddToPicture>(
      node, node.out_type().shape,
      [f = window_functions()](const PoolAttrs& a, const KernelCall& call, const Window& w) {
        f->spread(w.block, call.input<float>(0) + w.y, average_scale(a),
                  call.output<float>() + w.x);
      });
}

}  // namespace

void register_pool_cpu(KernelRegistry& kernels) {
  kernels.add({"max_pool", "cpu:max_pool", prepare_max_pool});
  kernels.add({"max_pool_gather", "cpu:max_pool_gather", prepare_gather});
  kernels.add({"max_pool_scatter", "cpu:max_pool_scatter", prepare_scatter});
  kernels.add({"average_pool", "cpu:average_pool", prepare_average});
  kernels.add({"average_pool_grad", "cpu:average_pool_grad", prepare_average_grad});
}

}  // namespace agon
