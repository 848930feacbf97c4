#include "ops/fused/geometry.h"

#include <algorithm>

#include "ops/pointwise/stretch.h"

namespace agon {

namespace {

constexpr std::int64_t kLongUnit = 256;  // from here on one unit is worth a tile of its own
constexpr std::int64_t kVectors = 16;    // tiles end with a vector where they can

using Strides = std::array<std::int64_t, Shape::kMaxRank>;

/// Merged axes, outermost first, with the step of every operand along each.
struct Axes {
  std::vector<std::int64_t> sizes;
  std::vector<std::vector<std::int64_t>> steps;
};

Axes merged_axes(const Shape& shape, const std::vector<Strides>& strides) {
  Axes axes;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    std::vector<std::int64_t> step;
    for (const Strides& s : strides) step.push_back(s[static_cast<std::size_t>(axis)]);
    bool merges = !axes.sizes.empty();
    for (std::size_t i = 0; merges && i < step.size(); ++i)
      merges = axes.steps.back()[i] == step[i] * shape[axis];
    if (merges) {
      axes.sizes.back() *= shape[axis];
      axes.steps.back() = step;
    } else {
      axes.sizes.push_back(shape[axis]);
      axes.steps.push_back(step);
    }
  }
  return axes;
}

/// Splits the axes into those of a unit, the run's and the outer ones; returns how many are outer.
std::size_t split_axes(const Axes& axes, std::int64_t tile, TileLoop& loop) {
  std::size_t i = axes.sizes.size();
  while (i > 0 && loop.unit * axes.sizes[i - 1] <= tile) loop.unit *= axes.sizes[--i];
  loop.inner.assign(axes.sizes.begin() + static_cast<std::ptrdiff_t>(i), axes.sizes.end());
  if (i > 0) loop.length = axes.sizes[--i];
  loop.outer.assign(axes.sizes.begin(), axes.sizes.begin() + static_cast<std::ptrdiff_t>(i));
  for (const std::int64_t size : loop.outer) loop.runs *= size;
  return i;
}

/// Tiles of about equal length, whole vectors where units allow.
void choose_tiles(TileLoop& loop, std::int64_t tile, bool one_unit) {
  const std::int64_t most = one_unit ? 1 : tile / loop.unit;
  loop.tiles = (loop.length + most - 1) / most;
  loop.tile_units = (loop.length + loop.tiles - 1) / loop.tiles;
  const std::int64_t rounded = (loop.tile_units + kVectors - 1) / kVectors * kVectors;
  if (rounded <= most) loop.tile_units = rounded;
  loop.tile_units = std::min(loop.tile_units, loop.length);
  loop.tiles = (loop.length + loop.tile_units - 1) / loop.tile_units;
}

bool all_zero(const Strides& steps) {
  return std::ranges::all_of(steps, [](std::int64_t s) { return s == 0; });
}

/// Whether the elements of a unit lie in order.
bool is_dense(const TileLoop& loop, const LoopOperand& operand) {
  std::int64_t step = 1;
  for (std::size_t axis = loop.inner.size(); axis-- > 0; step *= loop.inner[axis]) {
    if (operand.inner[axis] != step) return false;
  }
  return true;
}

/// Whether a tile of one unit spares putting the operand together for every tile.
bool gains_by_one_unit(const TileLoop& loop, const LoopOperand& operand) {
  if (operand.along != 0) return all_zero(operand.inner);
  return !all_zero(operand.outer) && !all_zero(operand.inner) && is_dense(loop, operand);
}

Reach reach_of(const TileLoop& loop, const LoopOperand& operand) {
  const bool flat = all_zero(operand.inner);
  if (flat && operand.along == 0 && all_zero(operand.outer)) return Reach::Single;
  if (flat && (operand.along == 0 || loop.tile_units == 1)) return Reach::PerTile;
  const bool goes_on = operand.along == loop.unit || loop.tile_units == 1;
  return goes_on && is_dense(loop, operand) ? Reach::Direct : Reach::Gathered;
}

}  // namespace

std::optional<FoldForm> fold_form(const Shape& shape, const std::vector<std::int64_t>& axes) {
  FoldForm form;
  int stage = 0;  // 0: outer, 1: reduced, 2: inner
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    const bool reduced = std::ranges::find(axes, axis) != axes.end();
    if (reduced && stage == 2) return std::nullopt;
    if (reduced) stage = 1;
    if (!reduced && stage == 1) stage = 2;
    (stage == 0 ? form.outer : stage == 1 ? form.reduced : form.inner) *= shape[axis];
  }
  return form;
}

TileLoop tile_loop(const Shape& shape, std::span<const Shape> operands,
                   std::span<const Shape> folds, std::int64_t tile) {
  std::vector<Strides> strides;
  for (const Shape& s : operands) strides.push_back(stretched_strides(s, shape));
  for (const Shape& s : folds) strides.push_back(stretched_strides(s, shape));
  const Axes axes = merged_axes(shape, strides);
  TileLoop loop;
  loop.elements = shape.elements();
  const std::size_t outer = split_axes(axes, tile, loop);
  const bool has_run = outer + loop.inner.size() < axes.sizes.size();
  bool one_unit = false;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    LoopOperand operand;
    for (std::size_t axis = 0; axis < outer; ++axis) operand.outer[axis] = axes.steps[axis][i];
    if (has_run) operand.along = axes.steps[outer][i];
    const std::size_t first = outer + (has_run ? 1 : 0);
    for (std::size_t axis = 0; axis < loop.inner.size(); ++axis)
      operand.inner[axis] = axes.steps[first + axis][i];
    one_unit = one_unit || (loop.unit >= kLongUnit && gains_by_one_unit(loop, operand));
    loop.operands.push_back(operand);
  }
  choose_tiles(loop, tile, one_unit);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    LoopOperand& operand = loop.operands[i];
    operand.along_run = operand.along != 0;
    operand.fixed = all_zero(operand.outer) && (!operand.along_run || loop.runs > 1);
    operand.reach =
        operands[i].elements() == loop.elements ? Reach::Whole : reach_of(loop, operand);
    if (operand.reach == Reach::Whole) operand.fixed = false;
  }
  return loop;
}

std::int64_t TileLoop::offset(const LoopOperand& operand, std::int64_t run) const {
  if (outer.size() == 1) return run * operand.outer[0];
  std::int64_t element = 0;
  for (std::size_t axis = outer.size(); axis-- > 0;) {
    element += run % outer[axis] * operand.outer[axis];
    run /= outer[axis];
  }
  return element;
}

void gather_units(const TileLoop& loop, const LoopOperand& operand, const float* from,
                  std::int64_t begin, std::int64_t count, float* to, TileCode fill) {
  if (operand.along == 0 && count > 1) {  // units all alike
    gather_units(loop, operand, from, begin, 1, to, fill);
    const std::int64_t all = count * loop.unit;
    for (std::int64_t done = loop.unit; done < all; done += std::min(done, all - done))
      std::copy_n(to, std::min(done, all - done), to + done);
    return;
  }
  const std::size_t axes = loop.inner.size();
  const std::int64_t row = axes == 0 ? 1 : loop.inner[axes - 1];
  const bool still = axes == 0 || operand.inner[axes - 1] == 0;
  const std::int64_t rows = loop.unit / row;
  for (std::int64_t u = begin; u < begin + count; ++u) {
    Strides index{};
    const float* source = from + u * operand.along;
    for (std::int64_t r = 0; r < rows; ++r, to += row) {
      if (still) {
        fill(to, source, nullptr, nullptr, nullptr, static_cast<std::size_t>(row));
      } else {
        std::copy_n(source, row, to);
      }
      for (std::size_t axis = axes; axis-- > 1;) {
        source += operand.inner[axis - 1];
        if (++index[axis - 1] < loop.inner[axis - 1]) break;
        source -= operand.inner[axis - 1] * loop.inner[axis - 1];
        index[axis - 1] = 0;
      }
    }
  }
}

}  // namespace agon
