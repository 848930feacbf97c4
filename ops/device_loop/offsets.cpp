#include "ops/device_loop/offsets.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/pointwise/stretch.h"

namespace agon {

AxisParts parts_of(const Shape& shape, const std::vector<std::int64_t>& reduced) {
  AxisParts parts{};
  int part = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool folded = std::ranges::find(reduced, axis) != reduced.end();
    if (shape[axis] != 1) {
      if (folded) part = 1;
      if (!folded && part == 1) part = 2;
    }
    parts[static_cast<std::size_t>(axis)] = part;
  }
  return parts;
}

OperandOffset offset_of(const Shape& operand, const Shape& shape, const AxisParts& parts) {
  const auto strides = stretched_strides(operand, shape);
  OperandOffset offset;
  for (int part = 0; part < 3; ++part) {
    std::vector<OffsetTerm> axes;  // innermost first
    std::int64_t before = 1;
    for (int axis = shape.rank(); axis-- > 0;) {
      const auto at = static_cast<std::size_t>(axis);
      if (parts[at] != part || shape[axis] == 1) continue;
      if (!axes.empty() && strides[at] == axes.back().step * axes.back().size) {
        axes.back().size *= shape[axis];
      } else {
        axes.push_back({before, shape[axis], strides[at], false});
      }
      before *= shape[axis];
    }
    if (!axes.empty()) axes.back().outermost = true;
    std::erase_if(axes, [](const OffsetTerm& term) { return term.step == 0; });
    std::ranges::reverse(axes);
    offset.terms[static_cast<std::size_t>(part)] = std::move(axes);
  }
  return offset;
}

std::string offset_text(const std::vector<OffsetTerm>& terms, const std::string& x) {
  std::string text;
  for (const OffsetTerm& term : terms) {
    if (!text.empty()) text += " + ";
    text += x;
    if (term.divide != 1) text += fmt::format(" / {}", term.divide);
    if (!term.outermost) text += fmt::format(" % {}", term.size);
    if (term.step != 1) text += fmt::format(" * {}", term.step);
  }
  return text;
}

FourRead four_read(const OperandOffset& offset, int part) {
  bool along = false;
  for (int p = 0; p < 3; ++p) {
    for (const OffsetTerm& term : offset.terms[static_cast<std::size_t>(p)]) {
      const bool innermost = p == part && term.divide == 1;
      if (innermost && (term.step != 1 || term.size % 4 != 0)) return FourRead::Apart;
      // four coordinates must not differ in what is divided away
      if (p == part && !innermost && term.divide % 4 != 0) return FourRead::Apart;
      along = along || innermost;
    }
  }
  if (!along) return FourRead::Same;
  for (int p = 0; p < 3; ++p) {
    for (const OffsetTerm& term : offset.terms[static_cast<std::size_t>(p)]) {
      if (!(p == part && term.divide == 1) && term.step % 4 != 0) return FourRead::Apart;
    }
  }
  return FourRead::Along;
}

}  // namespace agon
