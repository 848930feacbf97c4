#include "ops/device_loop/loop_values.h"

#include <fmt/format.h>

#include "ops/device_loop/formula.h"

namespace agon {

namespace {

using Is = LoopValue::Is;

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

AxisParts axis_parts(const DeviceLoop& loop) {
  if (!loop.folds.empty()) return parts_of(loop.shape, loop.folds[0].axes);
  AxisParts inner;
  inner.fill(2);
  return inner;
}

}  // namespace

LoopValues::LoopValues(const DeviceLoop& loop, const LoopSplit& split)
    : loop_(loop),
      s_(split),
      type_(loop.wide ? "double" : "float"),
      fours_(split.unit == 4),
      loops_(split.steps != 1),
      known_(loop.values.size()) {
  for (const LoopStore& store : loop.stores) known_[at(store.value)].used = true;
  for (const LoopFold& fold : loop.folds) known_[at(fold.value)].used = true;
  for (std::size_t v = known_.size(); v-- > 0;) {
    if (!known_[v].used) continue;
    for (const int operand : loop.values[v].operands) known_[at(operand)].used = true;
  }
  const AxisParts parts = axis_parts(loop);
  for (std::size_t v = 0; v < known_.size(); ++v) {
    Known& known = known_[v];
    const LoopValue& value = loop.values[v];
    known.changes = !loops_;
    if (value.is == Is::Input) know_input(known, loop.inputs[at(value.input)], parts);
    for (const int operand : value.operands) {
      known.changes = known.changes || known_[at(operand)].changes;
      known.each = known.each || known_[at(operand)].each;
    }
  }
}

void LoopValues::know_input(Known& known, const LoopInput& input, const AxisParts& parts) const {
  known.offset = offset_of(input.shape, loop_.shape, parts);
  known.read = four_read(known.offset, s_.rows ? 1 : 2);
  known.changes = known.changes || !known.offset.terms[1].empty();
  known.each = fours_ && known.read != FourRead::Same;
}

std::string LoopValues::name(int v) const {
  const LoopValue& value = loop_.values[at(v)];
  if (value.is == Is::Number) return number_text(value.number, loop_.wide);
  const Known& known = known_[at(v)];
  if (!known.each) return fmt::format("v{}", v);
  if (is_four(v)) return fmt::format("v{}.at[k]", v);
  return known.changes ? fmt::format("v{}", v) : fmt::format("v{}[k]", v);
}

bool LoopValues::is_four(int v) const {
  const Known& known = known_[at(v)];
  return loop_.values[at(v)].is == Is::Input && known.each && known.read == FourRead::Along;
}

/// Where in the input's memory the element stands, or the first of a unit.
std::string LoopValues::place_text(int v, bool each) const {
  const Shape& shape = loop_.inputs[at(loop_.values[at(v)].input)].shape;
  if (shape.elements() == loop_.shape.elements() && shape.elements() > 1)
    return each ? "i + k" : "i";
  std::string text;
  for (std::size_t part = 0; part < 3; ++part) {
    std::string x = part == 0 ? "o" : part == 1 ? "r" : loop_.folds.empty() ? "i" : "c";
    if (each && part == (s_.rows ? 1u : 2u)) x = fmt::format("({} + k)", x);
    const std::string terms = offset_text(known_[at(v)].offset.terms[part], x);
    if (!text.empty() && !terms.empty()) text += " + ";
    text += terms;
  }
  return text.empty() ? "0" : text;
}

std::string LoopValues::value_text(int v, bool each) const {
  const LoopValue& value = loop_.values[at(v)];
  if (value.is == Is::Input)
    return fmt::format("{}[{}]", loop_.inputs[at(value.input)].from.name, place_text(v, each));
  std::vector<std::string> operands;
  for (const int operand : value.operands) operands.push_back(name(operand));
  return formula_text(value.op, operands);
}

bool LoopValues::is_put(int v, bool changing) const {
  const Known& known = known_[at(v)];
  return known.used && loop_.values[at(v)].is != Is::Number && known.changes == changing;
}

bool LoopValues::is_put_each(int v, bool changing) const {
  return is_put(v, changing) && known_[at(v)].each && !is_four(v);
}

void LoopValues::put(Lines& lines, bool changing) const {
  const int count = static_cast<int>(loop_.values.size());
  bool rest = false;
  for (int v = 0; v < count; ++v) {
    if (!is_put(v, changing)) continue;
    if (is_four(v)) {
      lines.add(fmt::format("const Four v{} = four_at({} + {});", v,
                            loop_.inputs[at(loop_.values[at(v)].input)].from.name,
                            place_text(v, false)));
    } else if (known_[at(v)].each) {
      rest = true;
    } else {
      lines.add(fmt::format("const {} v{} = {};", type_, v, value_text(v, false)));
    }
  }
  if (changing || !rest) return;
  for (int v = 0; v < count; ++v) {
    if (is_put_each(v, false)) lines.add(fmt::format("{} v{}[4];", type_, v));
  }
  lines.open("for (u32 k = 0; k < 4; ++k)");
  for (int v = 0; v < count; ++v) {
    if (is_put_each(v, false)) lines.add(fmt::format("v{}[k] = {};", v, value_text(v, true)));
  }
  lines.close();
}

void LoopValues::put_each(Lines& lines) const {
  for (int v = 0; v < static_cast<int>(loop_.values.size()); ++v) {
    if (is_put_each(v, true))
      lines.add(fmt::format("const {} v{} = {};", type_, v, value_text(v, true)));
  }
}

}  // namespace agon
