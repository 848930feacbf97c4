#pragma once
#include "runners/sweep/search/space.h"

namespace agon {

/// The shares u of a dimension that give one and the same value: [from, to). A point for real
/// numbers without step.
struct Cell {
  double from = 0, to = 0;

  double middle() const { return (from + to) / 2; }
  double width() const { return to - from; }
};

/// The cell of a value of the dimension; of the nearest one where it is not one.
Cell cell_of(const Dimension& dimension, double value);

/// Whether the dimension has numbers between which there is nothing: whole ones, or steps.
bool has_steps(const Dimension& dimension);

}  // namespace agon
