#include "ops/reduce/fold.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "engine/runtime/cpu/lanes.h"
#include "ops/reduce/axes.h"

namespace agon {

namespace {

constexpr std::int64_t kGrain = 16384;  // elements of a piece
constexpr std::int64_t kLeaf = 4096;    // elements of a row that are folded at once
constexpr std::int64_t kLeafLines = 128;
constexpr std::int64_t kNarrow = 64;   // narrower lines are folded several at a time
constexpr std::int64_t kBlock = 1024;  // columns of a piece

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

std::int64_t pieces_of(std::int64_t elements_each) {
  return std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, elements_each));
}

/// Partial results of `count` leaves, `stride` apart, in order; sums in double precision.
float join(Fold fold, const float* partial, std::int64_t count, std::int64_t stride) {
  if (fold == Fold::Sum) {
    double total = 0;
    for (std::int64_t i = 0; i < count; ++i) total += static_cast<double>(partial[i * stride]);
    return static_cast<float>(total);
  }
  float best = partial[0];
  for (std::int64_t i = 1; i < count; ++i) {
    const float v = partial[i * stride];
    if (v > best || v != v) best = v;
  }
  return best;
}

/// x [outer, reduced, inner] -> y [outer, inner].
struct Stage {
  std::int64_t outer = 1, reduced = 1, inner = 1;
  std::int64_t in_elements() const { return outer * reduced * inner; }
  std::int64_t out_elements() const { return outer * inner; }

  /// Lines that are folded as one, so that a line is wide enough for vectors.
  std::int64_t together() const {
    return inner >= kNarrow ? 1 : std::min(reduced, ceil_div(kNarrow, inner));
  }
  std::int64_t width() const { return together() * inner; }
  std::int64_t full_lines() const { return reduced / together(); }
  std::int64_t leaves() const {
    return inner == 1 ? ceil_div(reduced, kLeaf) : ceil_div(full_lines(), kLeafLines);
  }
  std::int64_t partials() const { return outer * leaves() * (inner == 1 ? 1 : width()); }
};

void run_rows(Fold fold, const FoldFunctions& f, const Stage& s, const float* x, float* y,
              float* partial) {
  const std::int64_t leaves = s.leaves();
  if (leaves == 1) {
    parallel_for(s.outer, pieces_of(s.reduced), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t o = begin; o < end; ++o) y[o] = f.row(x + o * s.reduced, s.reduced);
    });
    return;
  }
  parallel_for(s.outer * leaves, pieces_of(kLeaf), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t from = i % leaves * kLeaf;
      partial[i] = f.row(x + i / leaves * s.reduced + from, std::min(kLeaf, s.reduced - from));
    }
  });
  for (std::int64_t o = 0; o < s.outer; ++o) y[o] = join(fold, partial + o * leaves, leaves, 1);
}

void run_columns(Fold fold, const FoldFunctions& f, const Stage& s, const float* x, float* y,
                 float* partial) {
  const std::int64_t width = s.width(), leaves = s.leaves(), lines = s.full_lines();
  const std::int64_t blocks = ceil_div(width, kBlock);
  float* to = leaves == 1 && s.together() == 1 ? y : partial;
  const std::int64_t each = std::min(lines, kLeafLines) * std::min(width, kBlock);
  parallel_for(s.outer * leaves * blocks, pieces_of(each),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t column = i % blocks * kBlock;
                   const std::int64_t leaf = i / blocks % leaves;
                   const std::int64_t o = i / blocks / leaves;
                   const std::int64_t first = leaf * kLeafLines;
                   f.columns(x + o * s.reduced * s.inner + first * width + column, width,
                             std::min(kLeafLines, lines - first), std::min(kBlock, width - column),
                             to + (o * leaves + leaf) * width + column);
                 }
               });
  if (to == y) return;
  const std::int64_t rest = s.reduced * s.inner - lines * width;  // of a last, shorter line
  parallel_for(s.out_elements(), pieces_of(leaves * s.together()),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t o = i / s.inner, c = i % s.inner;
                   const float* from = partial + o * leaves * width + c;
                   const float* tail = x + o * s.reduced * s.inner + lines * width + c;
                   std::array<float, 2 * kNarrow> parts;
                   std::int64_t n = 0;
                   for (std::int64_t g = 0; g < s.together(); ++g)
                     parts[static_cast<std::size_t>(n++)] =
                         join(fold, from + g * s.inner, leaves, width);
                   for (std::int64_t g = 0; g < rest / s.inner; ++g)
                     parts[static_cast<std::size_t>(n++)] = tail[g * s.inner];
                   y[i] = join(fold, parts.data(), n, 1);
                 }
               });
}

/// One stage for each group of neighbouring reduced axes, the innermost first.
std::vector<Stage> stages_of(const Shape& shape, const std::vector<std::int64_t>& axes) {
  struct Group {
    std::int64_t size;
    bool reduced;
  };
  std::vector<Group> groups;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    const bool reduced = std::ranges::find(axes, axis) != axes.end();
    if (!groups.empty() && groups.back().reduced == reduced) {
      groups.back().size *= shape[axis];
    } else {
      groups.push_back({shape[axis], reduced});
    }
  }
  std::vector<Stage> stages;
  Stage s;
  for (std::size_t i = groups.size(); i-- > 0;) {
    if (!groups[i].reduced) {
      s.inner *= groups[i].size;
      continue;
    }
    s.reduced = groups[i].size;
    s.outer = 1;
    for (std::size_t j = 0; j < i; ++j) s.outer *= groups[j].size;
    stages.push_back(s);
  }
  if (stages.empty()) stages.push_back({.outer = shape.elements()});
  return stages;
}

class FoldKernel final : public Kernel {
 public:
  FoldKernel(const Node& node, Fold fold, const FoldFunctions& functions)
      : fold_(fold),
        functions_(functions),
        stages_(stages_of(node.in(0).shape(), node.attrs_as<ReduceAttrs>().axes)) {
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      if (i + 1 < stages_.size())
        between_ = std::max(between_, static_cast<std::size_t>(stages_[i].out_elements()));
      partials_ = std::max(partials_, static_cast<std::size_t>(stages_[i].partials()));
    }
  }

  std::size_t scratch_bytes() const override { return (2 * between_ + partials_) * sizeof(float); }

  void run(const KernelCall& call) override {
    float* scratch = static_cast<float*>(call.scratch);
    float* partial = scratch + 2 * between_;
    const float* x = call.input<float>(0);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      float* y = i + 1 == stages_.size() ? call.output<float>() : scratch + i % 2 * between_;
      const auto stage = stages_[i].inner == 1 ? run_rows : run_columns;
      stage(fold_, functions_, stages_[i], x, y, partial);
      x = y;
    }
  }

 private:
  Fold fold_;
  const FoldFunctions& functions_;
  std::vector<Stage> stages_;
  std::size_t between_ = 0;
  std::size_t partials_ = 0;
};

template <class T>
class PlainFoldKernel final : public Kernel {
 public:
  PlainFoldKernel(const Node& node, Fold fold)
      : shape_(node.in(0).shape()),
        axes_(node.attrs_as<ReduceAttrs>().axes),
        outputs_(node.out_type().shape.elements()),
        fold_(fold) {}

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(outputs_) * sizeof(double);
  }

  void run(const KernelCall& call) override {
    double* total = static_cast<double*>(call.scratch);
    const T* x = call.input<T>(0);
    std::fill_n(total, outputs_, fold_ == Fold::Sum ? 0 : -std::numeric_limits<double>::infinity());
    for_each_reduced(shape_, axes_, [&](std::int64_t i, std::int64_t o) {
      const auto v = static_cast<double>(x[i]);
      if (fold_ == Fold::Sum) {
        total[o] += v;
      } else if (v > total[o] || v != v) {
        total[o] = v;
      }
    });
    std::transform(total, total + outputs_, call.output<T>(),
                   [](double v) { return static_cast<T>(v); });
  }

 private:
  Shape shape_;
  std::vector<std::int64_t> axes_;
  std::int64_t outputs_;
  Fold fold_;
};

}  // namespace

Candidate fold_candidate(const Node& node, Fold fold) {
  if (node.in(0).dtype() != DType::F32) return Candidate::refused("needs an f32 operand");
  const FoldFunctions* functions = find_fold(fold);
  if (functions == nullptr) return Candidate::refused("needs a processor with AVX2");
  return Candidate(std::make_unique<FoldKernel>(node, fold, *functions));
}

Candidate plain_fold_candidate(const Node& node, Fold fold) {
  switch (node.in(0).dtype()) {
    case DType::F32:
      return Candidate(std::make_unique<PlainFoldKernel<float>>(node, fold));
    case DType::F64:
      return Candidate(std::make_unique<PlainFoldKernel<double>>(node, fold));
    case DType::I32:
      break;
  }
  return Candidate(std::make_unique<PlainFoldKernel<std::int32_t>>(node, fold));
}

}  // namespace agon
