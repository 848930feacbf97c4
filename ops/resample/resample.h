#pragma once
#include <string>
#include <vector>

#include "engine/ir/graph.h"

namespace agon {

/// A linear map along one axis, the same for everything else: y[j] = sum over i of a[j, i] x[i].
/// Few of the a[j, i] are not 0; `rule` says which (rules()):
///   nearest   x[floor(j in / size)]
///   bilinear, bicubic   at (j + 1/2) in / size - 1/2, as PyTorch with align_corners=False; beyond
///             the border the outermost element again; the cubic's parameter is -0.75 (Keys 1981)
///   area      the mean of what [j, j + 1) in / size covers
///   binomial  the row 2 before of Pascal's triangle over 4^before, zeros beyond the border;
///             before = 1: (x[j - 1] + 2 x[j] + x[j + 1]) / 4; size = in
///   reflect, replicate   x[j - before], beyond the border mirrored at the outermost element, or
///             that element again
struct ResampleAttrs {
  std::int64_t axis = 0;
  std::int64_t size = 1;
  std::string rule = "nearest";
  std::int64_t before = 0;
  static constexpr auto fields() {
    using A = ResampleAttrs;
    return std::tuple{field("axis", &A::axis), field("size", &A::size), field("rule", &A::rule),
                      field("before", &A::before)};
  }
  bool operator==(const ResampleAttrs&) const = default;
};

Value resample(Value x, const ResampleAttrs& attrs);
/// The transpose: dx of attrs.size along the axis from dy.
Value resample_grad(Value dy, const ResampleAttrs& attrs);

/// The numbers a[j, i] that are not 0, row by row: those of row j are first[j] to first[j + 1] - 1.
struct Taps {
  std::vector<std::int64_t> first = {0};
  std::vector<std::int64_t> index;  // i
  std::vector<double> weight;       // a[j, i]
  std::int64_t rows() const { return static_cast<std::int64_t>(first.size()) - 1; }
};

/// Of the map from `in` elements to `out`. Throws GraphError for a rule that is not there, or sizes
/// that do not fit it.
Taps taps_of(const ResampleAttrs& attrs, std::int64_t in, std::int64_t out);
/// Those of the transpose, to `in` elements.
Taps transposed(const Taps& taps, std::int64_t in);

}  // namespace agon
