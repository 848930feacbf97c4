#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/ir/type.h"

namespace agon {

/// How far in an operand a coordinate reaches: (x / divide % size) * step; the coordinate of the
/// outermost is below divide * size anyway.
struct OffsetTerm {
  std::int64_t divide = 1, size = 1, step = 0;
  bool outermost = true;
};

/// Where in an operand that stretches to a shape the element at the outer, reduced and inner
/// coordinate of the shape stands: the sum of terms of each. Terms of step 0 are left out.
struct OperandOffset {
  std::array<std::vector<OffsetTerm>, 3> terms;
};

/// For each axis of the shape which coordinate it belongs to: 0 outer, 1 reduced, 2 inner, as
/// fold_form counts them.
using AxisParts = std::array<int, Shape::kMaxRank>;
AxisParts parts_of(const Shape& shape, const std::vector<std::int64_t>& reduced);

OperandOffset offset_of(const Shape& operand, const Shape& shape, const AxisParts& parts);

/// "c / 12 % 5 * 7 + c % 12", "" where there are no terms. `x` is a name or in parentheses.
std::string offset_text(const std::vector<OffsetTerm>& terms, const std::string& x);

/// What four neighbours along the coordinate, the first at a multiple of 4, read.
enum class FourRead {
  Same,   // one number
  Along,  // four neighbours, the first at a multiple of 4
  Apart   // each from its own place
};
FourRead four_read(const OperandOffset& offset, int part);

}  // namespace agon
